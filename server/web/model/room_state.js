/**
 * The rules of the room as the client knows them: roles, topic, lock, slow mode, own mute. A
 * `welcome` has them, the events after it change them (client_mvc/model/room_state.py).
 *
 * @module
 */

import { makeObservable } from "./observable.js";

const NONE = {
  asOf: 0,
  you: "",
  number: /** @type {number | undefined} */ (undefined),
  features: /** @type {string[]} */ ([]),
  topic: "",
  locked: false,
  slow: 0,
  edit: 0,
  mutedUntil: "",
  muteBegan: "",
};

/**
 * `slow` is in seconds, and so is `edit`: how long one can edit an own message. `muteBegan` is the time of the event that muted the client, by the
 * server's clock; empty if a `welcome` told of the mute.
 */
export class RoomState {
  changed = makeObservable();
  now = NONE;
  #members;

  constructor(/** @type {import("./members.js").Members} */ members) {
    this.#members = members;
    members.changed.subscribe(() => this.changed.notify());
  }

  /** Whether the server has this part of the protocol. */
  can(/** @type {string} */ feature) {
    return this.now.features.includes(feature);
  }

  get moderated() {
    return this.can("moderation");
  }

  /** The client's own role. */
  get role() {
    return this.#members.roleOf(this.now.you, this.now.number);
  }

  /** Whether the client may change the rules of the room. */
  get moderates() {
    return this.moderated && this.role !== "member";
  }

  /** @returns {"all" | "own" | "none"} which messages and files the client may delete */
  get deleting() {
    if (this.moderates) return "all";
    return this.can("deleting") ? "own" : "none";
  }

  /** Take the rules of a `welcome`, after its members are known. */
  welcomed(/** @type {Record<string, any>} */ welcome) {
    const { seq: asOf, you, member: number, features, topic, locked, slow, muted } = welcome;
    const mutedUntil = muted?.until ?? "";
    const edit = welcome.limits.edit ?? 0;
    const rules = { asOf, you, number, features, topic, locked, slow, edit };
    this.#set({ ...rules, mutedUntil, muteBegan: "" });
  }

  /** Change what the event changes, unless the `welcome` includes it. */
  apply(/** @type {Record<string, any>} */ event) {
    if (event.seq <= this.now.asOf) return;
    if (event.type === "topic") this.#set({ topic: event.text });
    else if (event.type === "locked") this.#set({ locked: event.on });
    else if (event.type === "renamed" && this.isOwn(event.name, event.member))
      this.#set({ you: event.to });
    else if (event.type === "slowed") this.#set({ slow: event.seconds });
    else if (event.type === "muted" && this.isOwn(event.target, event.target_member)) {
      const { until = "", at } = event;
      this.#set({ mutedUntil: until, muteBegan: until && at });
    }
  }

  /** Tell whether an event names this client: by number where both have one. */
  isOwn(/** @type {string} */ name, /** @type {number | undefined} */ number) {
    return number && this.now.number ? number === this.now.number : name === this.now.you;
  }

  /** Forget the room: the client has left it. */
  clear() {
    this.#set(NONE);
  }

  #set(/** @type {Partial<typeof NONE>} */ changes) {
    this.now = { ...this.now, ...changes };
    this.changed.notify();
  }
}
