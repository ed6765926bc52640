/** What tabs of one browser share: a database, locks, channels. */
import { install, FakeStorage } from "./fakes.js";

/** As much of IndexedDB as one object store needs. `fails`: why it does not open. */
export class FakeDatabases {
  /** @type {Map<string, any>} */
  rows = new Map();
  fails = "";
  opened = 0;
  /** Transactions of connections up to this one fail: the browser closed them. */
  closedUpTo = 0;

  open() {
    /** @type {any} */
    const opening = {};
    const number = ++this.opened;
    setImmediate(() => {
      if (this.fails) return opening.onerror?.(new Error(this.fails));
      opening.result = {
        createObjectStore: () => {},
        transaction: () => this.#transaction(number),
      };
      if (number === 1) opening.onupgradeneeded?.();
      opening.onsuccess?.();
    });
    return opening;
  }

  /** @param {number} number */
  #transaction(number) {
    if (number <= this.closedUpTo) throw new DOMException("closed", "InvalidStateError");
    /** @type {any} */
    const made = {};
    let open = 0;
    /** @param {() => any} work */
    const ask = (work) => {
      /** @type {any} */
      const asked = {};
      open += 1;
      setImmediate(() => {
        asked.result = work();
        asked.onsuccess?.();
        open -= 1;
        if (!open) made.oncomplete?.();
      });
      return asked;
    };
    made.objectStore = () => ({
      getAll: () => ask(() => structuredClone([...this.rows.values()])),
      put: (/** @type {any} */ row) => ask(() => this.rows.set(row.id, structuredClone(row))),
      delete: (/** @type {string} */ id) => ask(() => this.rows.delete(id)),
    });
    return made;
  }
}

/** The locks of a browser; `tab` is the one that asks. */
export class FakeLocks {
  /** @type {Map<string, string>} */
  held = new Map();
  tab = "";

  /** @param {string} name @param {{signal: AbortSignal}} options @param {() => any} take */
  request(name, { signal }, take) {
    if (!this.held.has(name)) {
      this.held.set(name, this.tab);
      return Promise.resolve(take());
    }
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    });
  }

  async query() {
    return { held: [...this.held.keys()].map((name) => ({ name })) };
  }

  /** @param {string} tab closed: its locks end */
  close(tab) {
    for (const [name, holder] of this.held) if (holder === tab) this.held.delete(name);
  }
}

export class FakeChannel {
  /** @type {Set<FakeChannel>} */
  static all = new Set();
  /** The tab that opens channels now. */
  static tab = "";
  tab = FakeChannel.tab;
  /** @type {((event: any) => void) | null} */
  onmessage = null;

  constructor() {
    FakeChannel.all.add(this);
  }

  /** @param {any} data */
  postMessage(data) {
    for (const other of FakeChannel.all) {
      if (other !== this) setImmediate(() => other.onmessage?.({ data }));
    }
  }

  close() {
    FakeChannel.all.delete(this);
  }
}

/** A browser without tabs. @param {boolean} secure whether it has locks */
export function emptyBrowser(secure) {
  const databases = new FakeDatabases();
  const locks = new FakeLocks();
  FakeChannel.all.clear();
  install({
    indexedDB: databases,
    localStorage: new FakeStorage(),
    BroadcastChannel: FakeChannel,
    navigator: secure ? { locks } : {},
  });
  let tabs = 0;
  return {
    databases,
    /** A tab, also one after a reload or copied from another by its `session`. */
    async open(session = new FakeStorage()) {
      const tab = `${++tabs}`;
      locks.tab = FakeChannel.tab = tab;
      install({ sessionStorage: session });
      const { openStore } = await import(
        `../../../server/web/network/store.js?${Math.random()}`
      );
      /** @type {import("../../../server/web/network/api.js").Store} */
      const store = await openStore();
      const close = () => {
        locks.close(tab);
        for (const channel of FakeChannel.all) {
          if (channel.tab === tab) FakeChannel.all.delete(channel);
        }
      };
      return { store, session, close };
    },
  };
}

/** What a duplicated tab begins with. @param {FakeStorage} session */
export const copy = (session) => Object.assign(new FakeStorage(), session);
