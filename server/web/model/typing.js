/** Who is writing, now (client_mvc/model/typing.py). @module */

import { makeObservable } from "./observable.js";

/** Seconds that it holds. */
const FOR = 6;

/** @typedef {Record<string, any>} Event */

const key = (/** @type {Event} */ { name, member }) => member || name;

/** Members that are writing, in the order in which they began. */
export class Typing {
  changed = makeObservable();
  /** @type {Map<number | string, {name: string, member?: number, until: number}>} */
  #writers = new Map();

  get all() {
    return [...this.#writers.values()];
  }

  /** Note that a member, who is not the reader, is writing. */
  note(/** @type {Event} */ typing, /** @type {number} */ now) {
    const { name, member } = typing;
    const is = this.#writers.has(key(typing));
    this.#writers.set(key(typing), { name, member, until: now + FOR });
    if (!is) this.changed.notify();
  }

  /** Note what a member did: with a message it has written, and who left writes nothing. */
  apply(/** @type {Event} */ event) {
    const writer = this.#writers.get(key(event));
    if (!writer) return;
    if (event.type === "renamed") writer.name = event.to;
    else if (!["said", "shared", "left"].includes(event.type)) return;
    else this.#writers.delete(key(event));
    this.changed.notify();
  }

  /** Forget those of whom nothing was heard for a while. */
  tick(/** @type {number} */ now) {
    const over = [...this.#writers].filter(([, { until }]) => now >= until);
    for (const [each] of over) this.#writers.delete(each);
    if (over.length) this.changed.notify();
  }

  /** Forget all: the connection is lost. */
  clear() {
    this.tick(Infinity);
  }
}
