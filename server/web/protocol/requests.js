/**
 * The requests of a membership that have no answer yet (client_mvc/network/open_requests.py). An
 * act or a change that the room could not decide is kept and sent again under the same id, also
 * over the next connection; any other request fails with its connection.
 */

import { wait } from "./backoff.js";

/** @import {Problem, Wire} from "../network/api.js" */

const LONGEST_PAUSE = 5;
/** The server carries these out once for each id. */
const REPEATABLE =
  "claim role kick ban unban mute slow lock topic delete edit react pin rename note".split(" ");

export class OpenRequests {
  /** @type {Map<string, {query: Wire, askedAt: number, sent: boolean, kept: boolean}>} */
  #open = new Map();
  #pauseEnds = 0;
  #failures = 0;

  /** When `due` has some to send; null: there are none. */
  get wakeAt() {
    return [...this.#open.values()].every(({ sent }) => sent) ? null : this.#pauseEnds;
  }

  /** Note a request. Return whether to send it now. @param {Wire} query @param {number} now */
  add(query, now) {
    const waits = REPEATABLE.includes(query.type) && this.wakeAt !== null;
    this.#open.set(query.id, { query, askedAt: now, sent: !waits, kept: waits });
    return !waits;
  }

  /** Forget a request; when it was sent, if it is one. @param {string} id */
  answered(id) {
    const found = this.#open.get(id);
    if (!found) return undefined;
    this.#open.delete(id);
    this.#failures = 0;
    return found.askedAt;
  }

  /**
   * Keep a request, to be sent again after a while; false: it is none of those.
   *
   * @param {string} id
   * @param {Problem} why
   * @param {number} now
   */
  pause(id, { retryAfter }, now) {
    const found = this.#open.get(id);
    if (!found || !REPEATABLE.includes(found.query.type)) return false;
    found.sent = false;
    found.kept = true;
    this.#failures += 1;
    this.#pauseEnds = now + wait(this.#failures, retryAfter, LONGEST_PAUSE);
    return true;
  }

  /** The requests to send now, in the order in which they were asked for. @param {number} now */
  due(now) {
    if (this.wakeAt === null || now < this.wakeAt) return [];
    const waiting = [...this.#open.values()].filter(({ sent }) => !sent);
    for (const each of waiting) Object.assign(each, { sent: true, askedAt: now });
    return waiting.map(({ query }) => query);
  }

  /** The connection is lost. Return the ids of the requests that failed with it. */
  lost() {
    const failed = [...this.#open].filter(([, { kept }]) => !kept).map(([id]) => id);
    for (const id of failed) this.#open.delete(id);
    for (const each of this.#open.values()) each.sent = false;
    this.#pauseEnds = this.#failures = 0;
    return failed;
  }

  /** Forget all requests, and return their ids: their membership has ended. */
  takeAll() {
    const ids = [...this.#open.keys()];
    this.#open.clear();
    return ids;
  }
}
