/**
 * The outgoing messages of one membership. One is in flight at a time; the next one waits for its
 * `said`, `accepted` or `error`. So the room has them in the order in which they were written.
 */

import { wait } from "./backoff.js";

/** @import {OutgoingMessage, Problem, Wire} from "../network/api.js" */

/** Seconds that the server has to confirm a message. */
const RECEIPT_WITHIN = 30;
const LONGEST_PAUSE = 5;

/** Messages, oldest first. `wakeAt`: when the receipt is overdue, or a pause ends. */
export class OutgoingQueue {
  /** @type {string | null} */
  inFlight = null;
  /** @type {number | null} */
  wakeAt = null;
  #failures = 0;
  /** @type {Map<string, OutgoingMessage>} */
  #messages;

  /** @param {OutgoingMessage[]} outgoing */
  constructor(outgoing) {
    this.#messages = new Map(outgoing.map((each) => [each.id, each]));
  }

  /** @param {string} id */
  has(id) {
    return this.#messages.has(id);
  }

  /** The ids of those that may have been sent before. */
  get tried() {
    return [...this.#messages.values()].filter((each) => each.tried).map((each) => each.id);
  }

  /** @param {OutgoingMessage} message appended, unless its id waits already */
  add(message) {
    if (!this.has(message.id)) this.#messages.set(message.id, message);
  }

  /** The message to send now, if any. @param {number} now @returns {Wire | null} */
  next(now) {
    if (this.inFlight !== null || (this.wakeAt !== null && now < this.wakeAt)) return null;
    this.wakeAt = null;
    const [message] = this.#messages.values();
    if (!message) return null;
    const { id, text, reply_to } = message;
    this.#messages.set(id, { ...message, tried: true });
    this.inFlight = id;
    this.wakeAt = now + RECEIPT_WITHIN;
    return { type: "say", text, id, ...(reply_to && { reply_to }) };
  }

  /** Forget a message. Return whether it was here. @param {string} id */
  remove(id) {
    if (id === this.inFlight) this.restart();
    return this.#messages.delete(id);
  }

  /** Send the message in flight again after a while. @param {Problem} why @param {number} now */
  pause({ retryAfter }, now) {
    this.#failures += 1;
    this.inFlight = null;
    this.wakeAt = now + wait(this.#failures, retryAfter, LONGEST_PAUSE);
  }

  /** Begin anew: nothing is in flight, and no pause lasts. */
  restart() {
    this.inFlight = this.wakeAt = null;
    this.#failures = 0;
  }
}
