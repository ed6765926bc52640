/**
 * Move through history: older and newer pages, and back to the newest. Events come from memory if
 * it has them, otherwise from the server (conversation/paging.py).
 *
 * @module
 */

import { fill, t } from "../i18n/translate.js";
import { newId, NO_ROOM } from "./context.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @typedef {(reason: string) => void} Fail
 */

/** How many events one request loads. */
const STEP = 200;
/** How many are shown at least, if the room has them. */
const SCREENFUL = 50;

/** One request at a time; a new one replaces the last. */
export function makePaging(/** @type {Context} */ context) {
  const { conversation, membership, network, screen, timers } = context;
  const { page } = conversation;
  /** @type {{id: string, take: (answer: Wire) => void, fail: Fail} | null} */
  let asked = null;
  /** A request failed; the end of the page that it was for may still be in view. */
  let missed = false;

  const say = (/** @type {string} */ text) => (/** @type {string} */ reason) =>
    screen.say(fill(text, { reason }));
  const older = say(t("Older messages cannot be loaded: {reason}"));
  const newer = say(t("Newer messages cannot be loaded: {reason}"));

  /** Drop the current request. */
  function forget() {
    if (asked) screen.messages.showLoading("");
    asked = null;
  }

  /** @type {(query: Wire, take: (answer: Wire) => void, fail: Fail) => void} */
  function ask(query, take, fail) {
    if (!membership.active) return fail(t(NO_ROOM));
    asked = { id: newId(), take, fail };
    if (query.before) screen.messages.showLoading(t("Loading older messages…"));
    network.ask({ type: "history", limit: STEP, ...query, id: asked.id });
  }

  /**
   * Load older events, until `least` rows are new ones: pages may hold changes of messages only.
   *
   * @param {number} seq
   * @param {Fail} fail
   */
  function loadBefore(seq, fail, least = 1) {
    if (seq <= 1) return page.older([], true);
    const before = page.rows;
    const take = (/** @type {Wire[]} */ events, /** @type {boolean} */ begins) => {
      page.older(events, begins);
      const missing = least - (page.rows - before);
      if (missing > 0 && !begins && page.first < seq) loadBefore(page.first, fail, missing);
    };
    const found = conversation.before(seq, STEP);
    if (found.length) take(found, false);
    else ask({ before: seq }, ({ events, more }) => take(events, !more), fail);
  }

  /** Load newer events, until one of them is shown. */
  function loadAfter() {
    const { last, rows } = page;
    const take = (/** @type {Wire[]} */ events) => {
      page.newer(events, conversation.newest);
      if (!page.live && page.rows === rows && page.last > last) loadAfter();
    };
    const found = conversation.after(last, STEP);
    if (found.length) take(found);
    else ask({ after: last }, ({ events }) => take(events), newer);
  }

  function retry() {
    if (missed) screen.messages.watchEnds();
    missed = false;
  }

  conversation.cleared.subscribe(forget);

  const intents = {
    reads: (/** @type {boolean} */ furtherUp) => page.read(furtherUp),
    /** Load older events. */
    reachedTop() {
      if (!asked && !page.begins && page.first) loadBefore(page.first, older);
    },
    /** Load newer events if the page does not end with the newest. */
    reachedEnd() {
      if (!asked && !page.live) loadAfter();
    },
    toNewest() {
      forget();
      if (page.live) screen.messages.toBottom();
      else conversation.showNewest();
    },
  };
  return {
    intents,
    ask,
    forget,
    /** Fill the page after a resume, which replays only what was missed. */
    fill() {
      retry();
      const { welcome } = membership;
      const missing = SCREENFUL - page.rows;
      if (!welcome || asked || page.begins || missing <= 0) return;
      loadBefore(page.first || welcome.seq + 1, () => {}, missing);
    },
    answered(/** @type {Wire} */ answer) {
      if (asked?.id !== answer.id) return;
      const { take } = asked ?? {};
      forget();
      take?.({ ...answer, events: conversation.asTheyStand(answer.events) });
    },
    /** Handle the failure of a request; return whether it was the current one. */
    failed(
      /** @type {string} */ id,
      /** @type {string} */ reason,
      /** @type {number | undefined} */ after,
    ) {
      if (asked?.id !== id) return false;
      const { fail } = asked;
      forget();
      fail(reason);
      missed = true;
      if (after !== undefined) timers.later(retry, Math.min(after, 600) * 1000);
      return true;
    },
  };
}
