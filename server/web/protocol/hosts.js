/**
 * The hosts of one room, and which of them is tried next (client_mvc/network/hosts.py). A round of
 * attempts begins with the host that the client was connected to last, and goes on with the others
 * at once; the client waits only when all have failed.
 */

/** @import {EndReason, Problem, RoomFound} from "../network/api.js" */

/** Seconds that a host has to answer in the first round, and at most. */
const FIRST_WITHIN = 1.5;
const LONGEST_WITHIN = 10;
const MOST = 16;
/** Seconds in which a resume without an answer may still be carried out. */
const LATE_RESUME = 60;

/**
 * @typedef {{why: EndReason, problem: Problem, found?: RoomFound}} Failure
 *   why an attempt at one host failed; `found` is the other room that is there
 */

export class Hosts {
  /** The origin of the host of this attempt. */
  current;
  #page;
  #all;
  /** @type {string[]} */
  #left = [];
  #within = FIRST_WITHIN;
  /** @type {Failure[]} */
  #failures = [];
  #lateUntil = 0;

  /** @param {string} page the origin of this page, whose host is the first one */
  constructor(page) {
    this.#page = this.current = page;
    this.#all = [page];
  }

  /** The seconds that the host has to answer; null: there is one host only. */
  get within() {
    return this.#all.length > 1 ? this.#within : null;
  }

  /** All hosts that are known, that of the last connection first. */
  get all() {
    return [...this.#all];
  }

  /** Why the first host that may be the room's did not answer; undefined: there is none. */
  get reason() {
    return this.#failures.find(({ why }) => why !== "other_room")?.problem;
  }

  /** The current host let the client join, and names all hosts. @param {string[]} urls */
  welcomed(urls) {
    this.named(urls);
    this.#within = FIRST_WITHIN;
    this.#failures = [];
    this.#left = [];
  }

  /** It names all hosts, itself first; one alone may be cut off from them. @param {string[]} urls */
  named(urls) {
    const others = urls.slice(1);
    const known = others.length ? [...others, this.#page] : this.#all;
    this.#all = [...new Set([this.current, ...known])].slice(0, MOST);
  }

  /** Begin a first round, because the connection was lost. */
  restart(ownLast = false) {
    const [own = this.#page, ...others] = this.#all;
    this.#within = FIRST_WITHIN;
    this.#begin(ownLast ? [...others, own] : this.#all);
  }

  /** All hosts but that of the connection. */
  get others() {
    return this.#all.filter((host) => host !== this.current);
  }

  /** Begin a first round with this host; the one that is left is the last. @param {string} host */
  goTo(host) {
    const [own = this.#page, ...others] = this.#all;
    this.#within = FIRST_WITHIN;
    this.#begin([host, ...others.filter((each) => each !== host), own]);
  }

  /** Begin another round, in which each host has more time. */
  again() {
    this.#within = Math.min(this.#within * 2, LONGEST_WITHIN);
    this.#begin(this.#all);
  }

  /** Note why the attempt failed, and go on to the next host. @param {Failure} failure */
  next(failure) {
    this.#failures.push(failure);
    const next = this.#left.shift();
    this.current = next ?? this.current;
    return next !== undefined;
  }

  /** The failure of this round that says most. */
  get verdict() {
    const told = (/** @type {EndReason} */ reason) =>
      this.#failures.find(({ why }) => why === reason);
    return told("other_room") ?? told("refused") ?? this.#failures[0];
  }

  /** Why a host with another room is none. @returns {Failure} */
  get otherRoom() {
    const server = this.current.replace(/^https?:\/\//, "");
    return { why: "other_room", problem: { code: "other_room", params: { server } } };
  }

  /** A resume got no answer: it may be carried out late, also at another host. @param {number} now */
  resumeUnanswered(now) {
    this.#lateUntil = now + LATE_RESUME;
  }

  /** Whether that may have replaced a connection of this client; once. @param {number} now */
  isLateResume(now) {
    const late = now < this.#lateUntil;
    this.#lateUntil = 0;
    return late;
  }

  /** @param {string[]} order */
  #begin(order) {
    [this.current = this.#page, ...this.#left] = order;
    this.#failures = [];
  }
}
