/** One connection to the room: `GET /room`, then a WebSocket, read until it ends. */

import { Malformed, ProblemError, decode } from "../protocol/checks.js";
import { askRoom, hostOf } from "./http.js";

/** @import {Problem, Wire} from "./api.js" */
/** @import {Handler, Timer} from "./types.js" */

const CONNECT_WITHIN = 10;
/** So many frames that cannot be read end a connection. */
const INVALID_FRAMES = 20;

export class Connection {
  begun = performance.now();
  /** @type {Handler | null} */
  #handler;
  #stop = new AbortController();
  #invalid = 0;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Timer} */
  #timer;
  #host;
  #within;

  /**
   * @param {Handler} handler
   * @param {string} [host] the origin of another host of the room; else that of this page
   * @param {number | null} [within] the seconds that the host has for each answer
   */
  constructor(handler, host = "", within = null) {
    this.#handler = handler;
    this.#host = host;
    this.#within = within ?? CONNECT_WITHIN;
    this.#open();
  }

  /** Of a socket that is closing this is lost, and its end is told. @param {Wire} request */
  send(request) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  /** Close it; nothing more is told of it. */
  hangUp() {
    this.#handler = null;
    clearTimeout(this.#timer);
    this.#stop.abort();
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  async #open() {
    try {
      const room = await askRoom(this.#stop.signal, this.#host, this.#within);
      this.#handler?.room(room);
      if (this.#handler) this.#connect();
    } catch (error) {
      this.#fail(error);
    }
  }

  #connect() {
    const blocked = { code: "no_socket", params: { server: hostOf(this.#host) } };
    const address = `${(this.#host || location.origin).replace("http", "ws")}/ws`;
    const socket = (this.#socket = new WebSocket(address, "chatroom.v1"));
    this.#timer = setTimeout(() => this.#end({ code: "no_welcome" }), this.#within * 1000);
    socket.onclose = () => this.#end(blocked);
    socket.onmessage = ({ data }) => this.#frame(data);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      socket.onclose = ({ code }) => this.#end(code);
      this.#handler?.opened();
    };
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
    const known = error instanceof ProblemError;
    this.#end(known ? error.problem : { code: "internal" });
    if (!known) throw error;
  }

  /** @param {number | Problem} why */
  #end(why) {
    const handler = this.#handler;
    this.hangUp();
    if (typeof why === "number") handler?.closed(why);
    else handler?.unreachable(why);
  }
}
