/**
 * A browser and a server in memory: clock, fetch, WebSocket, XMLHttpRequest, storages.
 * `install` puts them in place of the globals that the modules use.
 */
import { mock } from "node:test";

export const AT = "2026-11-22T08:00:00.000Z";
export const ROOM = {
  room: "lobby",
  journal: "j1",
  features: ["moderation", "deleting"],
  password: false,
  active: 1,
  max_users: 3,
};

/** @param {number} seq @param {Record<string, any>} [more] @returns {Record<string, any>} */
export const welcome = (seq, more = {}) => ({
  type: "welcome",
  you: "alice",
  token: "t1",
  seq,
  reset: false,
  max_users: 3,
  limits: { text: 8000, file: 1000 },
  members: [],
  room: "lobby",
  journal: "j1",
  ...more,
});

/** @param {number} seq @param {Record<string, any>} [more] @returns {Record<string, any>} */
export const said = (seq, more = {}) => ({
  type: "said",
  seq,
  at: AT,
  name: "bob",
  text: "hi",
  ...more,
});

/** Let everything that is due now happen. */
export const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done));
};

export class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  /** Whether new sockets open by themselves; else they hang, or fail. @type {boolean | "fail"} */
  static opens = true;
  /** Whether sockets answer the request for the newest events. */
  static answers = true;
  /** @type {((event?: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  closed = false;
  static OPEN = 1;
  readyState = FakeSocket.OPEN;
  /** @type {Record<string, any>[]} */
  sent = [];

  /** @param {string} url @param {string} protocol */
  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
    FakeSocket.all.push(this);
    if (FakeSocket.opens === "fail") setImmediate(() => this.onclose?.({ code: 1006 }));
    else if (FakeSocket.opens) setImmediate(() => this.onopen?.());
  }

  static get last() {
    return /** @type {FakeSocket} */ (FakeSocket.all.at(-1));
  }

  /** @param {string} text */
  send(text) {
    const request = JSON.parse(text);
    this.sent.push(request);
    if (request.type === "history" && FakeSocket.answers) {
      const { id } = request;
      setImmediate(() => this.receive({ type: "history", id, events: [], more: false }));
    }
  }

  close() {
    this.closed = true;
  }

  /** @param {any} frame */
  receive(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** @param {number} code */
  end(code) {
    this.onclose?.({ code });
  }
}

/** @typedef {{status?: number, body?: any, headers?: Record<string, string>}} Given */

/** The HTTP side of a server. A handler returns an answer, throws, or never returns. */
export class FakeHttp {
  /** @type {{method: string, path: string, headers: Record<string, string>, body?: any}[]} */
  asked = [];
  /** @type {() => Given | Promise<Given>} */
  room = () => ({ body: ROOM });
  /** @type {() => Given | Promise<Given>} */
  head = () => ({ headers: { "Upload-Offset": "0" } });
  /** @type {(() => Given | Promise<Given>)[]} answers to uploads, then 201 */
  posts = [];
  /** @type {((headers: Record<string, string>) => Response | Promise<Response>) | null} */
  file = null;

  /** @param {string} path @param {any} init */
  fetch = async (path, init = {}) => {
    const { method = "GET", headers = {}, signal } = init;
    this.asked.push({ method, path, headers });
    if (this.file && path.startsWith("/files/")) return this.file(headers);
    const aborted = new Promise((_, reject) =>
      signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError"))),
    );
    /** @type {any} */
    aborted.catch(() => {});
    /** @type {any} */
    const given = await Promise.race([method === "HEAD" ? this.head() : this.room(), aborted]);
    const { status = 200, body = "", headers: more } = given;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    if (status === 0) return { status, text: async () => "", headers: new Headers() };
    return new Response(method === "HEAD" ? null : text, { status, headers: more });
  };
}

/** @param {FakeHttp} http */
const fakeRequest = (http) =>
  class {
    /** @type {{onprogress: (event: any) => void}} */
    upload = { onprogress: () => {} };
    /** @type {Record<string, string>} */
    headers = {};
    status = 0;
    responseText = "";
    onload = () => {};
    onerror = () => {};
    onabort = () => {};
    onloadend = () => {};
    ended = false;
    url = "";
    /** @type {Headers | null} */
    #answer = null;

    /** @param {string} _method @param {string} url */
    open(_method, url) {
      this.url = url;
    }

    /** @param {string} name @param {string} value */
    setRequestHeader(name, value) {
      this.headers[name] = value;
    }

    /** @param {string} name */
    getResponseHeader(name) {
      return this.#answer?.get(name) ?? null;
    }

    /** @param {Blob} body */
    async send(body) {
      const { headers } = this;
      const text = await body.text();
      if (this.ended) return;
      http.asked.push({ method: "POST", path: this.url, headers, body: text });
      this.upload.onprogress({ loaded: body.size });
      try {
        /** @type {any} */
        const given = await (http.posts.shift() ?? (() => ({ status: 201 })))();
        this.status = given.status ?? 200;
        const answer = given.body ?? "";
        this.responseText = typeof answer === "string" ? answer : JSON.stringify(answer);
        this.#answer = new Headers(given.headers);
        this.#end(this.onload);
      } catch {
        this.#end(this.onerror);
      }
    }

    abort() {
      this.#end(this.onabort);
    }

    /** @param {() => void} how */
    #end(how) {
      if (this.ended) return;
      this.ended = true;
      how();
      this.onloadend();
    }
  };

export class FakeStorage {
  /** @param {string} key */
  getItem(key) {
    return Object.hasOwn(this, key) ? /** @type {any} */ (this)[key] : null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    /** @type {any} */ (this)[key] = value;
  }

  /** @param {string} key */
  removeItem(key) {
    delete (/** @type {any} */ (this)[key]);
  }
}

/** @param {Record<string, any>} globals */
export function install(globals) {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

/** Install a browser, and return its server. */
export function browser() {
  const http = new FakeHttp();
  FakeSocket.all = [];
  FakeSocket.opens = FakeSocket.answers = true;
  const place = {
    protocol: "http:",
    host: "localhost:18000",
    hostname: "localhost",
    get origin() {
      return `${this.protocol}//${this.host}`;
    },
  };
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  install({
    location: place,
    fetch: http.fetch,
    WebSocket: FakeSocket,
    XMLHttpRequest: fakeRequest(http),
    performance: { now: () => Date.now() },
    document: Object.assign(new EventTarget(), { hidden: false }),
  });
  const events = new EventTarget();
  install({ addEventListener: events.addEventListener.bind(events) });
  return { http, events };
}

/** Let time pass, with everything that happens meanwhile. @param {number} seconds */
export async function pass(seconds, step = 0.25) {
  await settle();
  for (let left = seconds; left > 1e-9; left -= step) {
    mock.timers.tick(Math.min(step, left) * 1000);
    await settle();
  }
}

/** Wait for a condition in real turns, without letting time pass. @param {() => any} condition */
export async function until(condition) {
  const until = performance.now() + 30_000; // threads do some of it, and may wait for a processor
  while (performance.now() < until) {
    if (condition()) return;
    await new Promise((done) => setImmediate(done));
  }
  throw new Error(`it does not come: ${condition}`);
}
