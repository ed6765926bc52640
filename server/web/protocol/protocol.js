/**
 * A client's membership of one room, as a state machine without I/O: a port of
 * client_mvc/network/protocol.py, which says more. Both run against tests/protocol_cases. An input
 * returns steps (`state.js`); the driver calls `tick` at `wakeAt`, in seconds. The rules (no message
 * lost, doubled or out of order):
 *
 * 1. Each event is told once, in the order of `seq`. A gap is filled by joining again with `after`.
 * 2. One message is in flight at a time.
 * 3. After a loss nothing is sent before the replay has reached the `seq` of the welcome.
 * 4. With a resumed membership any message may be sent again: the server knows the ids. With a
 *    fresh one, where the replay cannot tell (`reset`), a message that was tried fails.
 * 5. An attempt that fails at one host of the room is made at the next one (`hosts.js`). A host that
 *    cannot take messages is left for one that can (`elsewhere.js`).
 */

import { ReconnectAttempts } from "./backoff.js";
import * as codes from "./codes.js";
import { Elsewhere } from "./elsewhere.js";
import { Hosts } from "./hosts.js";
import { request } from "./joining.js";
import { Origin } from "./origin.js";
import { Own } from "./own.js";
import { Position } from "./position.js";
import { Sending } from "./sending.js";
import { ANSWERS, MEMBER, WITHIN } from "./state.js";
import { Steps } from "./steps.js";

/** @import {EndReason, JoinOptions, OutgoingMessage, Problem, Wire} from "../network/api.js" */
/** @import {Failure} from "./hosts.js" */
/** @import {ClientState, Settings} from "./state.js" */

export class ClientProtocol {
  /** @type {ClientState} */
  state = "waiting";
  /** @type {string | undefined} */
  token;
  /** @type {Hosts} the hosts of the room: which one to open the socket to */
  hosts;
  limits = { text: 8_000, file: 10 * 1024 * 1024, files: "text", edit: 0 };
  #options;
  #settings;
  #own;
  #position;
  #sending;
  #origin;
  #attempts;
  #elsewhere;
  #replayUntil = 0;
  /** @type {number | null} */
  #deadline = null;
  #welcomed = false;
  #steps = new Steps();

  /** @param {JoinOptions} options @param {Settings} settings */
  constructor(options, settings) {
    const { after = null, afterAt = "", journal = "", outgoing = [] } = options;
    this.token = options.token;
    this.#options = options;
    this.#settings = settings;
    this.#own = new Own(options.name);
    this.#position = new Position(after, afterAt, journal);
    this.#sending = new Sending(outgoing, (step) => this.#steps.add(step));
    this.#origin = new Origin(this.#position);
    this.hosts = new Hosts(settings.origin);
    this.#attempts = new ReconnectAttempts(settings.uniform);
    this.#elsewhere = new Elsewhere(this.hosts, settings.uniform);
  }

