/** How long to wait before another attempt: one curve for connections, messages and files. */

const FIRST = 0.5;
const GROWTH = 1.7;
const LONGEST = 15;
/** The most seconds that a client waits because a server said so (`retry_after`). */
const LONGEST_AFTER = 600;
/** A transfer over a live connection fails after so many attempts in a row. */
export const TRANSFER_ATTEMPTS = 9;
/** A connection that was ready for so many seconds makes the next attempt the first again. */
const STEADY = 5;

/**
 * Return the seconds to wait after so many failures in a row, or as the server asked.
 *
 * @param {number} failures
 * @param {number} [retryAfter]
 */
export function wait(failures, retryAfter, longest = LONGEST) {
  if (retryAfter !== undefined) return Math.min(Math.max(retryAfter, 0), LONGEST_AFTER);
  return Math.min(longest, FIRST * GROWTH ** Math.min(failures - 1, 20));
}

/** The attempts to reach a server again; `number` is that of the next or present one. */
export class ReconnectAttempts {
  number = 0;
  #readySince = Infinity;
  #uniform;

  /** @param {(low: number, high: number) => number} [uniform] a random number between two */
  constructor(uniform = (low, high) => low + Math.random() * (high - low)) {
    this.#uniform = uniform;
  }

  /** @param {number} now the connection works since then */
  ready(now) {
    this.#readySince = now;
  }

  /**
   * Return the seconds until the next attempt: none the first time, then more and more, partly
   * random, so that clients that lost a server together do not come back in step.
   *
   * @param {number | undefined} retryAfter
   * @param {number} now
   */
  lost(retryAfter, now) {
    if (now - this.#readySince >= STEADY) this.number = 0;
    this.#readySince = Infinity;
    this.number += 1;
    if (retryAfter !== undefined) return wait(this.number, retryAfter);
    if (this.number === 1) return 0;
    const longest = wait(this.number - 1);
    return this.#uniform(longest / 2, longest);
  }
}
