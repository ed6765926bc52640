/**
 * The part of the conversation that is on screen, and its moves through history: events without
 * a gap, oldest first (client_mvc/model/page.py).
 *
 * @module
 */

import { makeObservable } from "./observable.js";
import { isSilent } from "./standing.js";

/** @typedef {Record<string, any>} Event an event of docs/protocol.md */

/** The most events of a page that are shown, and how many stay when it grows longer. */
export const ROWS = 980;
const KEPT = 900;
/** The most of all: changes of messages are not shown. */
const EVENTS = 10_000;

/** Tell whether an event is a message or a file. */
export const isContent = (/** @type {Event} */ event) =>
  event.type === "said" || event.type === "shared";

const shown = (/** @type {(Event | undefined)[]} */ events) =>
  events.filter((each) => each && !isSilent(each)).length;

/**
 * While it is `live`, a page ends with the newest event and grows with each new one. `begins`:
 * the server has no older event. `missed` counts messages and files since it stopped being live.
 * `edition` changes with each `turn`, which replaces all events.
 */
export class HistoryPage {
  changed = makeObservable();
  live = true;
  begins = false;
  missed = 0;
  edition = 0;
  /** @type {Event[]} */
  events = [];
  /** How many of them are shown. */
  rows = 0;
  #reading = false;

  /** The oldest `seq`; 0 on an empty page. */
  get first() {
    return /** @type {number} */ (this.events[0]?.seq ?? 0);
  }

  /** The newest `seq`; 0 on an empty page. */
  get last() {
    return /** @type {number} */ (this.events.at(-1)?.seq ?? 0);
  }

  has(/** @type {number} */ seq) {
    return this.events.length > 0 && this.first <= seq && seq <= this.last;
  }

  /** Note whether the reader has scrolled up; then no event they may read is removed. */
  read(/** @type {boolean} */ furtherUp) {
    this.#reading = furtherUp;
  }

  /** Append a new event if the page is live, otherwise count it as missed. */
  add(/** @type {Event} */ event) {
    if (this.#reading && this.rows >= ROWS) this.live = false;
    if (this.live) this.#append([event]);
    else if (isContent(event)) this.missed++;
    this.changed.notify();
  }

  /** Replace all events. */
  turn(
    /** @type {Event[]} */ events,
    /** @type {boolean} */ live,
    /** @type {boolean} */ begins,
  ) {
    this.events = [];
    this.rows = 0;
    this.edition++;
    Object.assign(this, { live, begins, missed: 0 });
    this.#reading = !live;
    this.#append(events);
    this.changed.notify();
  }

  /** Prepend older events, and remove the newest where the page gets too long. */
  older(/** @type {Event[]} */ events, /** @type {boolean} */ begins) {
    if (events.length && this.events.length && events.at(-1)?.seq + 1 !== this.first) return;
    this.events.unshift(...events);
    this.rows += shown(events);
    this.begins = begins;
    if (this.#isLong) {
      this.live = false;
      while (this.#isLonger) this.rows -= shown([this.events.pop()]);
    }
    this.changed.notify();
  }

  /** Append the events that follow; the page is live once it reaches `newest`. */
  newer(/** @type {Event[]} */ events, /** @type {number} */ newest) {
    if (events[0] && events[0].seq !== this.last + 1) return;
    this.#append(events);
    if (this.last >= newest) Object.assign(this, { live: true, missed: 0 });
    this.changed.notify();
  }

  /** Put an event in the place of the one with its `seq`, if the page has that. */
  replace(/** @type {Event} */ event) {
    if (!this.has(event.seq)) return;
    this.events[event.seq - this.first] = event;
    this.changed.notify();
  }

  #append(/** @type {Event[]} */ events) {
    this.events.push(...events);
    this.rows += shown(events);
    if (!this.#isLong) return;
    this.begins = false;
    this.events.reverse();
    while (this.#isLonger) this.rows -= shown([this.events.pop()]);
    this.events.reverse();
  }

  get #isLong() {
    return this.rows > ROWS || this.events.length > EVENTS;
  }

  /** Whether it is longer than what stays of a long page. */
  get #isLonger() {
    return this.rows > KEPT || this.events.length > EVENTS - ROWS;
  }
}
