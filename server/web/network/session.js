/** One membership: drives a `ClientProtocol` with real connections and a real clock. */

import { ClientProtocol } from "../protocol/protocol.js";
import { askRoom, newId } from "./http.js";
import { Connection } from "./websocket.js";

/** @import {JoinOptions, NetworkEvent, Wire} from "./api.js" */
/** @import {Handler, Input, Source, Timer} from "./types.js" */
/** @import {UploadQueue} from "./uploads.js" */
/** @import {Step} from "../protocol/state.js" */

/** Seconds without a frame after which the client asks, and those that the answer may take. */
const SILENT = 20;
const ANSWER_WITHIN = 10;
/** The same where the room has other hosts: at random, so that not all leave a frozen host at once. */
const SILENT_OF_SEVERAL = { least: 3, more: 2 };
const ANSWER_OF_SEVERAL = 4;
const LOOK_EVERY = 1_000;
/** Seconds that another host has to answer while the one of the connection cannot send. */
const ASK_WITHIN = 3;
/** The same when the page may have slept: the socket may be dead, though it says it is open. */
const AWAKE_WITHIN = 2;

const now = () => performance.now() / 1000;

export class RoomSession {
  /** Whether nothing more is told. */
  muted = false;
  #tell;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {Step[]} */
  #steps = [];
  #taking = false;
  #welcomed = false;
  #heard = 0;
  #probe = { id: "", until: Infinity };
  /** @type {(() => void)[]} */
  #waiting = [];
  /** @type {Timer} */
  #timer;
  /** @type {Timer} */
  #probeTimer;
  #silence;
  #silent = SILENT_OF_SEVERAL.least + SILENT_OF_SEVERAL.more * Math.random();
  /** @type {UploadQueue | null} */
  #uploads = null;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** @type {Set<string>} uploads that wait for it */
  #begun = new Set();

