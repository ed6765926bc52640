/** Go to a message, a date, or the first unread message (conversation/paging.py). @module */

import { day as dayText, fill, t } from "../i18n/translate.js";
import { moment, stamp } from "./context.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @import {makePaging} from "./paging.js"
 * @import {makePresenter} from "./presenter.js"
 */

/** `paging` makes the requests: one at a time. */
export function makeJumping(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makePresenter>} */ presenter,
  /** @type {ReturnType<typeof makePaging>} */ paging,
) {
  const { conversation, screen } = context;
  const { page } = conversation;
  const { windows } = screen;
  const { ask, forget } = paging;

  const lost = (/** @type {string} */ reason) =>
    screen.say(fill(t("That message cannot be loaded: {reason}"), { reason }));

  /** @type {(answer: Wire, seq: number, mark: boolean) => void} */
  function turnTo({ events, more }, seq, mark) {
    if (!events.some((/** @type {Wire} */ each) => each.seq === seq)) {
      return screen.say(t("The server no longer has that message."));
    }
    page.turn(events, events.at(-1).seq >= conversation.newest, !more);
    presenter.pointAt(seq, mark);
  }

  function turnToDay(/** @type {Wire} */ answer, /** @type {Date} */ day) {
    const first = answer.events[0];
    if (!first) return windows.showDateError(t("There are no messages since then."));
    windows.closeDate();
    const found = moment(first.at);
    if (found && found.toDateString() !== day.toDateString()) {
      const days = { day: dayText(day), next_day: dayText(found) };
      screen.say(
        t("There are no messages from {day}. The next ones are from {next_day}.", days),
      );
    }
    turnTo(answer, first.seq, false);
  }

  function goTo(/** @type {number} */ seq, mark = true) {
    forget();
    if (page.has(seq)) presenter.pointAt(seq, mark);
    else ask({ around: seq }, (answer) => turnTo(answer, seq, mark), lost);
  }

  return {
    goTo: (/** @type {number} */ seq) => goTo(seq),
    /** Ask for a date; the suggestion is the day on screen. */
    askDate: () =>
      windows.showDate(stamp(moment(page.events[0]?.at) ?? context.wall()).slice(0, 10)),
    goToDate(/** @type {string} */ typed) {
      const parts = /^\s*(\d{4})-(\d\d)-(\d\d)\s*$/.exec(typed)?.slice(1).map(Number) ?? [];
      const start = new Date(parts[0] ?? NaN, (parts[1] ?? 0) - 1, parts[2]);
      if (start.getDate() !== parts[2]) {
        return windows.showDateError(t("Write the date as year-month-day, like 2026-11-22."));
      }
      forget();
      ask(
        { at: start.toISOString() },
        (answer) => turnToDay(answer, start),
        windows.showDateError,
      );
    },
    firstUnread: () => void (presenter.unreadFrom && goTo(presenter.unreadFrom, false)),
  };
}
