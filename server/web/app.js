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
    link.click();
  },
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

/** Take the owner's key out of the address: it must not stay in history and pictures of it. */
function takeOwnerKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("owner") ?? undefined;
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return key;
}

async function main() {
  const { room = "", key = "", encrypted, version = "" } = document.documentElement.dataset;
  const ownerKey = takeOwnerKey();
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
      ownerKey,
    },
    clock: () => performance.now() / 1000,
    wall: () => new Date(),
    timers: { frame, later: (run, ms) => void setTimeout(run, ms) },
  });
  bind(controller.intents);
  addEventListener("pagehide", controller.save);
  addEventListener("hashchange", () => {
    const key = takeOwnerKey();
    if (key) controller.claim(key);
  });
  setInterval(controller.tick, TICK);
  await controller.start();
}

void main();
