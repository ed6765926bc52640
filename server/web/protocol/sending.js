/**
 * What a member sends: messages one at a time, and requests (client_mvc/network/sending.py). Part of
 * `ClientProtocol`, which says when something may be sent.
 */

import * as codes from "./codes.js";
import { OutgoingQueue } from "./outgoing.js";
import { OpenRequests } from "./requests.js";

/** @import {OutgoingMessage, Problem, Wire} from "../network/api.js" */
/** @import {Step} from "./state.js" */

const DISCONNECTED = { code: "disconnected" };

export class Sending {
  #outgoing;
  #requests = new OpenRequests();
  #do;

  /** @param {OutgoingMessage[]} outgoing @param {(step: Step) => void} take */
  constructor(outgoing, take) {
    this.#outgoing = new OutgoingQueue(outgoing);
    this.#do = take;
  }

  /** When `sendDue` has something to send, or a receipt is overdue. */
  get wakeAt() {
    const { wakeAt: one } = this.#outgoing;
    const { wakeAt: other } = this.#requests;
    return one !== null && other !== null ? Math.min(one, other) : (one ?? other);
  }

  /** The ids of messages that may have been sent before. */
  get tried() {
    return this.#outgoing.tried;
  }

  /** Whether the receipt of the message in flight is overdue. @param {number} now */
  isOverdue(now) {
    const { inFlight, wakeAt } = this.#outgoing;
    return inFlight !== null && wakeAt !== null && now >= wakeAt;
  }

  /** @param {OutgoingMessage} message */
  add(message) {
    this.#outgoing.add(message);
  }

  /** Send a request, or keep it behind the undecided ones. @param {Wire} query @param {number} now */
  ask(query, now) {
    if (this.#requests.add(query, now)) this.#send(query);
  }

  /** Send the next message, and the requests whose pause is over. @param {number} now */
  sendDue(now) {
    const say = this.#outgoing.next(now);
    for (const each of [...(say ? [say] : []), ...this.#requests.due(now)]) this.#send(each);
  }

  /** Forget a request; when it was sent, if it is one. @param {string} id */
  answered(id) {
    return this.#requests.answered(id);
  }

  /** The server has this message. @param {string} id */
  confirm(id) {
    if (this.#outgoing.remove(id)) {
      this.#do({ do: "tell", event: { kind: "confirmed", id } });
    }
  }

  /** The message is not sent. @param {string} id @param {Problem} problem */
  fail(id, problem) {
    this.#outgoing.remove(id);
    this.#do({ do: "tell", event: { kind: "failed", id, problem } });
  }

  /** The server answered with an error. @param {Wire} error @param {number} now */
  failed(error, now) {
    // One without an id can only be about the message in flight. Taking it so is safe: a message
    // that is sent again has the same id.
    const id = error.id || this.#outgoing.inFlight || "";
    const problem = codes.problemOf(error);
    if (error.code === codes.UNDECIDED && this.#requests.pause(id, problem, now)) {
      this.#do({ do: "tell", event: { kind: "requestDelayed", id, problem } });
    } else if (id !== this.#outgoing.inFlight) {
      this.requestFailed(id, problem);
    } else if (codes.BUSY.includes(error.code)) {
      this.#outgoing.pause(problem, now);
      this.#do({ do: "tell", event: { kind: "delayed", id, problem } });
    } else this.fail(id, problem);
  }

  /** @param {string} id @param {Problem} problem */
  requestFailed(id, problem = DISCONNECTED) {
    this.#requests.answered(id);
    this.#do({ do: "tell", event: { kind: "requestFailed", id, problem } });
  }

  /** Send at once what waits for the end of slow mode. */
  endPause() {
    if (this.#outgoing.inFlight === null) this.#outgoing.restart();
  }

  /** The connection is lost: another one does not answer its requests. */
  lost() {
    this.#outgoing.restart();
    for (const id of this.#requests.lost()) this.requestFailed(id);
  }

  /** The membership has ended: no request can be sent again. */
  end() {
    for (const id of this.#requests.takeAll()) this.requestFailed(id);
  }

  /** @param {Wire} request */
  #send(request) {
    this.#do({ do: "send", request });
  }
}
