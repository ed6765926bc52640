/** Fakes of network, store, screen and browser, and a controller between them. */

// Those that are loaded later, so that they are there at once.
import "../../server/web/controller/acting.js";
import "../../server/web/controller/emoji_table.js";
import "../../server/web/controller/export.js";
import "../../server/web/controller/help.js";
import "../../server/web/controller/installing.js";
import "../../server/web/controller/moderation.js";
import "../../server/web/controller/pictures.js";
import "../../server/web/controller/report.js";
import "../../server/web/controller/searching.js";
import "../../server/web/controller/other_room.js";
import { makeController } from "../../server/web/controller/controller.js";

/** @typedef {Record<string, any>} Any */

/** Records what the controller asks for; `tell` is an event of the network. */
export class FakeNetwork {
  /** @type {Any[]} */ sessions = [];
  /** @type {Any[]} */ sent = [];
  /** @type {Any[]} */ asked = [];
  /** @type {Any[]} */ uploads = [];
  /** @type {string[]} */ calls = [];
  /** Why the room takes no file. @type {Any | null} */ problem = null;
  /** @type {Any | null} */
  answer = { room: "lobby", journal: "j1", password: false, active: 2, max_users: 12 };
  room = async () => this.answer;
  connect = (/** @type {Any} */ options, /** @type {any} */ tell) =>
    void this.sessions.push({ options, tell });
  send = (/** @type {Any} */ message) => void this.sent.push(message);
  ask = (/** @type {Any} */ query) => void this.asked.push(query);
  upload = (/** @type {string} */ key, /** @type {any} */ file) =>
    void this.uploads.push({ key, file });
  typing = () => void this.calls.push("typing");
  unfit = async () => this.problem;
  cancelUpload = (/** @type {string} */ key) => void this.calls.push(`cancel ${key}`);
  reconnectNow = () => void this.calls.push("reconnectNow");
  checkNow = () => void this.calls.push("checkNow");
  leave = () => void this.calls.push("leave");
  fetchText = async () => ({ text: "all of it", cut: false });
  /** The origin of the host that it is connected to; empty: that of the page. */
  host = "";
  /** @type {string[]} */ hosts = [];
  place = (/** @type {string} */ path) => this.host + path;

  get options() {
    return this.sessions.at(-1)?.options;
  }

  tell(/** @type {Any} */ event, session = this.sessions.at(-1)) {
    session?.tell(event);
  }
}

/** Keeps all in memory; `disk` is what another page would find. */
export class FakeStore {
  tab = "t1";
  /** @type {Any | null} */ kept = null;
  /** @type {Map<string, Any>} */ disk = new Map();
  /** @type {Map<string, any>} */ choices = new Map();
  /** @type {string[]} */ writes = [];
  /** When set, writes wait for it. @type {Promise<void> | null} */ gate = null;
  membership = () => this.kept;
  keepMembership = (/** @type {Any | null} */ membership) => void (this.kept = membership);
  outgoing = async () => [...this.disk.values()].sort((one, other) => one.order - other.order);
  /** Those of closed tabs. @type {Any[]} */ left = [];
  leftOver = async () => this.left.splice(0);
  keep = async (/** @type {Any} */ message) => {
    await this.gate;
    this.writes.push(`keep ${message.text}`);
    this.disk.set(message.id, message);
  };
  forget = async (/** @type {string} */ id) => {
    await this.gate;
    this.disk.delete(id);
  };
  preference = (/** @type {string} */ name) => this.choices.get(name);
  prefer = (/** @type {string} */ name, /** @type {any} */ value) =>
    void this.choices.set(name, value);
}

/** The conversation as it stands on screen, and all other calls by their path. */
export class FakeScreen {
  /** @type {Any[]} */ items = [];
  /** @type {Any[]} */ told = [];
  /** @type {[string, any[]][]} */ calls = [];
  /** How many places `mark` finds. */
  marks = 0;
  /** @type {any} */ all;

  constructor() {
    const messages = {
      append: (/** @type {Any[]} */ items, /** @type {boolean} */ live) => {
        this.items.push(...items);
        if (live) this.told.push(...items);
      },
      prepend: (/** @type {Any[]} */ items, /** @type {number} */ insteadOf) =>
        this.items.splice(0, insteadOf, ...items),
      drop: (/** @type {number} */ oldest, /** @type {number} */ newest) => {
        this.items.splice(0, oldest);
        this.items.splice(this.items.length - newest, newest);
      },
      change: (/** @type {[number, Any][]} */ items) => {
        for (const [place, item] of items) this.items[place] = item;
      },
      clear: () => (this.items = []),
      mark: () => this.marks,
    };
    this.all = this.#part("", { messages });
  }

  /** What a call was given last; undefined: it was never made. */
  last(/** @type {string} */ path) {
    return this.calls.findLast(([name]) => name === path)?.[1];
  }

  count(/** @type {string} */ path) {
    return this.calls.filter(([name]) => name === path).length;
  }

  /** The texts of what the conversation shows. */
  get texts() {
    return this.items.map((each) => each.text ?? each.name);
  }

