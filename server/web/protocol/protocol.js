/**
 * A client's membership of one room, as a state machine without I/O: a port of
 * client_mvc/network/protocol.py, which says more. Both run against tests/protocol_cases.
 *
 * Each input returns the steps to take, in order (`state.js`). The clock is a parameter, in
 * seconds; the driver calls `tick` at `wakeAt`. The rules (no message lost, doubled or out of order):
 *
 * 1. Each event is told once, in the order of `seq`. A gap is a lost connection: joining again with
 *    `after` fills it.
 * 2. One message is in flight at a time.
 * 3. After a loss nothing is sent before the replay has reached the `seq` of the welcome.
 * 4. With a resumed membership any message may be sent again: the server knows the ids. With a
 *    fresh one, where the replay cannot tell (`reset`), a message that was tried fails.
 */

import { ReconnectAttempts } from "./backoff.js";
import * as codes from "./codes.js";
import { request } from "./joining.js";
import { Origin } from "./origin.js";
import { OutgoingQueue } from "./outgoing.js";
import { Own } from "./own.js";
import { Position } from "./position.js";

/** @import {EndReason, JoinOptions, NetworkEvent, OutgoingMessage} from "../network/api.js" */
/** @import {Problem, Wire} from "../network/api.js" */
/** @import {ClientState, Settings, Step} from "./state.js" */

/** Seconds that the server has to answer `join`, */
const ANSWER_WITHIN = 15;
/** for each event of the replay, and for all of it, */
const REPLAY_SILENT = 30;
const REPLAY_WITHIN = 600;
/** and to confirm a `leave`; then the client disconnects without. */
const LEAVE_WITHIN = 2;

/** The states in which events and answers are taken. */
const MEMBER = ["replaying", "ready", "leaving"];
const ANSWERS = ["history", "found", "bans", "report"];
const DISCONNECTED = { code: "disconnected" };

export class ClientProtocol {
  /** @type {ClientState} */
  state = "waiting";
  /** @type {string | undefined} */
  token;
  limits = { text: 8_000, file: 10 * 1024 * 1024, files: "text", edit: 0 };
  #options;
  #settings;
  #own;
  #position;
  #outgoing;
  #origin;
  #attempts;
  /** @type {Map<string, number>} when each open request was sent */
  #requests = new Map();
  #replayUntil = 0;
  /** @type {number | null} */
  #deadline = null;
  #welcomed = false;
  /** @type {Step[]} */
  #steps = [];

  /** @param {JoinOptions} options @param {Settings} settings */
  constructor(options, settings) {
    const { after = null, afterAt = "", journal = "", outgoing = [] } = options;
    this.token = options.token;
    this.#options = options;
    this.#settings = settings;
    this.#own = new Own(options.name);
    this.#position = new Position(after, afterAt, journal);
    this.#outgoing = new OutgoingQueue(outgoing);
    this.#origin = new Origin(this.#position);
    this.#attempts = new ReconnectAttempts(settings.uniform);
  }

  /** When `tick` is due; null while only an input can change anything. */
  get wakeAt() {
    return this.state === "ready" ? this.#outgoing.wakeAt : this.#deadline;
  }

  /** The journal that `GET /room` names; empty if this server has no such answer. */
  get roomJournal() {
    return this.#origin.journal;
  }

  /** The last `seq` held. */
  get seq() {
    return this.#position.seq ?? 0;
  }

  /** Make the first attempt. */
  start() {
    this.#open();
    return this.#takeSteps();
  }

  /** The server answered `GET /room`, or has no answer. @param {Wire | null} room */
  roomFound(room) {
    const found = this.#origin.found(room);
    this.#tell(found);
    if (!found.known) this.#endInAnotherRoom();
    return this.#takeSteps();
  }

