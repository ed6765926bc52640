/** Who the client is in the room, and what it has told of itself. */

/** @import {Wire} from "../network/api.js" */

/** Seconds from one `typing` to the next. */
const TYPING_EVERY = 3;

export class Own {
  /** @type {number | undefined} */
  #number;
  #typingAt = Infinity;
  #asOf = 0;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /** @param {Wire} welcome @param {number} now */
  welcomed({ you, member, features, seq }, now) {
    this.name = you;
    this.#asOf = seq;
    this.#number = member;
    this.#typingAt = features.includes("typing") ? now : Infinity;
  }

  /** Names change; numbers do not, where the server has them. @param {Wire} event */
  is({ name, member }) {
    if (member && this.#number) return member === this.#number;
    return folded(name) === folded(this.name);
  }

  /** Take note of a new name; a welcome knows those of the replay. @param {Wire} event */
  apply(event) {
    const live = event.seq > this.#asOf;
    if (event.type === "renamed" && live && this.is(event)) this.name = event.to;
  }

  /** Whether to tell now that the person is writing. @param {number} now */
  tellsTyping(now) {
    if (now < this.#typingAt) return false;
    this.#typingAt = now + TYPING_EVERY;
    return true;
  }
}

/** @param {string} name */
const folded = (name) => name.normalize("NFKC").toLowerCase();
