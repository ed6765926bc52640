/** The objects that every part of the controller works with. @module */

import { sentence } from "../i18n/errors.js";
import { shortDay, t } from "../i18n/translate.js";
import { makeEmoji } from "./emoji.js";
import { Conversation } from "../model/conversation.js";
import { Ignored } from "../model/ignored.js";
import { Members } from "../model/members.js";
import { Membership } from "../model/membership.js";
import { Outbox } from "../model/outbox.js";
import { Pins } from "../model/pins.js";
import { choose } from "../model/preferences.js";
import { RoomState } from "../model/room_state.js";
import { Typing } from "../model/typing.js";
import { Uploads } from "../model/uploads.js";

/**
 * @import {Problem, Wire} from "../network/api.js"
 * @import {Screen} from "../view/contract.js"
 * @import {Parts} from "./types.js"
 * @typedef {ReturnType<typeof makeContext>} Context
 */

/** @returns {string} 128 random bits; plain http has no crypto.randomUUID */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");

/** Make model and helpers around what is given. */
export function makeContext(/** @type {Parts} */ parts) {
  const members = new Members();
  let chosen = choose(parts.store.preference("choices"));
  const context = {
    ...parts,
    conversation: new Conversation(),
    membership: new Membership(),
    members,
    rules: new RoomState(members),
    outbox: new Outbox(),
    uploads: new Uploads(),
    ignored: new Ignored(),
    pins: new Pins(),
    typing: new Typing(),
    emoji: makeEmoji(parts.browser),
    get chosen() {
      return chosen;
    },
    choose(/** @type {Record<string, any>} */ changes) {
      chosen = choose(changes, chosen);
      parts.store.prefer("choices", chosen);
    },
    /** Format a time of day: 08:05, 08:05:09, 8:05 AM. */
    time(/** @type {Date} */ when) {
      const exact = when.toTimeString().slice(2, chosen.seconds ? 8 : 5);
      const hour = when.getHours();
      if (chosen.hours === 24) return String(hour).padStart(2, "0") + exact;
      return `${hour % 12 || 12}${exact} ${hour < 12 ? "AM" : "PM"}`;
    },
    /** Format the end of something that began at `since`: 14:05; on another day with it. */
    until: (/** @type {Date} */ end, /** @type {Date} */ since) =>
      end.toDateString() === since.toDateString()
        ? context.time(end)
        : `${shortDay(end)}, ${context.time(end)}`,
    /** Send a request of a member; returns its id, or "" without a room. */
    ask(/** @type {Wire} */ request, id = newId()) {
      if (context.membership.welcome) {
        parts.network.ask({ ...request, id });
        return id;
      }
      parts.screen.say(t(NO_ROOM));
      return "";
    },
  };
  return context;
}

export const NO_ROOM = "You are not in a room. Join one first.";

/** Return an event's time; null if `at` is no time. */
export function moment(/** @type {string} */ at) {
  const when = new Date(at);
  return Number.isNaN(when.getTime()) ? null : when;
}

/** Join the first `most` things, and tell how many more there are. */
export function listed(/** @type {string[]} */ things, /** @type {number} */ most) {
  const [first, count] = [things.slice(0, most).join(", "), things.length - most];
  return count > 0 ? t("{things}, and {count} more", { things: first, count }) : first;
}

/** Format the time left: 12 s, 4:31; empty for hours. */
export function left(/** @type {number} */ time) {
  const seconds = Math.max(1, Math.ceil(time - 0.1));
  if (seconds < 60) return t("{seconds} s", { seconds });
  const rest = String(seconds % 60).padStart(2, "0");
  return seconds < 3600 ? `${Math.floor(seconds / 60)}:${rest}` : "";
}

/** Return why the server did not do something, and how long to wait. */
export function refusal(/** @type {Problem} */ problem) {
  const time = problem.retryAfter ? left(problem.retryAfter) : "";
  return time ? `${sentence(problem)} (${time})` : sentence(problem);
}

/** Offer a text to save as a file. */
export const save = (
  /** @type {Screen} */ screen,
  /** @type {string} */ name,
  /** @type {string} */ type,
  /** @type {string} */ text,
) => screen.save(name, new Blob([text], { type: `${type};charset=utf-8` }));

/** Return 2026-11-29 08:05:00 in local time. */
export const stamp = (/** @type {Date | null} */ when) =>
  when
    ? `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} ` +
      when.toTimeString().slice(0, 8)
    : "?";
const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
