/** Menus: under their button, or on a phone a sheet at the bottom. @module */

import { byId, h, icon } from "./dom.js";

/**
 * @typedef {{text: string, symbol?: string, key?: string, bad?: boolean, checked?: boolean,
 *   act: () => void} | null} Entry null: a line between two groups
 */

let closeOpen = () => {};

/**
 * Open a menu. `from` is its button, which gets the focus back.
 *
 * @param {HTMLElement} from
 * @param {string} label
 * @param {Entry[]} entries
 * @param {HTMLElement} [home] where it stands in the page, if not beside its button
 */
export function openMenu(from, label, entries, home) {
  closeOpen();
  const items = entries.map((entry) => {
    if (!entry) return h("hr");
    const { text, symbol, key, bad, checked, act } = entry;
    const choice = checked !== undefined;
    const run = () => {
      close();
      act();
    };
    return h(
      "button",
      {
        type: "button",
        class: `b${bad ? " bad" : ""}`,
        role: choice ? "menuitemradio" : "menuitem",
        "aria-checked": choice && String(checked),
        tabIndex: -1,
        onclick: run,
      },
      symbol && icon(symbol),
      choice && h("span", { "aria-hidden": "true" }, checked ? "✓" : "\u2007"),
      text,
      key && h("kbd", { "aria-hidden": "true" }, key),
    );
  });
  const buttons = /** @type {HTMLElement[]} */ (
    items.filter(({ tagName }) => tagName !== "HR")
  );
  const menu = h(
    "div.pop",
    { role: "menu", "aria-label": label, popover: "manual", tabIndex: -1 },
    h("p.title", { role: "presentation" }, label),
    ...items,
  );
  const back = document.activeElement;
  /** A press elsewhere closes the menu, and does nothing else. */
  const elsewhere = (/** @type {Event} */ event) => {
    if (menu.contains(/** @type {Node} */ (event.target))) return;
    close();
    const swallow = (/** @type {Event} */ click) => click.stopPropagation();
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, true), 400);
  };
  const close = () => {
    closeOpen = () => {};
    document.removeEventListener("pointerdown", elsewhere, true);
    const inside = menu.contains(document.activeElement);
    menu.remove();
    from.ariaExpanded = "false";
    from.closest("li")?.classList.remove("on");
    if (inside) /** @type {HTMLElement} */ (back?.isConnected ? back : byId("field")).focus();
  };
  closeOpen = close;
  document.addEventListener("pointerdown", elsewhere, true);
  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab" || event.key === "Escape") close();
    else if (to === undefined) return;
    else buttons.at(to % buttons.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("mousemove", ({ target }) =>
    /** @type {HTMLElement} */ (target).closest("button")?.focus(),
  );
  (home ?? from.closest("header, main, aside") ?? document.body).append(menu);
  menu.showPopover();
  const at = from.getBoundingClientRect();
  const top = Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8);
  menu.style.top = `${Math.max(8, top)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.right, innerWidth - 8) - menu.offsetWidth)}px`;
  if (from.matches("button")) from.ariaExpanded = "true";
  from.closest("li")?.classList.add("on");
  buttons[0]?.focus();
}