  /** The socket is open. @param {number} now */
  opened(now) {
    this.state = "joining";
    this.#deadline = now + ANSWER_WITHIN;
    let options = { ...this.#options, name: this.#own.name };
    // The role lives with the membership: whoever resumes one has it.
    if (this.#welcomed && this.token) options = { ...options, ownerKey: undefined };
    this.#send(request(options, this.token, this.#position, this.#settings.client));
    return this.#takeSteps();
  }

  /** No socket, or what came over it is broken. @param {Problem} problem @param {number} now */
  unreachable(problem, now) {
    if (this.state === "leaving") this.#end("left");
    else this.#lost(problem, now);
    return this.#takeSteps();
  }

  /** The socket closed; `code` is 1006 without one. @param {number} code @param {number} now */
  closed(code, now) {
    if (this.state === "leaving") this.#end("left", null, code === codes.CLOSE_LEFT);
    else if (code === codes.CLOSE_REPLACED) this.#end("replaced", { code: "replaced" });
    else if (this.state !== "ended") this.#lost(codes.afterClose(code), now);
    return this.#takeSteps();
  }

  /** A frame of the server came, and is checked. @param {Wire} message @param {number} now */
  received(message, now) {
    const { type } = message;
    const answersJoin = type === "welcome" || type === "refused";
    if (answersJoin ? this.state !== "joining" : !MEMBER.includes(this.state)) return [];
    if (type === "welcome") this.#welcome(message, now);
    else if (type === "refused") this.#refused(codes.problemOf(message), now);
    else if (type === "error") this.#error(message, now);
    else if (type === "presence" || type === "typing") {
      this.#requests.delete(message.id); // of a note
      this.#tell(/** @type {any} */ ({ kind: type, [type]: message }));
    } else if (type === "accepted") {
      this.#requests.delete(message.id);
      this.#confirm(message.id);
      this.#sendNext(now);
    } else if (ANSWERS.includes(type)) this.#answer(message, now);
    else this.#event(message, now);
    return this.#takeSteps();
  }

  /** Send a message after those before it. @param {OutgoingMessage} message @param {number} now */
  send(message, now) {
    this.#outgoing.add(message);
    this.#sendNext(now);
    return this.#takeSteps();
  }

  /** Send a request; its answer or `requestFailed` follows. @param {Wire} query @param {number} now */
  ask(query, now) {
    if (this.state === "replaying" || this.state === "ready") {
      this.#requests.set(query.id, now);
      this.#send(query);
    } else this.#requestFailed(query.id);
    return this.#takeSteps();
  }

  /** Tell the others that the person is writing, unless that was told just now. @param {number} now */
  typing(now) {
    if (this.state === "ready" && this.#own.tellsTyping(now)) this.#send({ type: "typing" });
    return this.#takeSteps();
  }

  /** End the wait for the next attempt; those after it follow soon again. */
  reconnectNow() {
    if (this.state === "waiting") {
      this.#attempts.number = 1;
      this.#open();
    }
    return this.#takeSteps();
  }

  /** The network may be back: an attempt under way began without it. */
  networkBack() {
    if (this.#welcomed && this.state === "connecting") {
      this.#hangUp();
      this.state = "waiting";
    }
    return this.reconnectNow();
  }

  /** Leave for good; messages that are not sent yet stay so. @param {number} now */
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

  /** Time has passed. @param {number} now */
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

  #open() {
    this.state = "connecting";
    this.#deadline = null;
    this.#steps.push({ do: "open" });
    if (this.#welcomed) this.#tell({ kind: "reconnecting", attempt: this.#attempts.number });
  }

  /** @param {Wire} welcome @param {number} now */
  #welcome(welcome, now) {
    if (!this.#position.isIn(welcome.journal)) return this.#endInAnotherRoom();
    const resumed = this.token !== undefined;
    const forget = this.#position.welcomed(welcome);
    this.token = welcome.token;
    this.#own.welcomed(welcome, now);
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

  /** @param {Wire} answer @param {number} now */
  #answer(answer, now) {
    const askedAt = this.#requests.get(answer.id);
    if (askedAt === undefined) return;
    this.#requests.delete(answer.id);
    const kind = /** @type {"history" | "found" | "bans" | "report"} */ (answer.type);
    if (kind === "report") this.#tell({ kind, report: answer, latency: now - askedAt });
    else this.#tell({ kind, answer });
  }

  /** @param {Wire} event @param {number} now */
  #event(event, now) {
    const taken = this.#position.take(event);
    if (taken === "gap") return this.#drop({ code: "missed_events" }, now);
    if (event.type === "said" && this.#own.is(event)) this.#confirm(event.id);
    this.#requests.delete(event.id);
    if (taken === "new") {
      this.#own.apply(event);
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

  /** Only a live one counts: the replay has older ones too. @param {Wire} left @param {number} now */
  #checkOwnLeft(left, now) {
    const live = left.seq > this.#position.target;
    if (!this.#own.is(left) || !live || this.state === "leaving") return;
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
      this.#requestFailed(id, problem);
    } else if (codes.BUSY.includes(error.code)) {
      this.#outgoing.pause(problem, now);
      this.#tell({ kind: "delayed", id, problem });
    } else {
      this.#fail(id, problem);
      this.#sendNext(now);
    }
  }

  /** @param {number} now */
  #sendNext(now) {
    const say = this.state === "ready" ? this.#outgoing.next(now) : null;
    if (say) this.#send(say);
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

  /** @param {Problem} problem @param {number} now */
  #drop(problem, now) {
    this.#hangUp();
    if (this.state === "leaving") this.#end("left");
    else this.#lost(problem, now);
  }

  /** Reconnect; a client that was never a member ends. @param {Problem} problem @param {number} now */
  #lost(problem, now) {
    if (!this.#welcomed) return this.#end("unreachable", problem);
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

  /** Another connection does not answer them. */
  #forgetRequests() {
    this.#outgoing.restart();
    for (const id of this.#requests.keys()) this.#requestFailed(id);
  }

  /** @param {string} id @param {Problem} problem */
  #requestFailed(id, problem = DISCONNECTED) {
    this.#requests.delete(id);
    this.#tell({ kind: "requestFailed", id, problem });
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
    return this.#steps.splice(0);
  }
}
