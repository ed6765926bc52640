/** The messages that the server has not confirmed yet, in the order of sending. @module */

import { makeObservable } from "./observable.js";

/**
 * @typedef {{code: string, params?: Record<string, any>, reason?: string}} Problem
 * @typedef {{id: string, text: string, name: string, journal: string, tried: boolean,
 *   failed?: Problem, order: number, after?: number, wait?: Problem, reply_to?: number,
 *   quote?: {name: string, text: string}}} QueuedMessage `after`: the server cannot have it up to
 *   this `seq`; `wait`: why it has to wait; `quote` is of what it answers
 */

export class Outbox {
  changed = makeObservable();
  /** @type {Map<string, QueuedMessage>} */
  #messages = new Map();
  #order = 0;

  get all() {
    return [...this.#messages.values()];
  }

  /** @returns {QueuedMessage[]} those that wait for the server */
  get waiting() {
    return this.all.filter((each) => !each.failed);
  }

  /** Add messages of an earlier page, which may have been sent. */
  load(/** @type {QueuedMessage[]} */ messages) {
    for (const each of messages) this.#put({ ...each, tried: true });
  }

  /** Add a message, behind all others; also one that had failed. */
  add(/** @type {Omit<QueuedMessage, "order">} */ message) {
    this.#messages.delete(message.id);
    return this.#put({ ...message, order: this.#order + 1 });
  }

  get(/** @type {string} */ id) {
    return this.#messages.get(id);
  }

  remove(/** @type {string} */ id) {
    if (this.#messages.delete(id)) this.changed.notify();
  }

  /** Change a message, if it is still here; returns it. */
  change(/** @type {string} */ id, /** @type {Partial<QueuedMessage>} */ changes) {
    const found = this.#messages.get(id);
    return found && this.#put({ ...found, ...changes });
  }

  #put(/** @type {QueuedMessage} */ message) {
    this.#messages.set(message.id, message);
    this.#order = Math.max(this.#order, message.order);
    this.changed.notify();
    return message;
  }
}
