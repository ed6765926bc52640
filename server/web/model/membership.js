/** The room on screen, the client's name in it, and the connection. @module */

import { makeObservable } from "./observable.js";

/**
 * `active`: the client joins or has joined; `welcome` is null until it has joined. `room`, `you`,
 * `journal` and `historyEnd` (the newest `seq` when it joined) last until another room is joined.
 * `loss`: attempt number `attempt` begins at `retryAt`, in seconds of the clock.
 */
export class Membership {
  changed = makeObservable();
  room = "";
  journal = "";
  you = "";
  historyEnd = 0;
  active = false;
  /** @type {Record<string, any> | null} */
  welcome = null;
  caughtUp = false;
  /** @type {{problem: Record<string, any>, attempt: number, retryAt: number} | null} */
  loss = null;

  /** Whether the client has joined and holds a connection. */
  get connected() {
    return this.welcome !== null && !this.loss;
  }

  begin() {
    this.#set({ active: true });
  }

  welcomed(/** @type {Record<string, any>} */ welcome) {
    if (!this.welcome) this.historyEnd = welcome.seq;
    const { room, journal, you } = welcome;
    this.#set({ room, journal, you, welcome });
  }

  rename(/** @type {string} */ you) {
    this.#set({ you });
  }

  /** Note that all events up to now are here; the connection holds. */
  catchUp() {
    this.#set({ caughtUp: true, loss: null });
  }

  /** Note that the connection is lost, or that the next attempt has begun. */
  lose(/** @type {Membership["loss"]} */ loss) {
    this.#set({ caughtUp: false, loss });
  }

  /** Note that the client left the room, or gave up joining it. */
  end() {
    this.#set({ active: false, welcome: null, caughtUp: false, loss: null });
  }

  #set(/** @type {Partial<Membership>} */ changes) {
    Object.assign(this, changes);
    this.changed.notify();
  }
}
