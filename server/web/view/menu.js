/** Menus: under their button, or on a phone a sheet at the bottom. @module */

import { t } from "../i18n/translate.js";
import { h, icon } from "./dom.js";
import { openPopup } from "./popup.js";

/**
 * @typedef {{text: string, symbol?: string, key?: string, bad?: boolean, checked?: boolean,
 *   act: () => void} | null} Entry null: a line between two groups
 */

/**
 * Open a menu. `from` is its button, which gets the focus back.
 *
 * @param {HTMLElement} from
 * @param {string} label
 * @param {Entry[]} entries
 * @param {HTMLElement} [home] where it stands in the page, if not beside its button
 * @param {[string, () => void][]} [choices] emoji in a row of their own above
 */
export function openMenu(from, label, entries, home, choices = []) {
  const item = (
    /** @type {() => void} */ act,
    /** @type {Record<string, any>} */ props,
    /** @type {(Node | string | false | undefined)[]} */ ...parts
  ) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        tabIndex: -1,
        onclick() {
          close();
          act();
        },
        ...props,
      },
      ...parts,
    );
  const items = entries.map((entry) => {
    if (!entry) return h("hr");
    const { text, symbol, key, bad, checked, act } = entry;
    const choice = checked !== undefined;
    return item(
      act,
      {
        class: `b${bad ? " bad" : ""}`,
        role: choice ? "menuitemradio" : "menuitem",
        "aria-checked": choice && String(checked),
      },
      symbol && icon(symbol),
      choice && h("span", { "aria-hidden": "true" }, checked ? "✓" : "\u2007"),
      text,
      key && h("kbd", { "aria-hidden": "true" }, key.replace("Ctrl", t("Ctrl"))),
    );
  });
  const row = choices.map(([emoji, act]) => item(act, { class: "emo" }, emoji));
  const buttons = [...row, ...items].filter((each) => each.matches("button"));
  const menu = h(
    "div",
    { role: "menu", "aria-label": label, tabIndex: -1 },
    h("p.title", { role: "presentation" }, label),
    row.length > 0 && h("div.usual", { role: "presentation" }, ...row),
    ...items,
  );
  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(/** @type {any} */ (document.activeElement));
    const { key } = event;
    const inRow = at >= 0 && at < row.length;
    const down = inRow && key === "ArrowDown" ? row.length : at + 1;
    const to = {
      ArrowDown: down,
      ArrowUp: at - 1,
      ArrowRight: inRow ? at + 1 : undefined,
      ArrowLeft: inRow ? at - 1 : undefined,
      Home: 0,
      End: -1,
    }[key];
    if (key === "Tab" || key === "Escape") close();
    else if (to === undefined) return;
    else buttons.at(to % buttons.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("mousemove", ({ target }) =>
    /** @type {HTMLElement} */ (target).closest("button")?.focus(),
  );
  const { close } = openPopup(from, menu, home);
  buttons[0]?.focus();
}
