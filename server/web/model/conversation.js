/**
 * The events of the conversation that are in memory, and the page on screen
 * (client_mvc/model/conversation.py).
 *
 * @module
 */

import { makeObservable } from "./observable.js";
import { HistoryPage, isContent } from "./page.js";
import { LastChanges, changed, followed, isChange } from "./standing.js";

/** @typedef {import("./page.js").Event} Event */

/** How many events stay in memory; the oldest are dropped first. */
const KEPT = 5_000;
const SLACK = 500;

/**
 * Events in the order of `seq`. `changed` has each message and file after a change of it;
 * `deleted` as it stood before it was deleted. `changes` has every change of the stream, for those
 * who hold a text that may be neither in memory nor on the page.
 */
export class Conversation {
  added = makeObservable();
  cleared = makeObservable();
  changed = makeObservable();
  deleted = makeObservable();
  changes = makeObservable();
  page = new HistoryPage();
  /** @type {Event[]} */
  #events = [];
  #lastChanges = new LastChanges();

  /** The `seq` of the newest event; 0 if there is none. */
  get newest() {
    return /** @type {number} */ (this.#events.at(-1)?.seq ?? 0);
  }

  /** Append the next event. */
  add(/** @type {Event} */ event) {
    event = this.#lastChanges.applied(event);
    this.#events.push(event);
    if (this.#events.length > KEPT + SLACK) this.#events.splice(0, SLACK);
    this.page.add(event);
    this.added.notify(event);
    if (!isChange(event)) return;
    this.#change(event);
    this.changes.notify(event);
  }

  /** Return events of an answer after the changes that overtook it. */
  asTheyStand(/** @type {Event[]} */ events) {
    return events.map((each) => this.#lastChanges.applied(each));
  }

  /** Remove all events: of another room, or of a journal that no longer exists. */
  clear() {
    this.#events = [];
    this.#lastChanges.clear();
    this.page.turn([], true, false);
    this.cleared.notify();
  }

  /** Return at most `limit` events right before `seq` from memory, oldest first. */
  before(/** @type {number} */ seq, /** @type {number} */ limit) {
    return this.#events.filter((each) => each.seq < seq).slice(-limit);
  }

  /** Return at most `limit` events after `seq`; none if the next is not in memory. */
  after(/** @type {number} */ seq, /** @type {number} */ limit) {
    if (!this.#events[0] || seq + 1 < this.#events[0].seq) return [];
    return this.#events.filter((each) => each.seq > seq).slice(0, limit);
  }

  /** Turn the page to the newest events; it is live from there. */
  showNewest() {
    this.page.turn([...this.#events], true, false);
  }

  /** Return the event `seq` if it is in memory or on the page. */
  find(/** @type {number} */ seq) {
    const first = /** @type {number} */ (this.#events[0]?.seq ?? 0);
    const [here, shown] = [this.#events[seq - first], this.page.events[seq - this.page.first]];
    return [here, shown].find((each) => each?.seq === seq);
  }

  /** Return the shared file `id` if its event is in memory or on the page. */
  file(/** @type {string} */ id) {
    return this.files().find((each) => each.id === id);
  }

  /** Return all events in memory or on the page, in order; their `seq` show a gap. */
  known() {
    const all = new Map([...this.page.events, ...this.#events].map((each) => [each.seq, each]));
    return [...all.values()].sort((one, other) => one.seq - other.seq);
  }

  /** @returns {Record<string, any>[]} the shared files in memory or on the page, in order */
  files() {
    return this.known().flatMap((each) => (each.type === "shared" && each.file) || []);
  }

  /** Carry out a change of the stream: those of answers are carried out already. */
  #change(/** @type {Event} */ change) {
    this.#lastChanges.add(change);
    if (change.type === "deleted" || change.type === "edited") this.#follow(change);
    const event = this.find(change.target);
    if (!event || !isContent(event)) return;
    const now = changed(event, change);
    if (now === event) return;
    this.#replace(now);
    if (now.deleted) this.deleted.notify(event);
    else this.changed.notify(now);
  }

  /** Let the quotes of replies follow their parent, and its edits. */
  #follow(/** @type {Event} */ change) {
    for (const event of [...this.#events, ...this.page.events]) {
      const now = followed(event, change);
      if (now !== event) this.#replace(now);
    }
  }

  #replace(/** @type {Event} */ event) {
    const place = event.seq - /** @type {number} */ (this.#events[0]?.seq ?? 0);
    if (this.#events[place]?.seq === event.seq) this.#events[place] = event;
    this.page.replace(event);
  }
}
