/**
 * A client's membership of one room, as a state machine without I/O.
 *
 * Its inputs are what happened: a frame came, the socket closed, the person sent a message, time
 * passed. It answers each with steps (`state.js`). The clock is a parameter, in seconds; the
 * driver calls `tick` at `wakeAt`. It is the one of client_mvc/network/protocol.py: both run
 * against the cases in tests/protocol_cases.
 *
 * The rules that keep the promise (no message lost, doubled or out of order):
 *
 * 1. Each event is told once, in the order of `seq`; an event of an unknown type counts too. An
 *    event with a known `seq` is dropped. A gap is a lost connection: joining again with `after`
 *    fills it.
 * 2. One message is in flight at a time (`outgoing.js`).
 * 3. After a connection was lost the client sends nothing before the replay has reached the `seq`
 *    of the welcome: messages that the server had are in the replay, and are not sent again.
 * 4. With a resumed membership the client may send any message again: the server knows the ids.
 *    With a fresh one it may not: where the replay cannot tell (`reset`), a message that may have
 *    been sent fails, and the person decides.
 *
 * @module
 */

import { ReconnectAttempts } from "./backoff.js";
import * as codes from "./codes.js";
import { request } from "./joining.js";
import { OpenRequests } from "./open_requests.js";
import { Origin } from "./origin.js";
import { OutgoingQueue } from "./outgoing.js";
import { Position } from "./position.js";
import { MEMBER } from "./state.js";

/** @import {EndReason, JoinOptions, OutgoingMessage, Problem, Wire} from "../network/api.js" */
/** @import {NetworkEvent} from "../network/api.js" */
/** @import {ClientState, Step} from "./state.js" */

/** Seconds that the server has to answer `join`. */
const ANSWER_WITHIN = 15;
/** Seconds that it has for each event of the replay. */
const REPLAY_SILENT = 30;
/** Seconds for all of the replay. The next connection goes on where this one was. */
const REPLAY_WITHIN = 600;
/** Seconds that the server has to confirm a `leave`; then the client disconnects without. */
const LEAVE_WITHIN = 2;

const DISCONNECTED = { code: "disconnected" };

/** Every input returns the steps to take, in order. */
export class ClientProtocol {
  /** @type {ClientState} */
  state = "waiting";
  limits = { text: 8_000, file: 10 * 1024 * 1024 };
  /** @type {string | undefined} */
  token;
  #options;
  #settings;
  #you;
  #position;
  #outgoing;
  #origin;
  #requests = new OpenRequests();
  #attempts;
  #replayUntil = 0;
  /** @type {number | null} */
  #deadline = null;
  #welcomed = false;
  /** @type {Step[]} */
  #steps = [];

