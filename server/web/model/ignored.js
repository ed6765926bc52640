/**
 * Members whose messages the person does not want to see, in this room: by their number, which
 * stays with a new name, and by their name, which they may have again when they come back.
 *
 * @module
 */

import { makeObservable } from "./observable.js";

/** @typedef {{name: string, number: number}} Entry `number` 0: it had none */

const folded = (/** @type {string} */ name) => name.normalize("NFKC").toLowerCase();

/** `shown` are the `seq` of their messages to show all the same. */
export class Ignored {
  changed = makeObservable();
  /** @type {Entry[]} */
  all = [];
  /** @type {Set<number>} */
  shown = new Set();

  /** Take the list of a room. */
  load(/** @type {unknown} */ kept) {
    const list = Array.isArray(kept) ? kept : [];
    this.#set(list.filter((each) => typeof each?.name === "string"));
  }

  has(/** @type {string} */ name, /** @type {number | undefined} */ number) {
    return this.all.some(
      (each) => (each.number && each.number === number) || folded(each.name) === folded(name),
    );
  }

  /** Hide the messages of a member, or show them again. */
  set(/** @type {string} */ name, /** @type {number} */ number, /** @type {boolean} */ on) {
    const others = this.all.filter(
      (each) => folded(each.name) !== folded(name) && (!number || each.number !== number),
    );
    this.#set(on ? [...others, { name, number }] : others);
  }

  /** Show this one message. */
  show(/** @type {number} */ seq) {
    this.shown.add(seq);
    this.changed.notify();
  }

  #set(/** @type {Entry[]} */ all) {
    this.all = all;
    this.shown.clear();
    this.changed.notify();
  }
}