  /** When `tick` is due; null while only an input can change anything. */
  get wakeAt() {
    if (this.state !== "ready") return this.#deadline;
    const [send, ask] = [this.#sending.wakeAt, this.#elsewhere.due];
    return send === null || ask === null ? (send ?? ask) : Math.min(send, ask);
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
    return this.#steps.take();
  }

  /** The server answered `GET /room`, or has no answer. @param {Wire | null} room @param {number} now */
  roomFound(room, now) {
    const found = this.#origin.found(room);
    if (found.known) this.#steps.tell(found);
    else this.#attemptFailed({ ...this.hosts.otherRoom, found }, now);
    return this.#steps.take();
  }

  /** The socket is open. @param {number} now */
  opened(now) {
    this.state = "joining";
    this.#deadline = now + WITHIN.answer;
    const options = { ...this.#options, name: this.#own.name };
    // The role lives with the membership: whoever resumes one has it.
    if (this.#welcomed && this.token) delete options.ownerKey;
    this.#steps.send(request(options, this.token, this.#position, this.#settings.client));
    return this.#steps.take();
  }

  /** No socket, or what came over it is broken. @param {Problem} problem @param {number} now */
  unreachable(problem, now) {
    if (this.state === "leaving") this.#end("left");
    else this.#lost(problem, now);
    return this.#steps.take();
  }

  /** The socket closed; `code` is 1006 without one. @param {number} code @param {number} now */
  closed(code, now) {
    if (this.state === "leaving") this.#end("left", null, code === codes.CLOSE_LEFT);
    else if (code === codes.CLOSE_REPLACED && !this.hosts.isLateResume(now))
      this.#end("replaced", { code: "replaced" });
    // A host that shuts down will not be back at once.
    else if (this.state !== "ended") this.#lost(codes.afterClose(code), now, code === 1001);
    return this.#steps.take();
  }

  /** The server answers nothing: it may be frozen, while its connections stand. @param {number} now */
  silent(now) {
    if (MEMBER.includes(this.state)) this.#drop({ code: "connection_lost" }, now, true);
    return this.#steps.take();
  }

  /** These of the hosts answered `GET /room`. @param {[string, Wire][]} answers @param {number} now */
  hostsAsked(answers, now) {
    const ofRoom = answers.filter(([, { journal }]) => this.#position.isIn(journal));
    const host = this.#elsewhere.chosen(ofRoom, now);
    if (host !== undefined && this.state === "ready") {
      this.#steps.hangUp();
      this.hosts.goTo(host);
      this.#wait({ code: "host_cut_off" }, now);
    }
    return this.#steps.take();
  }

  /** A frame of the server came, and is checked. @param {Wire} message @param {number} now */
  received(message, now) {
    const { type } = message;
    const answersJoin = type === "welcome" || type === "refused";
    if (answersJoin ? this.state !== "joining" : !MEMBER.includes(this.state)) return [];
    if (type === "welcome") this.#welcome(message, now);
    else if (type === "refused") this.#refused(codes.problemOf(message), now);
    else if (type === "error") this.#error(message, now);
    else if (type === "majority") {
      this.#steps.tell({ kind: type, has: message.on });
      this.#elsewhere.majority(message.on, now);
    } else if (type === "hosts") {
      this.#steps.tell({ kind: type, hosts: message.hosts });
      this.#elsewhere.named(message.hosts, now);
    } else if (type === "presence" || type === "typing") {
      this.#sending.answered(message.id); // of a note
      this.#steps.tell(/** @type {any} */ ({ kind: type, [type]: message }));
    } else if (type === "accepted") {
      this.#sending.answered(message.id);
      this.#sending.confirm(message.id);
      this.#sendDue(now);
    } else if (ANSWERS.includes(type)) this.#answer(message, now);
    else this.#event(message, now);
    return this.#steps.take();
  }

  /** Send a message after those before it. @param {OutgoingMessage} message @param {number} now */
  send(message, now) {
    this.#sending.add(message);
    this.#sendDue(now);
    return this.#steps.take();
  }

  /** Send a request; its answer or `requestFailed` follows. @param {Wire} query @param {number} now */
  ask(query, now) {
    if (this.state === "replaying" || this.state === "ready") {
      this.#sending.ask(query, now);
    } else this.#sending.requestFailed(query.id);
    return this.#steps.take();
  }

  /** Tell the others that the person is writing, unless that was told just now. @param {number} now */
  typing(now) {
    if (this.state === "ready" && this.#own.tellsTyping(now))
      this.#steps.send({ type: "typing" });
    return this.#steps.take();
  }

  /** End the wait for the next attempt; those after it follow soon again. */
  reconnectNow() {
    if (this.state === "waiting") {
      this.#attempts.number = 1;
      this.hosts.restart();
      this.#open();
    }
    return this.#steps.take();
  }

  /** The network may be back: an attempt under way began without it. */
  networkBack() {
    if (this.#welcomed && this.state === "connecting") {
      this.#steps.hangUp();
      this.state = "waiting";
    }
    return this.reconnectNow();
  }

  /** Leave for good; messages that are not sent yet stay so. @param {number} now */
  leave(now) {
    if (["joining", "replaying", "ready"].includes(this.state)) {
      this.state = "leaving";
      this.#deadline = now + WITHIN.leave;
      this.#steps.send({ type: "leave" });
    } else if (this.state === "waiting" || this.state === "connecting") {
      this.#end("left");
    }
    return this.#steps.take();
  }

  /** Time has passed. @param {number} now */
  tick(now) {
    if (this.wakeAt === null || now < this.wakeAt) return [];
    this.#deadline = null;
    if (this.state === "waiting") this.#open();
    else if (this.state === "joining") this.#drop({ code: "no_welcome" }, now);
    else if (this.state === "replaying") this.#drop({ code: "missed_events" }, now);
    else if (this.state === "leaving") this.#end("left");
    else if (this.#sending.isOverdue(now)) this.#drop({ code: "no_receipt" }, now);
    else if (this.#elsewhere.takeDue(now))
      this.#steps.add({ do: "askHosts", hosts: this.hosts.others });
    else this.#sendDue(now);
    return this.#steps.take();
  }

  #open() {
    this.state = "connecting";
    this.#deadline = null;
    this.#steps.add({ do: "open" });
    if (this.#welcomed)
      this.#steps.tell({ kind: "reconnecting", attempt: this.#attempts.number });
  }

  /** @param {Wire} welcome @param {number} now */
  #welcome(welcome, now) {
    if (!this.#position.isIn(welcome.journal))
      return this.#attemptFailed(this.hosts.otherRoom, now);
    const resumed = this.token !== undefined;
    const forget = this.#position.welcomed(welcome);
    this.token = welcome.token;
    this.#own.welcomed(welcome, now);
    this.limits = welcome.limits;
    this.#welcomed = true;
    this.hosts.welcomed(welcome.hosts ?? []);
    this.state = "replaying";
    this.#replayUntil = now + WITHIN.replay;
    this.#deadline = now + WITHIN.silent;
    this.#steps.tell({ kind: "welcomed", welcome, forget });
    if (this.#position.seq === null && !resumed) {
      for (const id of this.#sending.tried) this.#sending.fail(id, { code: "unknown_fate" });
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
    this.#steps.tell({ kind: "caughtUp" });
    this.#sendDue(now);
  }

  /** @param {Problem} problem @param {number} now */
  #refused(problem, now) {
    if (problem.code === "bad_token" && this.token !== undefined) {
      this.token = undefined;
      this.#sending.end();
      this.#steps.hangUp();
      this.#open();
    } else if (codes.OF_THE_HOST.includes(problem.code)) {
      this.#attemptFailed({ why: "refused", problem }, now);
    } else if (this.#welcomed && codes.isTemporary(problem)) {
      this.#steps.hangUp();
      this.#wait(problem, now);
    } else {
      this.#end("refused", problem);
    }
  }

  /** @param {Wire} answer @param {number} now */
  #answer(answer, now) {
    const askedAt = this.#sending.answered(answer.id);
    if (askedAt === undefined) return;
    const kind = /** @type {"history" | "found" | "bans" | "report"} */ (answer.type);
    if (kind === "report") this.#steps.tell({ kind, report: answer, latency: now - askedAt });
    else this.#steps.tell({ kind, answer });
  }

  /** @param {Wire} event @param {number} now */
  #event(event, now) {
    const taken = this.#position.take(event);
    if (taken === "gap") return this.#drop({ code: "missed_events" }, now);
    if (event.type === "said" && this.#own.is(event)) this.#sending.confirm(event.id);
    this.#sending.answered(event.id);
    if (taken === "new") {
      this.#own.apply(event);
      this.#steps.tell({ kind: "event", event });
      // What waits for the end of slow mode is sent at once.
      if (event.type === "slowed") this.#sending.endPause();
      if (this.state === "replaying") {
        this.#deadline = Math.min(now + WITHIN.silent, this.#replayUntil);
      }
      if (event.type === "left") this.#checkOwnLeft(event, now);
    }
    this.#checkCaughtUp(now);
    this.#sendDue(now);
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
    if (error.code === "not_joined") return this.#drop(codes.problemOf(error), now);
    this.#sending.failed(error, now);
    this.#sendDue(now);
  }

  /** @param {number} now */
  #sendDue(now) {
    if (this.state === "ready") this.#sending.sendDue(now);
  }

  /** @param {Problem} problem @param {number} now */
  #drop(problem, now, ownLast = false) {
    this.#steps.hangUp();
    if (this.state === "leaving") this.#end("left");
    else this.#lost(problem, now, ownLast);
  }

  /** Reconnect; a client that was never a member ends. @param {Problem} problem @param {number} now */
  #lost(problem, now, ownLast = false) {
    if (!MEMBER.includes(this.state)) {
      if (this.state === "joining" && this.token) this.hosts.resumeUnanswered(now);
      return this.#attemptFailed({ why: "unreachable", problem }, now);
    }
    this.hosts.restart(ownLast);
    this.#wait(problem, now);
  }

  /** Try the next host; after the last one wait, or end. @param {Failure} failure @param {number} now */
  #attemptFailed(failure, now) {
    const another = this.hosts.next(failure);
    const passes = failure.why !== "refused" || codes.isTemporary(failure.problem);
    const reason = this.#welcomed && passes && this.hosts.reason;
    if ((another || reason) && failure.why !== "unreachable") this.#steps.hangUp();
    if (another) return this.#open();
    if (reason) {
      this.hosts.again();
      return this.#wait(reason, now);
    }
    const last = this.hosts.verdict ?? failure;
    if (last.found) this.#steps.tell(last.found);
    this.#end(last.why, last.problem);
  }

  /** Begin a round of attempts after a while. @param {Problem} problem @param {number} now */
  #wait(problem, now) {
    this.#sending.lost();
    this.#elsewhere.end();
    const delay = this.#attempts.lost(problem.retryAfter, now);
    this.state = "waiting";
    this.#deadline = now + delay;
    this.#steps.tell({ kind: "disconnected", problem, attempt: this.#attempts.number, delay });
  }

  /** @param {EndReason} why @param {Problem | null} problem */
  #end(why, problem = null, clean = false) {
    this.#sending.lost();
    this.#sending.end();
    this.state = "ended";
    this.#deadline = null;
    this.#steps.hangUp();
    this.#steps.tell({ kind: "ended", why, problem, clean });
  }
}