  /** @param {JoinOptions} options @param {(event: NetworkEvent) => void} tell */
  constructor(options, tell, client = "") {
    this.protocol = new ClientProtocol(options, { client, origin: location.origin });
    this.#tell = tell;
    this.#silence = setInterval(() => {
      const several = this.protocol.hosts.within !== null;
      if (!this.live || now() - this.#heard < (several ? this.#silent : SILENT)) return;
      this.#ask(several ? ANSWER_OF_SEVERAL : ANSWER_WITHIN, () => {
        this.#lost((protocol, now) => protocol.silent(now));
      });
    }, LOOK_EVERY);
    this.feed((protocol) => protocol.start());
  }

  /** Whether there is a live connection. */
  get live() {
    return this.protocol.state === "ready";
  }

  /** The origin of the host that it is connected to; empty: that of the page. */
  get host() {
    const { current } = this.protocol.hosts;
    return current === location.origin ? "" : current;
  }

  /** Wait for a live connection. @returns {Promise<void>} */
  ready() {
    return this.live ? Promise.resolve() : new Promise((done) => this.#waiting.push(done));
  }

  /** Take the steps that an input asks for, after those of inputs before it. @param {Input} input */
  feed(input) {
    this.#steps.push(...input(this.protocol, now()));
    if (this.#taking) return;
    this.#taking = true;
    for (let step = this.#steps.shift(); step; step = this.#steps.shift()) this.#take(step);
    this.#taking = false;
    clearTimeout(this.#timer);
    const { wakeAt } = this.protocol;
    if (wakeAt !== null) {
      const tick = () => this.feed((protocol, now) => protocol.tick(now));
      this.#timer = setTimeout(tick, Math.max(0, Math.ceil((wakeAt - now()) * 1000)));
    }
    if (this.live) for (const done of this.#waiting.splice(0)) done();
  }

  /** Share a file after those before it. @param {string} key @param {Source} file */
  async upload(key, file) {
    this.#begun.add(key);
    try {
      await (this.#loading ??= this.#load());
    } catch {
      this.#loading = null;
      const problem = { code: "not_loaded" };
      if (this.#begun.delete(key)) this.#event({ kind: "uploadFailed", key, problem });
    }
    if (this.#begun.delete(key)) await this.#uploads?.add(key, file);
  }

  /** @param {string} key */
  cancelUpload(key) {
    this.#begun.delete(key);
    this.#uploads?.cancel(key);
  }

  async #load() {
    const { UploadQueue } = await import("./uploads.js");
    this.#uploads = new UploadQueue(this, (event) => this.#event(event));
    if (this.protocol.state === "ended") this.#uploads.close();
  }

  /** Find out whether the connection still lives, and replace it if not. */
  checkNow() {
    const { state } = this.protocol;
    const age = performance.now() - (this.#connection?.begun ?? 0);
    if (state === "waiting") this.feed((protocol) => protocol.reconnectNow());
    else if (state === "connecting" && age > 1_000)
      this.feed((protocol) => protocol.networkBack());
    else if (this.#welcomed && state !== "ended") {
      this.#ask(AWAKE_WITHIN, () => {
        this.#lost((protocol, now) => protocol.closed(1006, now));
        this.feed((protocol) => protocol.reconnectNow());
      });
    }
  }

  /** @param {Step} step */
  #take(step) {
    if (step.do === "open") this.#open();
    else if (step.do === "hangUp") this.#hangUp();
    else if (step.do === "send") this.#connection?.send(step.request);
    else if (step.do === "askHosts") void this.#askHosts(step.hosts);
    else this.#event(step.event);
  }

  /** @param {NetworkEvent} event */
  #event(event) {
    if (event.kind === "welcomed") this.#welcomed = true;
    else if (event.kind === "event" && event.event.type === "shared") {
      this.#uploads?.confirm(event.event.id);
    } else if (event.kind === "ended") {
      clearInterval(this.#silence);
      this.#uploads?.close();
    }
    if (this.muted) return;
    try {
      this.#tell(event);
    } catch (error) {
      // The steps that follow are taken all the same.
      setTimeout(() => {
        throw error;
      }, 0);
    }
  }

  #open() {
    /** @type {Handler} */
    const handler = {
      room: (room) => this.#hear((protocol, now) => protocol.roomFound(room, now)),
      opened: () => this.#hear((protocol, now) => protocol.opened(now)),
      message: (message) => {
        if (message.id === this.#probe.id) this.#hear(() => []);
        else this.#hear((protocol, now) => protocol.received(message, now));
      },
      closed: (code) => this.#lost((protocol, now) => protocol.closed(code, now)),
      unreachable: (problem) => {
        // What a first attempt met says what to do; later it worked once.
        const lost = this.#welcomed && problem.code === "no_socket";
        const why = lost ? { code: "connection_lost" } : problem;
        this.#lost((protocol, now) => protocol.unreachable(why, now));
      },
    };
    const { within } = this.protocol.hosts;
    this.#connection = new Connection(handler, this.host, within);
  }

  #hangUp() {
    this.#connection?.hangUp();
    this.#connection = null;
    this.#answered();
  }

  /** @param {Input} input */
  #hear(input) {
    this.#heard = now();
    this.#answered();
    this.feed(input);
  }

  /** @param {Input} input */
  #lost(input) {
    this.#hangUp();
    this.feed(input);
  }

  /** Take the connection for dead unless a frame comes. @param {number} seconds @param {() => void} dead */
  #ask(seconds, dead) {
    if (this.#probe.until <= now() + seconds) return;
    clearTimeout(this.#probeTimer);
    const { state, seq } = this.protocol;
    this.#probe = { id: newId(), until: now() + seconds };
    this.#probeTimer = setTimeout(dead, seconds * 1000);
    if (state === "ready" || state === "replaying") {
      const { id } = this.#probe;
      this.#connection?.send({ type: "history", id, after: seq, limit: 1 });
    }
  }

  /** @param {string[]} hosts */
  async #askHosts(hosts) {
    const origin = location.origin;
    const asked = hosts.map(async (host) => {
      const room = await askRoom(undefined, host === origin ? "" : host, ASK_WITHIN);
      return /** @type {[string, Wire | null]} */ ([host, room]);
    });
    const settled = await Promise.allSettled(asked);
    /** @type {[string, Wire][]} */
    const answers = settled.flatMap((each) => {
      const [host, room] = each.status === "fulfilled" ? each.value : ["", null];
      return room ? [/** @type {[string, Wire]} */ ([host, room])] : [];
    });
    this.feed((protocol, now) => protocol.hostsAsked(answers, now));
  }

  #answered() {
    clearTimeout(this.#probeTimer);
    this.#probe.until = Infinity;
  }
}
