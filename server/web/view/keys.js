/** The keys that work anywhere in the room, and typing that goes to the field. @module */

import { byId } from "./dom.js";

/** @param {import("./screen.js").App} app */
export function bindKeys(app) {
  /** By modifiers and key; those of the browser itself (Ctrl+R, Ctrl++) stay its own.
   * @type {Record<string, () => void>} */
  const keys = {
    "C-f": () => app.intents.search.open(),
    F3: () => app.intents.search.next(1),
    "S-F3": () => app.intents.search.next(-1),
    "C-g": () => app.intents.history.askDate(),
    "C-s": () => app.late.use(({ menu }) => menu.save()),
    "C-S-s": () => app.intents.files.saveAll(),
    "C-d": () => app.intents.preferences.toggleTheme(),
    "C-o": () => byId("chooser").click(),
    "C-,": () => app.intents.preferences.open(),
    F1: () => app.intents.help(),
    "A-ArrowUp": () => app.step(-1),
    "A-ArrowDown": () => app.step(1),
    "A-End": () => app.intents.history.toNewest(),
    "A-r": () => app.intents.report.ask(),
    "A-m": () => app.late.use(({ menu }) => menu.open()),
  };

  /** @param {KeyboardEvent} event */
  function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
    const control = ctrlKey || metaKey ? "C-" : "";
    const name = key.length === 1 ? key.toLowerCase() : key;
    return control + (altKey ? "A-" : "") + (shiftKey && name !== "," ? "S-" : "") + name;
  }

  document.addEventListener("keydown", (event) => {
    if (!app.inRoom() || document.querySelector("dialog[open]")) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const act = keys[nameOf(event)];
    // A second Ctrl+F, in the field of the search, is the browser's own.
    if (act && !(event.key === "f" && target.closest("#search"))) {
      event.preventDefault();
      act();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length > 1 || target.closest("input, textarea, select, [role=menu]")) return;
    if (event.key !== " ") byId("field").focus();
  });
  document.addEventListener("paste", ({ target }) => {
    const node = /** @type {HTMLElement} */ (target);
    if (app.inRoom() && !node.closest?.("input, textarea, dialog")) byId("field").focus();
  });
}
