/** The place of a client in a room's journal. */

/** @import {Wire} from "../network/api.js" */

/** `seq` and `at` are those of the last event held; events up to `target` are the replay. */
export class Position {
  target = 0;

  /** @param {number | null} seq @param {string} at @param {string} journal */
  constructor(seq, at, journal) {
    this.seq = seq;
    this.at = at;
    this.journal = journal;
  }

  /** Whether a room with this journal can be the one of this place. @param {string} journal */
  isIn(journal) {
    return this.journal === "" || this.journal === journal;
  }

  /** Return whether to forget the events held. @param {Wire} welcome @returns {boolean} */
  welcomed({ seq, reset, journal }) {
    const forget = reset || (this.seq !== null && seq < this.seq);
    if (forget) {
      this.seq = null;
      this.at = "";
    }
    this.target = seq;
    this.journal = journal;
    return forget;
  }

  /** Move to the next event; `gap`: events before it are missing. @param {Wire} event */
  take({ seq, at }) {
    if (seq > (this.seq === null ? this.target : this.seq + 1)) return "gap";
    if (this.seq !== null && seq <= this.seq) return "known";
    this.seq = seq;
    this.at = at;
    return "new";
  }

  /** Whether the replay is complete. */
  get atTarget() {
    return (this.seq ?? 0) >= this.target;
  }
}
