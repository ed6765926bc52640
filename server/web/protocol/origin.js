/**
 * The room that a client is in, and whether the room found is that one.
 *
 * A room is recognised by its journal. The desktop client goes by the key of the server as well;
 * a page cannot see that of its connection.
 *
 * @module
 */

/** @import {RoomFound, Wire} from "../network/api.js" */
/** @import {Position} from "./position.js" */

export class Origin {
  #answersRoom;
  #position;

  /** @param {Position} position */
  constructor(position) {
    this.#position = position;
    // The server of a journal that was kept has answered before.
    this.#answersRoom = position.journal !== "";
  }

  /** The journal that `GET /room` names; empty if this server has no such answer. */
  get journal() {
    return this.#answersRoom ? this.#position.journal : "";
  }

  /**
   * Compare with the room found, and take it for this one unless it is another.
   *
   * @param {Wire | null} room the answer to `GET /room`; null: there is none
   * @returns {RoomFound}
   */
  found(room) {
    const kind = "roomFound";
    if (room === null) return { kind, room, known: !this.#answersRoom };
    const known = this.#position.isIn(room.journal);
    if (known) {
      this.#answersRoom = true;
      this.#position.journal ||= room.journal;
    }
    return { kind, room, known };
  }
}
