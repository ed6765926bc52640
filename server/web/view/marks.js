/** The places of the conversation that show a phrase. @module */

import { unfold } from "./blocks.js";

/**
 * @param {HTMLElement} list
 * @param {(row: HTMLElement) => void} show scroll to a row
 */
export function makeMarks(list, show) {
  /** @type {Range[]} */
  let places = [];
  const highlights = /** @type {any} */ (CSS).highlights;
  const paint = (/** @type {string} */ name, /** @type {Range[]} */ ranges) => {
    if (highlights) highlights.set(name, new /** @type {any} */ (window).Highlight(...ranges));
  };

  function find(/** @type {Element} */ block, /** @type {RegExp} */ wanted) {
    const whole = block.textContent ?? "";
    const found = [...whole.matchAll(wanted)];
    if (!found.length) return;
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    let start = 0;
    const place = (/** @type {number} */ at) => {
      while (node && at > start + (node.nodeValue?.length ?? 0)) {
        start += node.nodeValue?.length ?? 0;
        node = walker.nextNode();
      }
      return /** @type {[Node, number]} */ ([node, at - start]);
    };
    for (const { index, 0: text } of found) {
      const range = new Range();
      range.setStart(...place(index));
      range.setEnd(...place(index + text.length));
      places.push(range);
    }
  }

  return {
    /** @param {string} phrase */
    mark(phrase) {
      places = [];
      paint("here", []);
      if (phrase) {
        const wanted = new RegExp(phrase.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "giu");
        for (const block of list.querySelectorAll(".text, .card b, pre")) find(block, wanted);
      }
      paint("found", places);
      return places.length;
    },
    /** @param {number} place */
    show(place) {
      const range = places[place];
      const row = /** @type {HTMLElement | null | undefined} */ (
        range?.startContainer.parentElement?.closest(".msg")
      );
      if (!range || !row) return;
      if (range.startContainer.parentElement?.closest(".rest")) unfold(row);
      show(row);
      paint("here", [range]);
      for (const each of list.querySelectorAll(".msg.on")) each.classList.remove("on");
      row.classList.add("on");
    },
  };
}
