/**
 * One connection to the room: `GET /room`, then a WebSocket, read until it ends.
 *
 * @module
 */

import { Malformed, ProblemError, decode } from "../protocol/checks.js";
import { askRoom } from "./http.js";

/** @import {Problem, Wire} from "./api.js" */

const CONNECT_WITHIN = 10;
/** So many frames that cannot be read end a connection. */
const INVALID_FRAMES = 20;

/**
 * What happens to a connection. None is called after `hangUp`, `closed` or `unreachable`.
 *
 * @typedef {object} Handler
 * @property {(room: Wire | null) => void} room
 * @property {() => void} opened
 * @property {(message: Wire) => void} message
 * @property {(code: number) => void} closed 1006 where the server gave no code
 * @property {(problem: Problem) => void} unreachable
 */

export class Connection {
  begun = performance.now();
  /** @type {Handler | null} */
  #handler;
  #stop = new AbortController();
  #invalid = 0;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Handler} handler */
  constructor(handler) {
    this.#handler = handler;
    this.#open();
  }

  /** @param {Wire} request */
  send(request) {
    // A socket that is closing drops it; its end is told, and the machine sends it again.
    this.#socket?.send(JSON.stringify(request));
  }

  /** Close it; nothing more is told of it. */
  hangUp() {
    this.#handler = null;
    clearTimeout(this.#timer);
    this.#stop.abort();
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
    }
  }

  async #open() {
    try {
      const room = await askRoom(this.#stop.signal);
      this.#handler?.room(room);
      if (this.#handler) this.#connect();
    } catch (error) {
      this.#fail(error);
    }
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const blocked = { code: "no_socket", params: { server: location.host } };
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, "chatroom.v1");
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#end({ code: "no_welcome" }), CONNECT_WITHIN * 1000);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      socket.onclose = ({ code }) => this.#end(code);
      this.#handler?.opened();
    };
    socket.onclose = () => this.#end(blocked);
    socket.onmessage = ({ data }) => this.#frame(data);
  }

  /** @param {any} data */
  #frame(data) {
    try {
      const message = decode(data);
      if (message) this.#handler?.message(message);
    } catch (error) {
      if (!(error instanceof Malformed)) this.#fail(error);
      else if (++this.#invalid > INVALID_FRAMES) this.#end({ code: "protocol_broken" });
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof ProblemError) return this.#end(error.problem);
    this.#end({ code: "internal" });
    throw error;
  }

  /** @param {number | Problem} why */
  #end(why) {
    const handler = this.#handler;
    this.hangUp();
    if (typeof why === "number") handler?.closed(why);
    else handler?.unreachable(why);
  }
}
