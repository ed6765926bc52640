/** Composition root of the browser client: puts store, network, screen and controller together. @module */

import { makeController } from "./controller/controller.js";
import { choose } from "./i18n/translate.js";
import { makeNetwork } from "./network/network.js";
import { openStore } from "./network/store.js";
import { makeScreen } from "./view/screen.js";

/** Milliseconds between two ticks, and until a frame that the browser does not draw. */
const TICK = 250;

/** @type {Notification[]} */
let notifications = [];

/** @type {import("./controller/types.js").Browser} */
const browser = {
  canNotify: isSecureContext && "Notification" in window,
  permission: () => Notification.permission,
  askPermission: () => Notification.requestPermission(),
  notify(title, body) {
    const made = new Notification(title, { body });
    made.onclick = () => window.focus();
    notifications.push(made);
  },
  withdraw() {
    for (const each of notifications) each.close();
    notifications = [];
  },
  download(url, name) {
    const link = document.createElement("a");
    Object.assign(link, { href: url, download: name });
    // From another host of the room a browser may show it, and this page must stay.
    if (link.origin !== location.origin)
      Object.assign(link, { target: "_blank", rel: "noopener" });
    link.click();
  },
  getText: (name) =>
    fetch(new URL(name, document.querySelector("script")?.src)).then((answer) => {
      if (answer.ok) return answer.text();
      throw new Error(name);
    }),
  makeUrl: (blob) => URL.createObjectURL(blob),
  revokeUrl: (url) => URL.revokeObjectURL(url),
  getJson: (path) =>
    fetch(path, { redirect: "error" })
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null),
  go: (url) => location.assign(url),
  isDark: () => matchMedia("(prefers-color-scheme: dark)").matches,
};

/** @type {(() => void)[]} */
const waiting = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => waiting.splice(0).forEach((run) => run());

/** Run before the next frame; soon where the browser draws none, and slows down all timers. */
function frame(/** @type {() => void} */ run) {
  let done = false;
  const once = () => {
    if (!done) run();
    done = true;
  };
  if (document.hidden) {
    waiting.push(once);
    channel.port2.postMessage(0);
  } else {
    requestAnimationFrame(once);
    setTimeout(once, TICK);
  }
}

/**
 * Take what a link brings out of the address: the owner's key must not stay in history and
 * pictures of it, and a reload is not to go to an old message again.
 */
function takeHash() {
  const values = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  const message = Number(values.get("message"));
  return {
    ownerKey: values.get("owner") ?? undefined,
    message: Number.isSafeInteger(message) && message > 0 ? message : undefined,
  };
}

async function main() {
  const { room = "", key = "", encrypted, version = "" } = document.documentElement.dataset;
  const begin = takeHash();
  await choose(navigator.languages);
  const { screen, bind } = makeScreen(document);
  const controller = makeController({
    network: makeNetwork(version),
    store: await openStore(),
    screen,
    browser,
    page: {
      room,
      key,
      encrypted: encrypted === "true",
      local: ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname),
      windows: navigator.userAgent.includes("Windows"),
      version,
      origin: location.origin,
      ...begin,
    },
    clock: () => performance.now() / 1000,
    wall: () => new Date(),
    timers: { frame, later: (run, ms) => void setTimeout(run, ms) },
  });
  bind(controller.intents);
  addEventListener("pagehide", controller.save);
  addEventListener("beforeunload", (event) => {
    if (controller.busy) event.preventDefault();
  });
  addEventListener("hashchange", () => {
    const { ownerKey, message } = takeHash();
    if (ownerKey) controller.claim(ownerKey);
    if (message) controller.goTo(message);
  });
  // A link to a message of this room leads there in this tab.
  addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href]");
    const { origin, pathname, hash } = link instanceof HTMLAnchorElement ? link : new URL("a:");
    if (origin !== location.origin || pathname !== "/" || !hash.startsWith("#message=")) return;
    event.preventDefault();
    location.hash = hash;
  });
  setInterval(controller.tick, TICK);
  await controller.start();
}

void main();
