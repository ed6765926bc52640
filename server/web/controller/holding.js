/**
 * Mute and slow mode of the client itself: what is typed stays until it can be sent. The length
 * of a mute comes from two times of the server, so a wrong clock here does not matter.
 *
 * @module
 */

import { UNDONE } from "../i18n/errors.js";
import { t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { left, moment } from "./context.js";

/**
 * @import {Problem, Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 */

/** Know until when nothing can be sent, and show it in the composer. */
export function makeHolding(/** @type {Context} */ context) {
  const { clock, members, membership, rules, screen, wall } = context;
  let [muted, mutedUntil, slowUntil, shown] = ["", 0, 0, ""];

  /** Return why nothing can be sent now; null if it can. */
  function hold(/** @type {number} */ now) {
    let rest = mutedUntil - now;
    if (rest >= UNDONE)
      return { reason: t("You are muted until a moderator ends it."), left: "" };
    if (rest > 0) {
      const end = new Date(wall().getTime() + rest * 1000);
      const reason = t("You are muted until {time}.", { time: context.until(end, wall()) });
      return { reason, left: left(rest) };
    }
    rest = slowUntil - now;
    if (rest <= 0 || !membership.active) return null;
    const seconds = rules.now.slow;
    const reason = t("Slow mode: one message in {seconds} s.", { seconds });
    return { reason: seconds ? reason : t("Slow mode is on."), left: left(rest) };
  }

  rules.changed.subscribe(() => {
    const { slow, mutedUntil: until, muteBegan } = rules.now;
    if (!slow) slowUntil = 0;
    if (muted === until + muteBegan) return;
    muted = until + muteBegan;
    const end = moment(until);
    const began = moment(muteBegan) ?? wall();
    mutedUntil = end ? clock() + (end.getTime() - began.getTime()) / 1000 : 0;
  });

  return {
    hold,
    /** Begin to wait after an own message in slow mode. */
    handleEvent(/** @type {Wire} */ event) {
      const { slow, asOf } = rules.now;
      if (!slow || event.seq <= asOf || rules.role !== "member" || !isContent(event)) return;
      if (rules.isOwn(event.name, event.member)) slowUntil = clock() + slow;
    },
    /** Wait as long as the server says: it knows best. */
    refused(/** @type {Problem} */ { code, retryAfter }) {
      if (retryAfter === undefined) return;
      if (code === "muted") mutedUntil = clock() + retryAfter;
      if (code === "slow") slowUntil = clock() + retryAfter;
    },
    /** Show the time left, and the end of mutes of all members. */
    tick(/** @type {number} */ now) {
      const next = hold(now);
      const key = JSON.stringify(next);
      if (key !== shown && (next || shown)) screen.composer.hold(next);
      shown = next ? key : "";
      for (const { name, mutedUntil: until } of members.all.values()) {
        if (until && (moment(until) ?? wall()) <= wall()) members.unmute(name);
      }
    },
  };
}
