/**
 * The place of a client in a room's journal: the last event that it holds.
 *
 * @module
 */

/** @import {Wire} from "../network/api.js" */

/**
 * `seq` is that of the last event held, `at` its time; null before the first one. `target` is the
 * `seq` that the last welcome named: events up to it are the replay.
 */
export class Position {
  target = 0;

  /**
   * @param {number | null} seq
   * @param {string} at
   * @param {string} journal
   */
  constructor(seq, at, journal) {
    this.seq = seq;
    this.at = at;
    this.journal = journal;
  }

  /**
   * Return whether a room with this journal can be the one of this place.
   *
   * @param {string} journal
   */
  isIn(journal) {
    return this.journal === "" || this.journal === journal;
  }

  /**
   * Take the target from a welcome. Return whether to forget the events held.
   *
   * @param {Wire} welcome
   * @returns {boolean}
   */
  welcomed(welcome) {
    const forget = welcome.reset || (this.seq !== null && welcome.seq < this.seq);
    if (forget) {
      this.seq = null;
      this.at = "";
    }
    this.target = welcome.seq;
    this.journal = welcome.journal;
    return forget;
  }

  /**
   * Move to the next event.
   *
   * @param {Wire} event
   * @returns {"new" | "known" | "gap"} `gap`: events before this one are missing
   */
  take(event) {
    if (event.seq > (this.seq === null ? this.target : this.seq + 1)) return "gap";
    if (this.seq !== null && event.seq <= this.seq) return "known";
    this.seq = event.seq;
    this.at = event.at;
    return "new";
  }

  /** Whether the replay is complete. */
  get atTarget() {
    return (this.seq ?? 0) >= this.target;
  }
}
