/** What opens beside a button and goes with a press elsewhere; on a phone a sheet. @module */

import { byId } from "./dom.js";

let closeOpen = () => {};
let open = false;

export const isPopupOpen = () => open;

/**
 * Open `node` beside `from`; the focus returns when it closes.
 *
 * @param {HTMLElement} from
 * @param {HTMLElement} node
 * @param {HTMLElement} [home] where it stands in the page, if not beside `from`
 */
export function openPopup(from, node, home) {
  closeOpen();
  open = true;
  const back = document.activeElement;
  const row = from.closest(".msg, .who");
  /** A press elsewhere closes, and does nothing else. */
  const elsewhere = (/** @type {Event} */ event) => {
    if (node.contains(/** @type {Node} */ (event.target))) return;
    close();
    const swallow = (/** @type {Event} */ click) => click.stopPropagation();
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, true), 400);
  };
  const close = () => {
    closeOpen = () => {};
    open = false;
    document.removeEventListener("pointerdown", elsewhere, true);
    const inside = node.contains(document.activeElement);
    node.remove();
    from.ariaExpanded = "false";
    for (const each of [row, row?.closest(".leaf")]) each?.classList.remove("on");
    if (inside) /** @type {HTMLElement} */ (back?.isConnected ? back : byId("field")).focus();
  };
  /** Below `from`, or above where it has no room there. */
  const place = () => {
    const at = from.getBoundingClientRect();
    const high = node.offsetHeight;
    const below = at.bottom + 4;
    const top = below + high + 8 <= innerHeight || at.top < high ? below : at.top - high - 4;
    const left = Math.min(at.right, innerWidth - 8) - node.offsetWidth;
    node.style.top = `${Math.max(8, Math.min(top, innerHeight - high - 8))}px`;
    node.style.left = `${Math.max(8, left)}px`;
  };
  node.popover = "manual";
  node.classList.add("pop", "sheet");
  closeOpen = close;
  document.addEventListener("pointerdown", elsewhere, true);
  (home ?? from.closest("header, main, aside") ?? document.body).append(node);
  node.showPopover();
  place();
  if (from.matches("button")) from.ariaExpanded = "true";
  for (const each of [row, row?.closest(".leaf")]) each?.classList.add("on");
  return { close, place };
}
