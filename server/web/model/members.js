/** The members of the room, up to date with the last event (client_mvc/model/members.py). @module */

import { makeObservable } from "./observable.js";

/**
 * @typedef {"owner" | "moderator" | "member"} Role
 * @typedef {{name: string, number?: number, role: Role, mutedUntil: string,
 *   awayAt: number | null}} RoomMember `awayAt`: since when the connection is lost, in seconds
 *   of the clock; `mutedUntil` is as `at` of events, empty: the member can send
 */

/** @type {(role: unknown) => Role} */
const known = (role) => (role === "owner" || role === "moderator" ? role : "member");

/** The members, oldest first: a snapshot, then the events after it. */
export class Members {
  changed = makeObservable();
  /** @type {Map<string, RoomMember>} */
  all = new Map();
  #asOf = 0;

  /** Replace all members by those of a `welcome`. */
  snapshot(/** @type {Record<string, any>[]} */ infos, /** @type {number} */ seq, now = 0) {
    this.#asOf = seq;
    const before = this.all;
    this.all = new Map(
      infos.map(({ name, member, state, role, muted }) => {
        const awayAt = state === "away" ? (before.get(name)?.awayAt ?? now) : null;
        const each = {
          name,
          number: member,
          role: known(role),
          mutedUntil: muted ?? "",
          awayAt,
        };
        return [name, each];
      }),
    );
    this.changed.notify();
  }

  /** Add, change or remove a member, unless the snapshot includes the event. */
  apply(/** @type {Record<string, any>} */ event) {
    if (event.seq <= this.#asOf) return;
    const { type, name, member, target, target_member: number } = event;
    if (type === "joined") {
      this.all.set(name, {
        name,
        number: member,
        role: "member",
        mutedUntil: "",
        awayAt: null,
      });
    } else if (type === "left") this.all.delete(name);
    else if (type === "role") this.#change(target, number, { role: known(event.role) });
    else if (type === "muted") this.#change(target, number, { mutedUntil: event.until ?? "" });
    else return;
    this.changed.notify();
  }

  /** Note that a member lost the connection or has reconnected. */
  presence(
    /** @type {Record<string, any>} */ { name, member, state },
    /** @type {number} */ now,
  ) {
    this.#change(name, member, { awayAt: state === "away" ? now : null });
    this.changed.notify();
  }

  /** Note that the time of a mute is over. */
  unmute(/** @type {string} */ name) {
    this.#change(name, undefined, { mutedUntil: "" });
    this.changed.notify();
  }

  /** @returns {Role} the role of a member; that of a member for nobody */
  roleOf(/** @type {string} */ name, /** @type {number | undefined} */ number) {
    return this.#find(name, number)?.role ?? "member";
  }

  /** The member with this number; by name where one of them has no number. */
  #find(/** @type {string} */ name, /** @type {number | undefined} */ number) {
    const found = this.all.get(name);
    return !number || !found?.number || found.number === number ? found : undefined;
  }

  #change(
    /** @type {string} */ name,
    /** @type {number | undefined} */ number,
    /** @type {Partial<RoomMember>} */ changes,
  ) {
    const found = this.#find(name, number);
    if (found) this.all.set(name, { ...found, ...changes });
  }
}
