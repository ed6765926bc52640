/**
 * Acts on rows of the conversation: one toolbar for pointer and focus, a sheet for fingers, and
 * the keyboard. The conversation is one stop for Tab; arrows go from row to row, Enter into one.
 *
 * @module
 */

import { t } from "../i18n/translate.js";
import { byId, h, iconButton } from "./dom.js";
import { openMenu } from "./menu.js";

/**
 * @import { App } from "./screen.js"
 * @import { Row } from "./pane.js"
 * @typedef {{text: string, symbol: string, bad?: boolean, act: () => void}} Act
 */

const LONG_PRESS = 500; // milliseconds
const FINGER = 10; // pixels that it may move meanwhile

/**
 * @param {App} app
 * @param {(node: EventTarget | null) => Row | undefined} rowAt
 */
export function makeReader(app, rowAt) {
  const pane = byId("pane");
  const bar = h("div.acts");
  let pressed = 0;

  /** @returns {Act[]} */
  function actsOf(/** @type {Row | undefined} */ row) {
    const item = row?.item;
    if (item?.kind !== "message" && item?.kind !== "file") return [];
    const { seq, own } = item;
    const speaker = item.kind === "file" ? item.speaker : item.name;
    const copy =
      item.kind === "file"
        ? { text: t("Copy link"), act: () => app.intents.files.copyLink(item.fileId) }
        : { text: t("Copy text"), act: () => app.copy(item.text, t("Copied.")) };
    const acts = [{ ...copy, symbol: "copy" }];
    if (!own)
      acts.push({
        text: t("Mention {name}", { name: speaker }),
        symbol: "at",
        act: () => app.intents.composer.mention(speaker),
      });
    return app.deleting === "all" || (app.deleting === "own" && own)
      ? [
          ...acts,
          {
            text: t("Delete…"),
            symbol: "bin",
            bad: true,
            act: () => app.intents.moderation.remove(seq),
          },
        ]
      : acts;
  }

  function moveBar(/** @type {Event} */ { target }) {
    const row = rowAt(target);
    if (!row || bar.parentNode === row.node) return;
    const acts = actsOf(row);
    bar.replaceChildren(
      ...acts.map(({ text, symbol, act }) => {
        const each = iconButton(text, symbol, act);
        each.tabIndex = -1;
        return each;
      }),
    );
    if (acts.length) row.node.append(bar);
    else bar.remove();
  }

  function openSheet(/** @type {EventTarget | null} */ target) {
    const row = rowAt(target);
    const acts = actsOf(row);
    if (row && acts.length) openMenu(row.node, t("Message"), acts, byId("main"));
  }

  // --- keyboard ------------------------------------------------------------------------------

  const line = (/** @type {any} */ node) => node?.closest?.(".log > ol > li") ?? null;
  const all = () => [...pane.querySelectorAll(".log > ol > li")];

  function focusRow(/** @type {HTMLElement | undefined} */ row) {
    if (!row) return;
    row.tabIndex = -1;
    row.focus();
  }

  function step(/** @type {HTMLElement} */ row, /** @type {string} */ key) {
    const rows = all();
    const at = rows.indexOf(row);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[key];
    if (to !== undefined) focusRow(rows[to]);
    return to !== undefined;
  }

  function within(
    /** @type {HTMLElement} */ row,
    /** @type {any} */ from,
    /** @type {number} */ by,
  ) {
    const parts = [...row.querySelectorAll("a, button, pre")];
    const next = /** @type {HTMLElement | undefined} */ (parts[parts.indexOf(from) + by]);
    if (next) next.tabIndex = -1;
    next?.focus();
    return Boolean(next);
  }

  function onRow(/** @type {KeyboardEvent} */ event, /** @type {HTMLElement} */ row) {
    const acts = actsOf(rowAt(row));
    if (step(row, event.key)) return true;
    if (event.key === "Enter") return within(row, null, 1);
    if (event.key === "Delete") acts.find(({ bad }) => bad)?.act();
    else if (event.key === "c" && event.ctrlKey && !String(getSelection())) acts[0]?.act();
    else return false;
    return true;
  }

  /** Let Tab go past the code blocks, which scroll and so are stops of their own. */
  function leave() {
    const blocks = /** @type {NodeListOf<HTMLElement>} */ (pane.querySelectorAll("pre"));
    for (const each of blocks) each.tabIndex = -1;
    setTimeout(() => blocks.forEach((each) => (each.tabIndex = 0)));
  }

  pane.tabIndex = 0;
  pane.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const { key, target } = event;
    const row = line(target);
    let done = false;
    if (key === "Escape") {
      app.focusField();
      done = true;
    } else if (target === row) done = onRow(event, row);
    else if (row && key === "Tab") done = within(row, target, event.shiftKey ? -1 : 1);
    if (done) event.preventDefault();
    else if (key === "Tab") leave();
  });
  pane.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const enters = !pane.contains(/** @type {Node | null} */ (event.relatedTarget));
    if (enters && target !== line(target) && target.matches(":focus-visible")) {
      const bottom = pane.getBoundingClientRect().bottom;
      focusRow(all().findLast((row) => row.getBoundingClientRect().top < bottom - 8));
    }
    moveBar(event);
    // Rows are inside of the pane: Shift+Tab from one must not stop at it again.
    pane.tabIndex = pane.matches(":focus") ? 0 : -1;
  });
  pane.addEventListener("focusout", () => (pane.tabIndex = 0));

  // --- pointer -------------------------------------------------------------------------------

  pane.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse") moveBar(event);
  });
  /** @type {PointerEvent | null} */
  let start = null;
  function endPress() {
    clearTimeout(pressed);
    start = null;
  }
  function press() {
    const target = start?.target ?? null;
    endPress();
    openSheet(target);
  }
  pane.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    endPress();
    if (event.pointerType === "mouse") return;
    start = event;
    pressed = window.setTimeout(press, LONG_PRESS);
  });
  pane.addEventListener("pointermove", (/** @type {PointerEvent} */ { x, y }) => {
    if (start && Math.hypot(x - start.x, y - start.y) > FINGER) endPress();
  });
  for (const end of ["pointerup", "pointercancel", "scroll"])
    pane.addEventListener(end, endPress);
  // The browser's own long press is at times the quicker one.
  pane.addEventListener("contextmenu", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType !== "touch") return;
    event.preventDefault();
    if (start) press();
  });
  return { focusRow, openSheet };
}
