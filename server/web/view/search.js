/** The search beside the conversation: matches in it, and results of all history. @module */

import { t } from "../i18n/translate.js";
import { button, byId, h, icon, iconButton, isNarrow, nameOf } from "./dom.js";

/**
 * @import { ResultRow, Screen } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @param {App} app @returns {Screen["search"]} */
export function makeSearch(app) {
  const room = byId("room");
  const side = byId("search");
  const search = () => app.intents.search;
  const find = h("input", {
    type: "search",
    maxLength: 200,
    "aria-label": t("Search all messages"),
    placeholder: t("Search"),
    oninput: () => search().find(find.value),
  });
  const state = h("p.tiny", { role: "status" });
  const summary = h("p.tiny", { role: "status" });
  const results = h("div");
  const more = button(t("Search further back"), () => search().more(), "link");
  const all = button(
    t("Search all history"),
    () => {
      find.focus(); // the button goes when there are results
      search().searchAll();
    },
    "link",
  );
  more.hidden = true;
  side.append(
    h("h2.sr", t("Search")),
    h(
      "div.tools",
      h("div.field.grow", icon("search", "muted"), find),
      iconButton(t("Find further up (F3)"), "up", () => search().next(1)),
      iconButton(t("Find further down (Shift+F3)"), "down", () => search().next(-1)),
      iconButton(t("Close search"), "x", close),
    ),
    state,
    h("div", all),
    summary,
    results,
    h("div", more),
  );
  /** @type {Element | null} */
  let before = null;

  function open() {
    if (!room.classList.contains("searching")) before = document.activeElement;
    room.classList.add("searching");
    find.focus();
    find.select();
  }

  /** On a narrow screen the panel lies over the conversation: it goes, its results stay. */
  function hide() {
    room.classList.remove("searching");
    const back = before?.isConnected && before !== document.body ? before : byId("field");
    /** @type {HTMLElement} */ (back).focus();
  }

  function close() {
    hide();
    search().close();
  }

  /** @param {ResultRow} row */
  function hit({ seq, time, name, colour, text }) {
    const node = h(
      "button",
      {
        type: "button",
        class: "hit",
        onclick() {
          results.querySelector("[aria-current]")?.removeAttribute("aria-current");
          node.ariaCurrent = "true";
          app.intents.history.goTo(seq);
          if (isNarrow()) hide();
        },
      },
      h("span.head", nameOf(name, colour), h("time", time)),
      ...marked(text),
    );
    return h("li", node);
  }

  /** The text with the words of the search marked. @param {string} text */
  function marked(text) {
    const words = find.value.split(/\s+/).filter(Boolean);
    if (!words.length) return [text];
    const any = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
    return text
      .split(new RegExp(`(${any})`, "iu"))
      .map((part, place) => (place % 2 ? h("mark", part) : part));
  }

  function move(/** @type {KeyboardEvent} */ { key, target, shiftKey }) {
    const hits = [...results.querySelectorAll("button")];
    const at = hits.indexOf(/** @type {any} */ (target));
    const inField = target === find;
    if (key === "Escape") close();
    else if (inField && key === "Enter") search().next(shiftKey ? -1 : 1);
    else if (inField && key === "ArrowUp") search().next(1);
    else if (key === "ArrowDown" && (inField || at >= 0)) hits[at + 1]?.focus();
    else if (key === "ArrowUp" && at >= 0) (hits[at - 1] ?? find).focus();
    else return false;
    return true;
  }

  side.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (move(event)) event.preventDefault();
  });
  app.closeSearch = close;

  return {
    open,
    showState: (text) => {
      state.textContent = text;
    },
    showResults: (found) => {
      summary.textContent = found?.summary ?? "";
      more.hidden = !found?.more;
      // A button that hides loses the keyboard; Escape and the arrows would reach nothing.
      if (found && all.matches(":focus") && !isNarrow()) find.focus();
      all.hidden = Boolean(found);
      results.replaceChildren();
      let day = "";
      let list = h("ol");
      for (const row of found?.rows ?? []) {
        if (row.day !== day) {
          day = row.day;
          results.append(h("h3", day), (list = h("ol")));
        }
        list.append(hit(row));
      }
    },
  };
}
