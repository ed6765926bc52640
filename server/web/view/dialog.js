/** The frame of every dialog: title, close, buttons; the focus returns when it closes. @module */

import { t } from "../i18n/translate.js";
import { button, h, iconButton } from "./dom.js";

/**
 * @typedef {object} Dialog
 * @property {HTMLDialogElement} node
 * @property {(...parts: (Node | string)[]) => void} fill
 * @property {() => void} close
 */

/** @type {Map<string, Dialog>} */
const open = new Map();

/** The open dialog `id`. @param {string} id */
export const dialog = (id) => open.get(id);

/**
 * Open the dialog `id`, or bring it back with another content.
 *
 * @param {string} id
 * @param {string} title
 * @param {object} [options]
 * @param {string} [options.look] `wide`
 * @param {HTMLElement[]} [options.buttons] right of Close
 * @param {string} [options.no] the text of Close
 * @param {() => void} [options.closed]
 * @param {() => void} [options.submit] for Enter in a field
 * @returns {Dialog}
 */
export function openDialog(id, title, { look = "", buttons = [], no, closed, submit } = {}) {
  open.get(id)?.close();
  const back = document.activeElement;
  const body = h(submit ? "form" : "div", { class: "inside" });
  if (submit) {
    body.addEventListener("submit", (event) => event.preventDefault());
    // Not by the form: without a button in it, Enter in a field for a date submits nothing.
    body.addEventListener("keydown", (/** @type {any} */ event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      submit();
    });
  }
  const node = h(
    "dialog",
    { class: look, "aria-labelledby": `${id}-title`, id: `${id}-dialog` },
    h(
      "header",
      h("h2.grow", { id: `${id}-title` }, title),
      iconButton(t("Close"), "x", () => node.close()),
    ),
    body,
    h(
      "footer",
      button(no ?? t("Close"), () => node.close(), "line"),
      ...buttons,
    ),
  );
  const close = () => {
    if (open.get(id)?.node !== node) return;
    open.delete(id);
    // This comes a moment after it has closed: what opened meanwhile keeps the focus.
    const isFree = [null, document.body].includes(/** @type {any} */ (document.activeElement));
    node.remove();
    if (isFree) /** @type {HTMLElement | null} */ (back)?.focus?.();
    closed?.();
  };
  node.addEventListener("close", close);
  document.body.append(node);
  node.showModal();
  const made = {
    node,
    fill: (/** @type {(Node | string)[]} */ ...parts) => body.replaceChildren(...parts),
    close() {
      node.close();
      close();
    },
  };
  open.set(id, made);
  return made;
}
