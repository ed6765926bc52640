/** What a page does for its reader: copy, save, tell, ring. @module */

import { t } from "../i18n/translate.js";
import { byId, h } from "./dom.js";

/** The topmost element that is not inert. */
const top = () => [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;

/** For screen readers only. @param {string} text */
export function announce(text) {
  const node = byId("announcer");
  if (node.parentNode !== top()) top().append(node);
  node.replaceChildren(...(text ? [h("p", text)] : []));
}

/** Say why a part of this page could not be loaded: another edition of it, or no server. */
export async function sayNotLoaded() {
  const { src = "" } = document.querySelector("script") ?? {};
  const options = /** @type {const} */ ({ method: "HEAD", cache: "no-store" });
  const status = await fetch(src, options).then(
    (answer) => answer.status,
    () => 0,
  );
  say(
    status === 404
      ? t("The server has a new version of this page. Reload it.")
      : t("This needs the server. Try again when it is back."),
  );
}

/**
 * Go on with a script of its own, which loads when it is needed first.
 *
 * @template T
 * @param {Promise<T>} loading
 * @param {(script: T) => void} run
 */
export const later = (loading, run) => void loading.then(run, sayNotLoaded);

let toastTimer = 0;

/** Show a short text that goes by itself. @param {string} text */
export function say(text) {
  const toast =
    byId("toast") ?? h("div", { id: "toast", class: "toast small", popover: "manual" });
  toast.textContent = text;
  top().append(toast);
  toast.showPopover();
  announce(text);
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => toast.remove(), 4000);
}

/** By a selected field, which also works over http. @param {string} text */
function copyByField(text) {
  const field = h("textarea", { value: text, class: "sr" });
  const back = document.activeElement;
  top().append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  /** @type {HTMLElement | null} */ (back)?.focus();
  return done;
}

/** @param {string} text @param {string} said */
export async function copy(text, said) {
  const done = await (navigator.clipboard?.writeText(text).then(
    () => true,
    () => copyByField(text),
  ) ?? copyByField(text));
  say(done ? said : t("This browser did not copy. Select the text and press Ctrl+C."));
}

/** @param {string} name @param {Blob} blob */
export function save(name, blob) {
  const href = URL.createObjectURL(blob);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** Two short tones. */
export function ring() {
  const audio = new AudioContext();
  const gain = new GainNode(audio, { gain: 0.1 });
  gain.connect(audio.destination);
  [660, 880].forEach((frequency, place) => {
    const tone = new OscillatorNode(audio, { frequency });
    tone.connect(gain);
    tone.start(audio.currentTime + place / 8);
    tone.stop(audio.currentTime + (place + 1) / 8);
  });
  setTimeout(() => audio.close(), 1000);
}
