/**
 * When a client whose host cannot take messages asks the other hosts of the room
 * (client_mvc/network/elsewhere.py). It stays and reads on until another one says that it can. It
 * waits a moment first, as the hosts find out together that a node has failed; partly at random, so
 * that the members of a host do not all come to another one at once.
 */

/** @import {Wire} from "../network/api.js" */
/** @import {Hosts} from "./hosts.js" */

/** The shortest and the longest wait before the hosts are asked, in seconds, and asked again. */
const FIRST = /** @type {const} */ ([1, 4]);
const AGAIN = /** @type {const} */ ([4, 8]);

export class Elsewhere {
  /** @type {number | null} when to ask; null: not, or an answer is awaited */
  due = null;
  #lost = false;
  #begun = false;
  #hosts;
  #uniform;

  /** @param {Hosts} hosts @param {(low: number, high: number) => number} [uniform] a random number */
  constructor(hosts, uniform = (low, high) => low + Math.random() * (high - low)) {
    this.#hosts = hosts;
    this.#uniform = uniform;
  }

  /** The host lost its majority, or has it again. @param {boolean} has @param {number} now */
  majority(has, now) {
    if (has) return this.end();
    this.#lost = true;
    this.#begin(now);
  }

  /** The host names all hosts: there may be one to ask now. @param {string[]} urls @param {number} now */
  named(urls, now) {
    this.#hosts.named(urls);
    this.#begin(now);
  }

  /** @param {number} now */
  #begin(now) {
    if (!this.#lost || !this.#hosts.others.length || this.#begun) return;
    this.#begun = true;
    this.due = now + this.#uniform(...FIRST);
  }

  /** Ask no host: nothing is wrong with this one, or it is left. */
  end() {
    this.#lost = this.#begun = false;
    this.due = null;
  }

  /** Whether to ask now; once. @param {number} now */
  takeDue(now) {
    if (this.due === null || now < this.due) return false;
    this.due = null;
    return true;
  }

  /**
   * Return one of the hosts that can take messages, any of them: they share who comes.
   *
   * @param {[string, Wire][]} answers to `GET /room`, by host, of this room
   * @param {number} now
   */
  chosen(answers, now) {
    if (!this.#begun) return undefined;
    const able = answers.filter(([, room]) => room.majority !== false);
    if (!able.length) this.due = now + this.#uniform(...AGAIN);
    return able[Math.min(Math.floor(this.#uniform(0, able.length)), able.length - 1)]?.[0];
  }
}
