/**
 * Acts on rows of the conversation: one toolbar for pointer and focus, a sheet for fingers, and
 * the keyboard. The conversation is one stop for Tab; arrows go from row to row, Tab into one.
 *
 * @module
 */

import { t } from "../i18n/translate.js";
import { actsOf } from "./acts.js";
import { byId, h, iconButton } from "./dom.js";
import { openMenu } from "./menu.js";
import { isPopupOpen } from "./popup.js";

/**
 * @import { App } from "./screen.js"
 * @import { Row } from "./pane.js"
 */

const LONG_PRESS = 500; // milliseconds
const FINGER = 10; // pixels that it may move meanwhile
const ROWS = ".msg, .note, .day";

/**
 * @param {App} app
 * @param {(node: EventTarget | null) => Row | undefined} rowAt
 */
export function makeReader(app, rowAt) {
  const pane = byId("pane");
  let pressed = 0;
  let byKeys = false;
  /** @type {Row | undefined} whose toolbar is shown */
  let shown;

  const tool = (
    /** @type {string} */ text,
    /** @type {string} */ symbol,
    /** @type {(row: Row, from: HTMLElement) => void} */ act,
  ) => {
    const node = iconButton(text, symbol, () => shown && act(shown, node));
    node.tabIndex = -1;
    return node;
  };
  const react = tool(t("React"), "smile", openReactions);
  const reply = tool(t("Reply"), "reply", replyTo);
  const more = tool(t("More"), "dots", openMore);
  more.ariaHasPopup = react.ariaHasPopup = "true";
  const bar = h("div.acts", react, reply, more);

  const isContent = (/** @type {Row | undefined} */ row) =>
    row?.item.kind === "message" || row?.item.kind === "file";
  const acts = (/** @type {Row | undefined} */ row) =>
    actsOf(row?.item, app.rules, app.intents, Date.now() / 1000);
  const seqOf = (/** @type {Row} */ { item }) => ("seq" in item ? item.seq : 0);

  function openReactions(/** @type {Row} */ row, /** @type {HTMLElement} */ from = row.node) {
    if (isContent(row) && app.rules.react) choose(seqOf(row), from);
  }

  function choose(/** @type {number} */ seq, /** @type {HTMLElement} */ from) {
    app.emoji(
      from,
      (emoji) => app.intents.conversation.react(seq, emoji),
      app.intents.conversation.usualReactions(),
    );
  }

  function replyTo(/** @type {Row} */ row) {
    if (!isContent(row) || !app.rules.reply) return;
    app.intents.conversation.reply(seqOf(row));
    app.focusField();
  }

  function openMore(/** @type {Row} */ row, /** @type {HTMLElement} */ from = row.node) {
    const entries = acts(row);
    if (entries.length) openMenu(from, t("Message"), entries, byId("main"));
  }

  /** For fingers: all in one sheet. */
  function openSheet(/** @type {EventTarget | null} */ target) {
    const row = rowAt(target);
    if (!row || !isContent(row)) return;
    const { conversation } = app.intents;
    const usual = app.rules.react ? conversation.usualReactions() : [];
    openMenu(
      row.node,
      t("Message"),
      [
        ...(app.rules.react
          ? [{ text: t("Another reaction…"), symbol: "smile", act: () => openReactions(row) }]
          : []),
        ...(app.rules.reply
          ? [{ text: t("Reply"), symbol: "reply", act: () => replyTo(row) }]
          : []),
        ...acts(row),
      ],
      byId("main"),
      usual.map(({ emoji }) => [emoji, () => conversation.react(seqOf(row), emoji)]),
    );
  }

  function moveBar(/** @type {EventTarget | null} */ target) {
    const row = rowAt(target);
    if (!row || isPopupOpen()) return;
    // On the way from a picture of a grid to its toolbar.
    if (row.node === shown?.node && bar.isConnected && row.item !== shown.item && !row.pic)
      return;
    shown?.pic?.classList.remove("on");
    shown = row;
    row.pic?.classList.add("on");
    react.hidden = !app.rules.react;
    reply.hidden = !app.rules.reply;
    if (!isContent(row)) bar.remove();
    else if (bar.parentNode !== row.node) row.node.append(bar);
  }

  // --- keyboard ------------------------------------------------------------------------------

  const line = (/** @type {any} */ node) => node?.closest?.(ROWS) ?? null;
  const all = () =>
    /** @type {HTMLElement[]} */ (
      [...pane.querySelectorAll(ROWS)].filter((row) => !row.matches("[hidden]"))
    );

  function focusRow(/** @type {HTMLElement | undefined} */ row) {
    if (row) app.focusRow(row);
  }

  function lastInView() {
    const bottom = pane.getBoundingClientRect().bottom;
    return all().findLast((row) => row.getBoundingClientRect().top < bottom - 8);
  }

  /** Go up or down from message to message; the field is below the last one. */
  function step(/** @type {number} */ by) {
    const row = line(document.activeElement);
    const rows = all().filter((each) => !each.matches(".day"));
    if (!row) return by < 0 && focusRow(lastInView());
    const to = rows[rows.indexOf(row) + by];
    if (to) focusRow(to);
    else if (by > 0) app.focusField();
  }

  function move(/** @type {HTMLElement} */ row, /** @type {string} */ key) {
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
    const parts = [...row.querySelectorAll("a, button, pre")].filter(
      (each) => each.checkVisibility() || bar.contains(each),
    );
    const next = /** @type {HTMLElement | undefined} */ (parts[parts.indexOf(from) + by]);
    if (next) next.tabIndex = -1;
    next?.focus();
    return Boolean(next);
  }

  /** Enter replies; on what is no message it presses the one button there. */
  function enter(/** @type {Row | undefined} */ row) {
    if (row && isContent(row)) replyTo(row);
    else /** @type {HTMLElement | undefined} */ (row?.node.querySelector("button"))?.click();
  }

  /** The keys of a message, also with the focus within it. */
  function onRow(/** @type {KeyboardEvent} */ event, /** @type {Row | undefined} */ row) {
    const { key } = event;
    // Who clicked on a link and types means the field.
    if (!row || event.altKey || !byKeys) return false;
    if (event.ctrlKey || event.metaKey) {
      if (key !== "c" || String(getSelection())) return false;
      acts(row)[0]?.act();
      return true;
    }
    const name = event.shiftKey ? `S-${key}` : key;
    const act = { r: openReactions, m: openMore, ContextMenu: openMore, "S-F10": openMore }[
      name
    ];
    if (act) act(row);
    else if (key === "Delete")
      acts(row)
        .find(({ bad }) => bad)
        ?.act();
    else return false;
    return true;
  }

  /** Let Tab go past the code blocks, which scroll and so are stops of their own. */
  function leave() {
    const blocks = /** @type {NodeListOf<HTMLElement>} */ (pane.querySelectorAll("pre"));
    for (const each of blocks) each.tabIndex = -1;
    setTimeout(() => blocks.forEach((each) => (each.tabIndex = 0)));
  }

  pane.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const { key, target } = event;
    const row = line(target);
    let done = false;
    if (key === "Escape") {
      app.focusField();
      done = true;
    } else if (target === row && key === "Enter") {
      enter(rowAt(row));
      done = true;
    } else if (row && key === "Tab") done = within(row, target, event.shiftKey ? -1 : 1);
    else if (row)
      done = (target === row && !event.altKey && move(row, key)) || onRow(event, rowAt(target));
    if (done) event.preventDefault();
    else if (key === "Tab") leave();
  });
  function focused(/** @type {HTMLElement} */ target, /** @type {Node | null} */ before) {
    const enters = !pane.contains(before);
    byKeys = target.matches(":focus-visible");
    if (enters && byKeys && (target === pane || target.matches("pre"))) focusRow(lastInView());
    moveBar(target);
    // Rows are inside of the pane: Shift+Tab from one must not stop at it again.
    pane.tabIndex = pane.matches(":focus") ? 0 : -1;
  }
  pane.addEventListener("focusin", (/** @type {FocusEvent} */ { target, relatedTarget }) =>
    focused(/** @type {HTMLElement} */ (target), /** @type {Node | null} */ (relatedTarget)),
  );
  pane.addEventListener("focusout", () => (pane.tabIndex = 0));

  // --- pointer -------------------------------------------------------------------------------

  pane.addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse") moveBar(event.target);
  });
  /** @type {PointerEvent | null} */
  let start = null;
  function endPress() {
    clearTimeout(pressed);
    start = null;
  }
  let held = false;
  function press() {
    const target = start?.target ?? null;
    endPress();
    held = true;
    openSheet(target);
  }
  pane.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    endPress();
    held = false;
    if (event.pointerType === "mouse") return;
    start = event;
    pressed = window.setTimeout(press, LONG_PRESS);
  });
  pane.addEventListener("pointermove", (/** @type {PointerEvent} */ { x, y }) => {
    if (start && Math.hypot(x - start.x, y - start.y) > FINGER) endPress();
  });
  for (const end of ["pointerup", "pointercancel", "scroll"])
    pane.addEventListener(end, endPress);
  // The sheet is under the finger, which lifts: no click on what is there.
  pane.addEventListener("touchend", (/** @type {TouchEvent} */ event) => {
    if (held && event.cancelable) event.preventDefault();
  });
  // The browser's own long press is at times the quicker one.
  pane.addEventListener("contextmenu", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType !== "touch") return;
    event.preventDefault();
    if (start) press();
  });

  // The reader may have come to a row before this was loaded.
  const active = /** @type {HTMLElement} */ (document.activeElement);
  if (pane.contains(active)) focused(active, null);
  else moveBar(pane.querySelector(".msg:hover"));

  return {
    react: choose,
    step,
    /** `next` took the place of a row: toolbar and focus go with it. @param {Row} old @param {Row} next */
    replaced(old, next) {
      if (bar.parentNode !== old.node) return;
      shown = next;
      if (isContent(next)) next.node.append(bar);
    },
  };
}
