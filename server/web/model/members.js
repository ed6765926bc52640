/** The members of the room, up to date with the last event (client_mvc/model/members.py). @module */

import { COLOURS, colour } from "../text/names.js";
import { makeObservable } from "./observable.js";

/**
 * @typedef {"owner" | "moderator" | "member"} Role
 * @typedef {{name: string, number?: number, role: Role, mutedUntil: string, note: string,
 *   colour: number, awayAt: number | null}} RoomMember `awayAt`: since when the connection is
 *   lost, in seconds of the clock; `mutedUntil` is as `at` of events, empty: the member can send;
 *   `note` is what the member says of itself
 */

/** @type {(role: unknown) => Role} */
const known = (role) => (role === "owner" || role === "moderator" ? role : "member");

/** The members, oldest first: a snapshot, then the events after it. */
export class Members {
  changed = makeObservable();
  /** @type {Map<string, RoomMember>} */
  all = new Map();
  /** @type {Map<number, string>} names by number */
  #names = new Map();
  #asOf = 0;

  /** Replace all members by those of a `welcome`. */
  snapshot(/** @type {Record<string, any>[]} */ infos, /** @type {number} */ seq, now = 0) {
    this.#asOf = seq;
    const before = new Map([...this.all.values()].map((each) => [each.number, each]));
    this.all = new Map();
    // Those who stay keep their colours.
    for (const info of infos) {
      const stayed = info.member && before.get(info.member);
      if (stayed) this.all.set(info.name, { ...stayed, name: info.name });
    }
    for (const info of [...infos].sort((one, other) => (one.member ?? 0) - (other.member ?? 0)))
      this.#add(info, before.get(info.member)?.awayAt ?? now);
    this.all = new Map(
      infos.map(({ name }) => [name, /** @type {RoomMember} */ (this.all.get(name))]),
    );
    this.#changed();
  }

  /** Add, change or remove a member, unless the snapshot includes the event. */
  apply(/** @type {Record<string, any>} */ event) {
    if (event.seq <= this.#asOf) return;
    const { type, name, member, target, target_member: number } = event;
    if (type === "joined") this.#add(event);
    else if (type === "left") this.all.delete(name);
    else if (type === "renamed") this.#rename(name, member, event.to);
    else if (type === "role") this.#change(target, number, { role: known(event.role) });
    else if (type === "muted") this.#change(target, number, { mutedUntil: event.until ?? "" });
    else return;
    this.#changed();
  }

  /** Note that a member lost the connection, or has reconnected, or says something of itself. */
  presence(
    /** @type {Record<string, any>} */ { name, member, state, note = "" },
    /** @type {number} */ now,
  ) {
    const { awayAt } = this.find(name, member) ?? {};
    this.#change(name, member, { awayAt: state === "away" ? (awayAt ?? now) : null, note });
    this.#changed();
  }

  /** Note that the time of a mute is over. */
  unmute(/** @type {string} */ name) {
    this.#change(name, undefined, { mutedUntil: "" });
    this.#changed();
  }

  /** @returns {Role} the role of a member; that of a member for nobody */
  roleOf(/** @type {string} */ name, /** @type {number | undefined} */ number) {
    return this.find(name, number)?.role ?? "member";
  }

  /** @returns {number} the colour of a name: that of the member if it is here */
  colourOf(/** @type {string} */ name, /** @type {number | undefined} */ number) {
    return this.find(name, number)?.colour ?? colour(name, number);
  }

  /** The member with this number; by name where one of them has no number. */
  find(/** @type {string} */ name, /** @type {number | undefined} */ number) {
    if (number && this.#names.has(number)) return this.all.get(this.#names.get(number) ?? "");
    const found = this.all.get(name);
    return !number || !found?.number ? found : undefined;
  }

  /** Add a member, with a colour that no other member has, if there is one. */
  #add(
    /** @type {Record<string, any>} */ { name, member, state, role, muted, note = "" },
    now = 0,
  ) {
    const first = colour(name, member);
    const taken = new Set();
    for (const each of this.all.values()) {
      if (taken.add(each.colour).size === COLOURS) break;
    }
    const free = [...Array(COLOURS).keys()]
      .map((step) => (first + step) % COLOURS)
      .find((each) => !taken.has(each));
    this.all.set(name, {
      name,
      number: member,
      role: known(role),
      mutedUntil: muted ?? "",
      note,
      colour: this.all.get(name)?.colour ?? free ?? first,
      awayAt: state === "away" ? now : null,
    });
  }

  /** The others keep their places. */
  #rename(
    /** @type {string} */ name,
    /** @type {number | undefined} */ number,
    /** @type {string} */ to,
  ) {
    const found = this.find(name, number);
    this.all = new Map(
      [...this.all.values()].map((each) => {
        const now = each === found ? { ...each, name: to } : each;
        return [now.name, now];
      }),
    );
  }

  #change(
    /** @type {string} */ name,
    /** @type {number | undefined} */ number,
    /** @type {Partial<RoomMember>} */ changes,
  ) {
    const found = this.find(name, number);
    if (found) this.all.set(found.name, { ...found, ...changes });
  }

  #changed() {
    this.#names = new Map();
    for (const { name, number } of this.all.values()) if (number) this.#names.set(number, name);
    this.changed.notify();
  }
}