  /**
   * @param {JoinOptions} options the name, and what the client holds from before
   * @param {object} settings
   * @param {string} settings.client the name and version of this program
   * @param {string} settings.server the host and port, for problems
   * @param {(low: number, high: number) => number} [settings.uniform] a random number between two
   */
  constructor(options, settings) {
    const uniform = settings.uniform ?? ((low, high) => low + Math.random() * (high - low));
    this.token = options.token;
    this.#options = options;
    this.#settings = settings;
    this.#you = options.name;
    this.#position = new Position(
      options.after ?? null,
      options.afterAt ?? "",
      options.journal ?? "",
    );
    this.#outgoing = new OutgoingQueue(options.outgoing ?? []);
    this.#origin = new Origin(this.#position);
    this.#attempts = new ReconnectAttempts(uniform);
  }

  /** When `tick` is due; null while only an input can change anything. */
  get wakeAt() {
    return this.state === "ready" ? this.#outgoing.wakeAt : this.#deadline;
  }

  /** Whether the client was a member, and is trying to reach the server again. */
  get reconnecting() {
    return this.#welcomed && (this.state === "waiting" || this.state === "connecting");
  }

  /** The journal that `GET /room` names; empty if this server has no such answer. */
  get roomJournal() {
    return this.#origin.journal;
  }

  /** The last `seq` held; null before the first one. */
  get seq() {
    return this.#position.seq;
  }

  // --- inputs ---------------------------------------------------------------------------------

  /** Make the first attempt. */
  start() {
    this.#open();
    return this.#takeSteps();
  }

  /**
   * The server answered `GET /room`; null: it has no such answer. Nothing else was sent on this
   * connection. Another room gets nothing, nor does a server that no longer answers.
   *
   * @param {Wire | null} room
   */
  roomFound(room) {
    const found = this.#origin.found(room);
    this.#tell(found);
    if (!found.known) this.#endInAnotherRoom();
    return this.#takeSteps();
  }

  /** @param {number} now the socket is open */
  opened(now) {
    this.state = "joining";
    this.#deadline = now + ANSWER_WITHIN;
    let options = this.#options;
    // The role lives with the membership: whoever resumes one has it.
    if (this.#welcomed && this.token) options = { ...options, ownerKey: undefined };
    this.#send(request(options, this.token, this.#position, this.#settings.client));
    return this.#takeSteps();
  }

  /**
   * The socket could not be opened, or what came over it breaks the protocol.
   *
   * @param {Problem} problem
   * @param {number} now
   */
  unreachable(problem, now) {
    if (this.state === "leaving") this.#end("left");
    else this.#lost(problem, now);
    return this.#takeSteps();
  }

  /**
   * The socket closed; `code` is 1006 where the server gave none.
   *
   * @param {number} code
   * @param {number} now
   */
  closed(code, now) {
    if (this.state === "leaving") this.#end("left", null, code === codes.CLOSE_LEFT);
    else if (code === codes.CLOSE_REPLACED) this.#end("replaced", { code: "replaced" });
    else if (this.state !== "ended") this.#lost(codes.afterClose(code), now);
    return this.#takeSteps();
  }

  /**
   * A frame of the server came, and is checked.
   *
   * @param {Wire} message
   * @param {number} now
   */
  received(message, now) {
    const answersJoin = message.type === "welcome" || message.type === "refused";
    if (answersJoin ? this.state !== "joining" : !MEMBER.includes(this.state)) return [];
    switch (message.type) {
      case "welcome":
        this.#welcome(message, now);
        break;
      case "refused":
        this.#refused(codes.problemOf(message), now);
        break;
      case "accepted":
        this.#requests.answered(message.id, now);
        this.#confirm(message.id);
        this.#sendNext(now);
        break;
      case "error":
        this.#error(message, now);
        break;
      case "presence":
        this.#tell({ kind: "presence", presence: message });
        break;
      case "history":
      case "found":
      case "bans":
      case "report":
        this.#answer(message, now);
        break;
      default:
        this.#event(message, now);
    }
    return this.#takeSteps();
  }

  /**
   * Send a message after those before it.
   *
   * @param {OutgoingMessage} message
   * @param {number} now
   */
  send(message, now) {
    this.#outgoing.add(message);
    this.#sendNext(now);
    return this.#takeSteps();
  }

  /**
   * Send a request; an answer or `requestFailed` with the same id follows.
   *
   * @param {Wire} query
   * @param {number} now
   */
  ask(query, now) {
    if (this.state === "replaying" || this.state === "ready") {
      this.#requests.add(query.id, now);
      this.#send(query);
    } else {
      this.#tell({ kind: "requestFailed", id: query.id, problem: DISCONNECTED });
    }
    return this.#takeSteps();
  }

  /** End the wait for the next attempt; those after it follow soon again. */
  reconnectNow() {
    if (this.state === "waiting") {
      this.#attempts.restart();
      this.#open();
    }
    return this.#takeSteps();
  }

  /** The network may be back: an attempt under way began without it. */
  networkBack() {
    if (this.reconnecting && this.state === "connecting") {
      this.#hangUp();
      this.state = "waiting";
    }
    return this.reconnectNow();
  }

  /** @param {number} now leave for good; messages that are not sent yet stay so */
  leave(now) {
    if (["joining", "replaying", "ready"].includes(this.state)) {
      this.state = "leaving";
      this.#deadline = now + LEAVE_WITHIN;
      this.#send({ type: "leave" });
    } else if (this.state === "waiting" || this.state === "connecting") {
      this.#end("left");
    }
    return this.#takeSteps();
  }

  /** @param {number} now time has passed */
  tick(now) {
    if (this.wakeAt === null || now < this.wakeAt) return [];
    this.#deadline = null;
    if (this.state === "waiting") this.#open();
    else if (this.state === "joining") this.#drop({ code: "no_welcome" }, now);
    else if (this.state === "replaying") this.#drop({ code: "missed_events" }, now);
    else if (this.state === "leaving") this.#end("left");
    else if (this.#outgoing.inFlight !== null) this.#drop({ code: "no_receipt" }, now);
    else this.#sendNext(now);
    return this.#takeSteps();
  }

  // --- joining --------------------------------------------------------------------------------

  #open() {
    this.state = "connecting";
    this.#deadline = null;
    this.#steps.push({ do: "open" });
    if (this.#welcomed) this.#tell({ kind: "reconnecting", attempt: this.#attempts.number });
  }

  /** @param {Wire} welcome @param {number} now */
  #welcome(welcome, now) {
    if (!this.#position.isIn(welcome.journal)) {
      this.#endInAnotherRoom();
      return;
    }
    const resumed = this.token !== undefined;
    const forget = this.#position.welcomed(welcome);
    this.token = welcome.token;
    this.#you = welcome.you;
    this.limits = welcome.limits;
    this.#welcomed = true;
    this.state = "replaying";
    this.#replayUntil = now + REPLAY_WITHIN;
    this.#deadline = now + REPLAY_SILENT;
    this.#tell({ kind: "welcomed", welcome, forget });
    if (this.#position.seq === null && !resumed) {
      for (const id of this.#outgoing.tried) this.#fail(id, { code: "unknown_fate" });
    }
    this.#checkCaughtUp(now);
  }

  /** Become ready if the replay has reached the welcome's `seq`. @param {number} now */
  #checkCaughtUp(now) {
    if (this.state !== "replaying" || !this.#position.atTarget) return;
    this.#position.seq ??= 0;
    this.state = "ready";
    this.#deadline = null;
    this.#attempts.ready(now);
    this.#tell({ kind: "caughtUp" });
    this.#sendNext(now);
  }

  /** @param {Problem} problem @param {number} now */
  #refused(problem, now) {
    if (problem.code === "bad_token" && this.token !== undefined) {
      this.token = undefined;
      this.#hangUp();
      this.#open();
    } else if (this.#welcomed && codes.isTemporary(problem)) {
      this.#drop(problem, now);
    } else {
      this.#end("refused", problem);
    }
  }

  // --- events and answers ---------------------------------------------------------------------

  /** @param {Wire} answer @param {number} now */
  #answer(answer, now) {
    const latency = this.#requests.answered(answer.id, now);
    if (latency === null) return;
    const kind = /** @type {"history" | "found" | "bans" | "report"} */ (answer.type);
    if (kind === "report") this.#tell({ kind, report: answer, latency });
    else this.#tell({ kind, answer });
  }

  /** @param {Wire} event @param {number} now */
  #event(event, now) {
    const taken = this.#position.take(event);
    if (taken === "gap") {
      this.#drop({ code: "missed_events" }, now);
      return;
    }
    if (event.type === "said" && this.#isOwn(event)) this.#confirm(event.id);
    if (event.id !== undefined) this.#requests.answered(event.id, now);
    if (taken === "new") {
      this.#tell({ kind: "event", event });
      // What waits for the end of slow mode is sent at once.
      if (event.type === "slowed" && this.#outgoing.inFlight === null) this.#outgoing.restart();
      if (this.state === "replaying") {
        this.#deadline = Math.min(now + REPLAY_SILENT, this.#replayUntil);
      }
      if (event.type === "left") this.#checkOwnLeft(event, now);
    }
    this.#checkCaughtUp(now);
    this.#sendNext(now);
  }

  /** @param {Wire} said */
  #isOwn(said) {
    return this.#outgoing.has(said.id) && sameName(said.name, this.#you);
  }

  /**
   * End or reconnect after one's own `left`. Only a live one counts: the replay also has those of
   * earlier memberships.
   *
   * @param {Wire} left
   * @param {number} now
   */
  #checkOwnLeft(left, now) {
    const live = left.seq > this.#position.target;
    if (left.name !== this.#you || !live || this.state === "leaving") return;
    if (codes.REMOVED.includes(left.reason)) this.#end("removed", codes.removal(left));
    else this.#drop({ code: "dropped" }, now);
  }

  /** @param {Wire} error @param {number} now */
  #error(error, now) {
    // An error without an id can only be about the message in flight. Taking it so is safe: a
    // message that is sent again has the same id.
    const id = error.id || this.#outgoing.inFlight || "";
    const problem = codes.problemOf(error);
    if (error.code === "not_joined") {
      this.#drop(problem, now);
    } else if (id !== this.#outgoing.inFlight) {
      this.#requests.answered(id, now);
      this.#tell({ kind: "requestFailed", id, problem });
    } else if (codes.BUSY.includes(error.code)) {
      this.#outgoing.pause(problem, now);
      this.#tell({ kind: "delayed", id, problem });
    } else {
      this.#fail(id, problem);
      this.#sendNext(now);
    }
  }

  // --- outgoing messages ----------------------------------------------------------------------

  /** @param {number} now */
  #sendNext(now) {
    const say = this.state === "ready" ? this.#outgoing.next(now) : null;
    if (say !== null) this.#send(say);
  }

  /** @param {string} id */
  #confirm(id) {
    if (this.#outgoing.remove(id)) this.#tell({ kind: "confirmed", id });
  }

  /** @param {string} id @param {Problem} problem */
  #fail(id, problem) {
    this.#outgoing.remove(id);
    this.#tell({ kind: "failed", id, problem });
  }

  // --- losing the connection and ending -------------------------------------------------------

  /** @param {Problem} problem @param {number} now */
  #drop(problem, now) {
    this.#hangUp();
    if (this.state === "leaving") this.#end("left");
    else this.#lost(problem, now);
  }

  /**
   * Reconnect, at once or after a wait; a client that was never a member gives up.
   *
   * @param {Problem} problem
   * @param {number} now
   */
  #lost(problem, now) {
    if (!this.#welcomed) {
      this.#end("unreachable", problem);
      return;
    }
    this.#forgetRequests();
    const delay = this.#attempts.lost(problem.retryAfter, now);
    this.state = "waiting";
    this.#deadline = now + delay;
    this.#tell({ kind: "disconnected", problem, attempt: this.#attempts.number, delay });
  }

  /** @param {EndReason} why @param {Problem | null} problem */
  #end(why, problem = null, clean = false) {
    this.#forgetRequests();
    this.state = "ended";
    this.#deadline = null;
    this.#hangUp();
    this.#tell({ kind: "ended", why, problem, clean });
  }

  #endInAnotherRoom() {
    const { server } = this.#settings;
    this.#end("other_room", { code: "other_room", params: { server } });
  }

  /** Fail the open requests: another connection does not answer them. */
  #forgetRequests() {
    this.#outgoing.restart();
    for (const id of this.#requests.takeAll()) {
      this.#tell({ kind: "requestFailed", id, problem: DISCONNECTED });
    }
  }

  /** @param {NetworkEvent} event */
  #tell(event) {
    this.#steps.push({ do: "tell", event });
  }

  /** @param {Wire} request */
  #send(request) {
    this.#steps.push({ do: "send", request });
  }

  #hangUp() {
    this.#steps.push({ do: "hangUp" });
  }

  #takeSteps() {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }
}

/** Names are equal in any case. @param {string} one @param {string} other */
function sameName(one, other) {
  const key = (/** @type {string} */ name) => name.normalize("NFKC").toLowerCase();
  return key(one) === key(other);
}
