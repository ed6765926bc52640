/** Who is writing, now. @module */

import { makeObservable } from "./observable.js";

/** Seconds that it holds. */
const FOR = 6;

export class Typing {
  changed = makeObservable();
  /** @type {Map<string, number>} until when, in seconds of the clock */
  #until = new Map();

  /** Their names, those who began first at the front. */
  get names() {
    return [...this.#until.keys()];
  }

  note(/** @type {string} */ name, /** @type {number} */ now) {
    const is = this.#until.has(name);
    this.#until.set(name, now + FOR);
    if (!is) this.changed.notify();
  }

  /** End what an event ends: a message was sent, a member left or has another name. */
  apply(/** @type {Record<string, any>} */ { type, name }) {
    if (["said", "shared", "left", "renamed"].includes(type) && this.#until.delete(name))
      this.changed.notify();
  }

  tick(/** @type {number} */ now) {
    const over = [...this.#until].filter(([, until]) => now >= until);
    for (const [name] of over) this.#until.delete(name);
    if (over.length) this.changed.notify();
  }

  clear() {
    this.tick(Infinity);
  }
}
