/** Parts of the program that are loaded when they are needed first. @module */

/**
 * Return a part that `load` makes. Its `intents` load it; `failed` is called where that cannot be
 * done now.
 *
 * @template {{intents: any}} Part
 * @param {() => Promise<Part>} load
 * @param {() => void} failed
 */
export function later(load, failed) {
  /** @type {Part | null} */
  let part = null;
  /** @type {Promise<Part> | null} */
  let loading = null;

  function use(/** @type {(part: Part) => void} */ run) {
    if (part) return run(part);
    loading ??= load();
    void loading.then(
      (made) => run((part ??= made)),
      () => {
        loading = null;
        failed();
      },
    );
  }

  /** @type {Part["intents"]} */
  const intents = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (/** @type {any[]} */ ...values) =>
          use((made) => made.intents[name](...values)),
    },
  );
  return {
    intents,
    use,
    /** What is loaded; null: nothing has needed it. */
    get part() {
      return part;
    },
  };
}
