/**
 * Whether the room found is the one that the client is in: by its journal. The desktop client goes
 * by the key of the server as well; a page cannot see that of its connection.
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

  /** Take the room for this one unless it is another. @type {(room: Wire | null) => RoomFound} */
  found(room) {
    const known = room ? this.#position.isIn(room.journal) : !this.#answersRoom;
    if (room && known) {
      this.#answersRoom = true;
      this.#position.journal ||= room.journal;
    }
    return { kind: "roomFound", room, known };
  }
}
