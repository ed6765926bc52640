/**
 * The rows of the conversation stand in leaves of 50: the browser lays out and paints the leaves
 * near the view only (`content-visibility`), and what comes or goes moves leaves in place of
 * 1,000 rows.
 *
 * @module
 */

import { h } from "./dom.js";

const ROWS = 50;

/** The row after this one. @param {Element} row */
export const after = (row) =>
  row.nextElementSibling ?? row.parentElement?.nextElementSibling?.firstElementChild;

/** The row before this one. @param {Element} row */
export const before = (row) =>
  row.previousElementSibling ?? row.parentElement?.previousElementSibling?.lastElementChild;

/** Remove a row. @param {Element} row */
export function remove(row) {
  const leaf = row.parentElement;
  row.remove();
  if (!leaf?.firstElementChild) leaf?.remove();
}

/** @param {HTMLElement} list @param {HTMLElement[]} rows */
export function append(list, rows) {
  for (let at = 0; at < rows.length;) {
    const last = list.lastElementChild;
    const leaf = last && last.childElementCount < ROWS ? last : h("div.leaf");
    const end = at + ROWS - leaf.childElementCount;
    leaf.append(...rows.slice(at, end));
    if (leaf !== last) list.append(leaf);
    at = end;
  }
}

/** @param {HTMLElement} list @param {HTMLElement[]} rows */
export function prepend(list, rows) {
  for (let end = rows.length; end > 0;) {
    const first = list.firstElementChild;
    const leaf = first && first.childElementCount < ROWS ? first : h("div.leaf");
    const at = Math.max(0, end - ROWS + leaf.childElementCount);
    leaf.prepend(...rows.slice(at, end));
    if (leaf !== first) list.prepend(leaf);
    end = at;
  }
}

/**
 * The first rows of which some is below `edge`, a place in the window.
 *
 * @param {HTMLElement} list
 * @param {number} edge
 * @param {number} most
 * @param {(row: Element) => boolean} counts
 */
export function rowsFrom(list, edge, most, counts) {
  const isAbove = (/** @type {Element} */ node) => node.getBoundingClientRect().bottom <= edge;
  const rows = [];
  // Not rows of leaves out of view: to measure those the browser would have to lay them out.
  let row = [...list.children].find((leaf) => !isAbove(leaf))?.firstElementChild;
  while (row && isAbove(row)) row = after(row);
  for (; row && rows.length < most; row = after(row)) if (counts(row)) rows.push(row);
  return /** @type {HTMLElement[]} */ (rows);
}
