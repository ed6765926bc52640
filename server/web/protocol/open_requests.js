/**
 * The requests of one connection that have no answer yet.
 *
 * @module
 */

/** Times are in seconds; the clock is a parameter. */
export class OpenRequests {
  /** @type {Map<string, number>} */
  #askedAt = new Map();

  /**
   * Note that a request was sent.
   *
   * @param {string} id
   * @param {number} now
   */
  add(id, now) {
    this.#askedAt.set(id, now);
  }

  /**
   * Forget a request. Return how long its answer took; null for no request of ours.
   *
   * @param {string} id
   * @param {number} now
   */
  answered(id, now) {
    const askedAt = this.#askedAt.get(id);
    this.#askedAt.delete(id);
    return askedAt === undefined ? null : now - askedAt;
  }

  /** Forget all requests, and return their ids. */
  takeAll() {
    const ids = [...this.#askedAt.keys()];
    this.#askedAt.clear();
    return ids;
  }
}
