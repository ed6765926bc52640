/**
 * When a client whose host cannot take messages asks the other hosts of the room
 * (client_mvc/network/elsewhere.py). It stays and reads on until another one says that it can. It
 * waits a moment first, as the hosts find out together that a node has failed; partly at random, so
 * that the members of a host do not all come to another one at once.
 */

/** @import {Wire} from "../network/api.js" */

/** The shortest and the longest wait before the hosts are asked, in seconds, and asked again. */
const FIRST = /** @type {const} */ ([1, 4]);
const AGAIN = /** @type {const} */ ([4, 8]);

export class Elsewhere {
  /** @type {number | null} when to ask; null: not, or an answer is awaited */
  due = null;
  #wanted = false;
  #uniform;

  /** @param {(low: number, high: number) => number} [uniform] a random number between two */
  constructor(uniform = (low, high) => low + Math.random() * (high - low)) {
    this.#uniform = uniform;
  }

  /** The host lost its majority. @param {number} now */
  begin(now) {
    if (!this.#wanted) this.due = now + this.#uniform(...FIRST);
    this.#wanted = true;
  }

  /** The host has a majority again, or is left. */
  end() {
    this.#wanted = false;
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
    if (!this.#wanted) return undefined;
    const able = answers.filter(([, room]) => room.majority !== false);
    if (!able.length) this.due = now + this.#uniform(...AGAIN);
    return able[Math.min(Math.floor(this.#uniform(0, able.length)), able.length - 1)]?.[0];
  }
}
