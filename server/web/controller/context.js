/** The objects that every part of the controller works with. @module */

import { shortDay, t } from "../i18n/translate.js";
import { Conversation } from "../model/conversation.js";
import { Members } from "../model/members.js";
import { Membership } from "../model/membership.js";
import { Outbox } from "../model/outbox.js";
import { choose } from "../model/preferences.js";
import { RoomState } from "../model/room_state.js";
import { Uploads } from "../model/uploads.js";

/**
 * @import {Network, Store, Wire} from "../network/api.js"
 * @import {Screen} from "../view/contract.js"
 *
 * @typedef {object} Browser the browser around the page; no call blocks
 * @property {boolean} canNotify the page is encrypted, so that it may ask for notifications
 * @property {() => string} permission "granted", "denied" or "default"
 * @property {() => Promise<string>} askPermission
 * @property {(title: string, text: string) => void} notify
 * @property {() => void} withdraw remove the notifications shown so far
 * @property {(url: string, name: string) => void} download
 * @property {(path: string) => Promise<any>} getJson null: the server did not answer
 * @property {() => boolean} isDark
 *
 * @typedef {object} Page what the server wrote into the page
 * @property {string} room
 * @property {string} key base64url, the hash of the room's TLS key
 * @property {boolean} encrypted
 * @property {boolean} local it comes from this computer
 * @property {boolean} windows the browser runs on Windows
 * @property {string} version
 * @property {string} origin
 * @property {string} [ownerKey] of the link that opened the page
 *
 * @typedef {object} Parts
 * @property {Network} network
 * @property {Store} store
 * @property {Screen} screen
 * @property {Browser} browser
 * @property {Page} page
 * @property {() => number} clock seconds, for what depends on time passing
 * @property {() => Date} wall the time of day
 * @property {{frame: (run: () => void) => void, later: (run: () => void, ms: number) => void}} timers
 *
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

/** Return 2026-11-29 08:05:00 in local time. */
export const stamp = (/** @type {Date | null} */ when) =>
  when
    ? `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} ` +
      when.toTimeString().slice(0, 8)
    : "?";
const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