  #part(/** @type {string} */ path, /** @type {any} */ own) {
    const record = (/** @type {any[]} */ ...args) => {
      this.calls.push([path, args]);
      return own?.(...args);
    };
    return new Proxy(typeof own === "function" ? record : Object.assign(record, own), {
      get: (target, name) =>
        typeof name === "symbol"
          ? undefined
          : this.#part(path ? `${path}.${name}` : name, own?.[name]),
      apply: (_target, _this, args) => record(...args),
    });
  }
}

export const WELCOME = {
  type: "welcome",
  you: "ada",
  member: 1,
  token: "tok",
  seq: 0,
  reset: false,
  max_users: 12,
  limits: { text: 100, file: 1000 },
  members: [
    { name: "ada", member: 1, state: "active", role: "member" },
    { name: "bob", member: 2, state: "active", role: "member" },
  ],
  room: "lobby",
  journal: "j1",
  features: ["moderation", "deleting"],
  role: "member",
  topic: "",
  locked: false,
  slow: 0,
};

const FEATURES =
  "moderation deleting replies reactions editing pins renaming notes typing media";

/** What the `welcome` of a room has that can do all. */
export const ALL = {
  features: FEATURES.split(" "),
  limits: { text: 100, file: 1000, files: "text", edit: 3600 * 24 * 999 },
};

const BEGAN = Date.parse("2026-11-22T08:00:00Z");

/** The time of the event `seq`, one second after the one before it. */
export const at = (/** @type {number} */ seq) => new Date(BEGAN + seq * 1000).toISOString();

export const said = (
  /** @type {number} */ seq,
  name = "bob",
  text = `text ${seq}`,
  more = {},
) => ({
  type: "said",
  seq,
  at: at(seq),
  name,
  member: name === "ada" ? 1 : 2,
  text,
  ...more,
});

export const event = (
  /** @type {string} */ type,
  /** @type {number} */ seq,
  /** @type {Any} */ more = {},
) => ({ type, seq, at: at(seq), name: "bob", ...more });

/** The membership has ended. @param {string} why @param {any} [problem] */
export const ended = (why, problem = null, clean = true) => ({
  kind: "ended",
  why,
  problem,
  clean,
});

/** Let everything that waits for a promise go on. */
export const settled = () => new Promise((done) => setImmediate(done));

/** A controller between fakes; nothing waits: `tick` moves the clock, `flush` draws. */
export function makeApp(/** @type {Any} */ given = {}) {
  const network = given.network ?? new FakeNetwork();
  const store = given.store ?? new FakeStore();
  const screen = new FakeScreen();
  /** @type {(() => void)[]} */
  let frames = [];
  let now = 100;
  /** @type {Any} */
  const browser = {
    canNotify: true,
    permission: () => "granted",
    askPermission: async () => "granted",
    notified: [],
    notify: (/** @type {string} */ title, /** @type {string} */ text) =>
      browser.notified.push([title, text]),
    withdraw: () => {},
    downloads: [],
    download: (/** @type {string} */ url) => browser.downloads.push(url),
    getJson: async () => null,
    getText: async () => "",
    makeUrl: (/** @type {any} */ blob) => `blob:${blob.name}`,
    revoked: [],
    revokeUrl: (/** @type {string} */ url) => browser.revoked.push(url),
    isDark: () => false,
    ...given.browser,
  };
  const page = {
    room: "lobby",
    key: "",
    encrypted: false,
    local: false,
    version: "1.2",
    origin: "https://host:18000",
    ...given.page,
  };
  const controller = makeController(
    /** @type {any} */ ({
      network,
      store,
      screen: screen.all,
      browser,
      page,
      clock: () => now,
      wall: () => new Date(BEGAN + 3_600_000),
      timers: {
        frame: (/** @type {() => void} */ run) => frames.push(run),
        later: (/** @type {() => void} */ run) => run(),
      },
    }),
  );
  const flush = () => {
    while (frames.length) {
      const runs = frames;
      frames = [];
      for (const run of runs) run();
    }
  };
  return {
    browser,
    controller,
    intents: controller.intents,
    network,
    screen,
    store,
    flush,
    tick(seconds = 1) {
      now += seconds;
      controller.tick();
      flush();
    },
    /** Events of the room come. */
    events(/** @type {Any[]} */ ...all) {
      for (const each of all) network.tell({ kind: "event", event: each });
      flush();
    },
    /** Join as ada; `welcome` changes the welcome. */
    async join(/** @type {Any} */ welcome = {}, caughtUp = true) {
      await controller.start();
      if (!network.sessions.length) controller.intents.membership.join("ada", "");
      network.tell({ kind: "welcomed", welcome: { ...WELCOME, ...welcome }, forget: false });
      if (caughtUp) network.tell({ kind: "caughtUp" });
      flush();
      // What is loaded when it is needed first is there.
      controller.intents.moderation.bansClosed();
      controller.intents.report.closed();
      controller.intents.search.close();
      controller.intents.attachments.remove("");
      controller.intents.pictures.closed();
      controller.intents.conversation.showHidden(0);
      await settled();
    },
  };
}
