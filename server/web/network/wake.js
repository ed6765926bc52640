const EVERY = 2_000;

/** Call when the page may have slept, or the network is back. @param {() => void} check */
export function watchWake(check) {
  const shown = () => document.hidden || check();
  document.addEventListener("visibilitychange", shown);
  addEventListener("online", check);
  addEventListener("pageshow", check);
  // A computer that slept with the page in view says nothing; its clock has moved on.
  let last = Date.now();
  setInterval(() => {
    if (Date.now() - last > 3 * EVERY) shown();
    last = Date.now();
  }, EVERY);
}
