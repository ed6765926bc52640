/** The pinned messages and files, those pinned last at the end. @module */

import { makeObservable } from "./observable.js";
import { changed, isChange } from "./standing.js";

/** @typedef {import("./page.js").Event} Event */

/** The most that are kept, as a `welcome` has them. */
const MOST = 20;

/** Those of a `welcome`, then the events after it. One without `type` is not loaded yet. */
export class Pins {
  changed = makeObservable();
  /** @type {Event[]} oldest first */
  all = [];
  #asOf = 0;

  welcomed(/** @type {Event} */ { pins = [], seq }) {
    this.#asOf = seq;
    this.#set(pins);
  }

  /** Change what the event changes; `sent` is its target as it stands, if that is known. */
  apply(/** @type {Event} */ event, /** @type {Event | undefined} */ sent) {
    if (event.seq <= this.#asOf || !isChange(event)) return;
    const { type, target, on } = event;
    const others = this.all.filter((each) => each.seq !== target);
    const place = this.all.findIndex((each) => each.seq === target);
    if (type === "pinned" && on && !sent?.deleted) {
      this.#set([...others, sent ?? this.all[place] ?? { seq: target }]);
    } else if (place < 0) return;
    else if (type === "deleted" || type === "pinned") this.#set(others);
    else this.#set(this.all.map((each, at) => (at === place ? changed(each, event) : each)));
  }

  /** Take in an event that was not here; undefined: there is none any more. */
  loaded(/** @type {number} */ seq, /** @type {Event | undefined} */ event) {
    if (!this.all.some((each) => each.seq === seq && !each.type)) return;
    this.#set(this.all.flatMap((each) => (each.seq === seq ? (event ?? []) : each)));
  }

  clear() {
    this.#set([]);
  }

  #set(/** @type {Event[]} */ all) {
    this.all = all.slice(-MOST);
    this.changed.notify();
  }
}
