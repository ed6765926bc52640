/**
 * The events of the conversation that are in memory, and the page on screen
 * (client_mvc/model/conversation.py).
 *
 * @module
 */

import { makeObservable } from "./observable.js";
import { HistoryPage, isContent } from "./page.js";

/** @typedef {import("./page.js").Event} Event */

/** How many events stay in memory; the oldest are dropped first. */
const KEPT = 5_000;
const SLACK = 500;

/**
 * Events in the order of `seq`. `deleted` has each message and file that a `deleted` event names,
 * as it stood before, if it was here.
 */
export class Conversation {
  added = makeObservable();
  cleared = makeObservable();
  deleted = makeObservable();
  page = new HistoryPage();
  /** @type {Event[]} */
  #events = [];
  /** @type {Map<number, {by: string, at: string}>} */
  #deletions = new Map();

  /** The `seq` of the newest event; 0 if there is none. */
  get newest() {
    return /** @type {number} */ (this.#events.at(-1)?.seq ?? 0);
  }

  /** Append the next event. */
  add(/** @type {Event} */ event) {
    event = this.#asItStands(event);
    this.#events.push(event);
    if (this.#events.length > KEPT + SLACK) this.#events.splice(0, SLACK);
    this.page.add(event);
    this.added.notify(event);
    if (event.type === "deleted") this.#delete(event);
  }

  /** Return events of an answer, without what was deleted meanwhile: that may overtake it. */
  asTheyStand(/** @type {Event[]} */ events) {
    for (const each of events) if (each.type === "deleted") this.#delete(each);
    return events.map((each) => this.#asItStands(each));
  }

  /** Remove all events: of another room, or of a journal that no longer exists. */
  clear() {
    this.#events = [];
    this.#deletions.clear();
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

  #asItStands(/** @type {Event} */ event) {
    const deletion = this.#deletions.get(event.seq);
    return deletion && isContent(event) ? withoutContent(event, deletion) : event;
  }

  #delete(/** @type {Event} */ { target, name, at }) {
    const deletion = { by: name, at };
    if (!this.#deletions.has(target)) this.#deletions.set(target, deletion);
    const event = this.find(target);
    if (!event || !isContent(event) || event.deleted) return;
    const empty = withoutContent(event, deletion);
    const place = this.#events.indexOf(event);
    if (place >= 0) this.#events[place] = empty;
    this.page.replace(empty);
    this.deleted.notify(event);
  }
}

/** @type {(event: Event, deleted: {by: string, at: string}) => Event} */
const withoutContent = (event, deleted) =>
  event.type === "said"
    ? { ...event, text: "", deleted }
    : { ...event, file: undefined, deleted };
