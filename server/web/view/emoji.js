/** The picker of emoji: the usual ones first, the others behind a search. @module */

import { t } from "../i18n/translate.js";
import { byId, h, icon, iconButton } from "./dom.js";
import { openPopup } from "./popup.js";

/**
 * @import { EmojiRow } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** Emoji drawn at once: there are 1,900, and one sees 60 of them. */
const AT_ONCE = 120;
const NEAR = 300; // pixels

/**
 * Open the picker beside `from`.
 *
 * @param {App} app
 * @param {HTMLElement} from
 * @param {(emoji: string) => void} chosen
 * @param {EmojiRow[]} [usual] offered alone at first
 */
export function openEmoji(app, from, chosen, usual = []) {
  const take = (/** @type {string} */ emoji) => {
    close();
    chosen(emoji);
  };
  const cell = (/** @type {EmojiRow} */ { emoji, name }) =>
    h(
      "button.emo",
      { type: "button", title: name, "aria-label": name, onclick: () => take(emoji) },
      emoji,
    );
  /** @type {EmojiRow[]} those found and not drawn yet */
  let rest = [];
  const grid = h("div.grid", { role: "group", "aria-label": t("Emoji"), onscroll: fill });
  const none = h("p.small.muted", { role: "status" });
  const find = h("input", {
    type: "search",
    maxLength: 60,
    "aria-label": t("Search emoji"),
    placeholder: t("Search"),
    oninput: search,
  });
  const all = h("div.all", h("div.field", icon("search", "muted"), find), none, grid);
  const node = h("div.emoji", { role: "dialog", "aria-label": t("Emoji"), tabIndex: -1 });

  function fill() {
    while (rest.length && grid.scrollHeight - grid.scrollTop - grid.clientHeight < NEAR) {
      const made = rest.splice(0, AT_ONCE).map(cell);
      for (const each of made) each.tabIndex = -1;
      grid.append(...made);
    }
  }

  function search() {
    rest = [...app.intents.composer.emoji(find.value)];
    none.textContent = rest.length ? "" : t("No emoji has this name.");
    grid.replaceChildren();
    grid.scrollTop = 0;
    fill();
  }

  function expand() {
    node.replaceChildren(all);
    search();
    place();
    find.focus();
    void app.intents.composer.emojiReady().then(() => node.isConnected && search());
  }

  /** Where an arrow leads in rows of as many as there is room for. */
  function target(/** @type {string} */ key, /** @type {HTMLElement} */ here) {
    const cells = /** @type {HTMLElement[]} */ ([...node.querySelectorAll(".emo, .usual .b")]);
    const at = cells.indexOf(here);
    const wide = cells.filter(({ offsetTop }) => offsetTop === cells[0]?.offsetTop).length;
    if (here === find) return key === "ArrowDown" ? cells[0] : undefined;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide }[key];
    if (!by || at < 0) return undefined;
    return cells[at + by] ?? (by < 0 && find.isConnected ? find : here);
  }

  node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const { key } = event;
    const here = /** @type {HTMLElement} */ (event.target);
    const to = target(key, here);
    event.stopPropagation();
    if (event.isComposing) return;
    if (key === "Escape") close();
    else if (to) to.focus();
    else if (key === "Enter" && here === find)
      /** @type {HTMLElement | null} */ (grid.firstElementChild)?.click();
    else {
      if (key.length === 1 && key !== " " && here !== find && find.isConnected) find.focus();
      return;
    }
    event.preventDefault();
  });
  node.addEventListener("focusout", ({ relatedTarget }) => {
    const to = /** @type {Node | null} */ (relatedTarget);
    if (to && !node.contains(to)) close();
  });

  const { close, place } = openPopup(from, node, byId("main"));
  if (!usual.length) return expand();
  const row = h(
    "div.usual",
    ...usual.map(cell),
    iconButton(t("More emoji"), "plus", expand, "quiet"),
  );
  node.append(row);
  place();
  /** @type {HTMLElement} */ (row.firstElementChild).focus();
}
