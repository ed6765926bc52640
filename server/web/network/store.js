/**
 * What outlives a page: outgoing messages in IndexedDB (localStorage where that fails), the
 * membership in sessionStorage, choices in localStorage.
 *
 * A tab has an id in sessionStorage, which a duplicated tab copies. So each tab holds a claim on
 * its id: a lock of the browser over TLS, and an answer on a channel without (there are no locks).
 */

import { newId } from "./http.js";

/** @import {Store} from "./api.js" */
/** @import {Row, Rows} from "./types.js" */

const NAME = "chatroom";
const OUTGOING = `${NAME}.outgoing.`;
/** Milliseconds that another tab has to answer, and that a lock may outlive its page. */
const ANSWER_WITHIN = 300;
const LOCKED_FOR = 1_000;

/** @param {Row[]} rows */
const sorted = (rows) => rows.sort((one, other) => one.order - other.order);

/** @returns {Promise<Store>} */
export async function openStore() {
  const before = kept(sessionStorage_(), "tab");
  const mine = before && (await claim(before)) ? before : newId();
  if (mine !== before) {
    put(sessionStorage_(), "tab", mine);
    put(sessionStorage_(), "membership", undefined);
    await claim(mine, true);
  }
  const rows = openRows();
  return {
    tab: mine,
    membership: () => kept(sessionStorage_(), "membership") ?? null,
    keepMembership: (membership) =>
      put(sessionStorage_(), "membership", membership ?? undefined),
    outgoing: async () => sorted((await rows.all()).filter(({ tab }) => tab === mine)),
    async leftOver() {
      const all = await rows.all();
      const others = [...new Set(all.map(({ tab }) => tab))].filter((tab) => tab !== mine);
      const closed = await Promise.all(others.map(isClosed));
      const left = others.filter((_, place) => closed[place]);
      return left.length ? sorted(await rows.take(left, mine)) : [];
    },
    keep: (message) => rows.put({ ...message, tab: mine }),
    forget: (id) => rows.delete(id),
    preference: (name) => kept(sessionStorage_(), name) ?? kept(localStorage_(), name),
    prefer(name, value) {
      put(localStorage_(), name, value);
      if (name === "draft") put(sessionStorage_(), name, value); // another tab has another
    },
  };
}

// --- which tabs are open ------------------------------------------------------------------------

/** Take the id; false: another tab has it. @param {string} tab @returns {Promise<boolean>} */
async function claim(tab, isNew = false) {
  if (navigator.locks) {
    return new Promise((done) => {
      const signal = AbortSignal.timeout(LOCKED_FOR); // of the page before a reload
      const hold = () => {
        done(true);
        return new Promise(() => {});
      };
      navigator.locks.request(`${NAME}.${tab}`, { signal }, hold).catch(() => done(false));
    });
  }
  if (!isNew && !(await isClosed(tab))) return false;
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => {
    if (data.ask === tab) channel.postMessage({ open: tab });
  };
  return true;
}

/** @param {string} tab @returns {Promise<boolean>} */
async function isClosed(tab) {
  if (navigator.locks) {
    const { held } = await navigator.locks.query();
    return !held?.some((lock) => lock.name === `${NAME}.${tab}`);
  }
  const asking = new BroadcastChannel(NAME);
  const answer = new Promise((done) => {
    setTimeout(done, ANSWER_WITHIN, true);
    asking.onmessage = ({ data }) => data.open === tab && done(false);
  });
  asking.postMessage({ ask: tab });
  const closed = await answer;
  asking.close();
  return closed;
}

// --- outgoing messages --------------------------------------------------------------------------

/**
 * Those of the database, and of localStorage what is not there yet: it writes at once, so that a
 * page may end right after.
 *
 * @returns {Rows}
 */
function openRows() {
  const database = databaseRows();
  const spare = storageRows();
  /** @param {(rows: Rows) => Promise<Row[]>} ask */
  const both = async (ask) => {
    const found = [...(await ask(database).catch(() => [])), ...(await ask(spare))];
    return [...new Map(found.map((row) => [row.id, row])).values()];
  };
  return {
    all: () => both((rows) => rows.all()),
    take: (tabs, to) => both((rows) => rows.take(tabs, to)),
    async put(row) {
      await spare.put(row);
      await database.put(row).then(
        () => spare.delete(row.id),
        () => {},
      );
    },
    async delete(id) {
      await spare.delete(id);
      await database.delete(id).catch(() => {});
    },
  };
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () =>
      opening.result.createObjectStore("outgoing", { keyPath: "id" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = opening.onblocked = reject;
    setTimeout(reject, 2_000);
  });
}

/** @returns {Rows} */
function databaseRows() {
  /** @type {Promise<IDBDatabase> | undefined} */
  let opened;
  /**
   * @param {(rows: IDBObjectStore) => IDBRequest} work
   * @param {IDBDatabase} database
   * @returns {Promise<any>} its result, once it is on disk
   */
  const change = (work, database) =>
    new Promise((resolve, reject) => {
      const made = database.transaction("outgoing", "readwrite", { durability: "strict" });
      const asked = work(made.objectStore("outgoing"));
      made.oncomplete = () => resolve(asked.result);
      made.onerror = made.onabort = () => reject(made.error);
    });
  /** @param {(rows: IDBObjectStore) => IDBRequest} work */
  const run = async (work) => {
    const database = await (opened ??= openDatabase());
    return change(work, database).catch(async () => {
      // Safari closes the database of a page that slept; a new connection works.
      opened = openDatabase();
      return change(work, await opened);
    });
  };
  return {
    all: () => run((rows) => rows.getAll()),
    async take(tabs, to) {
      /** @type {Row[]} */
      const found = await run((rows) => {
        const asked = rows.getAll();
        asked.onsuccess = () => {
          for (const row of asked.result) {
            if (tabs.includes(row.tab)) rows.put({ ...row, tab: to });
          }
        };
        return asked;
      });
      return found.filter((row) => tabs.includes(row.tab));
    },
    put: (row) => run((rows) => rows.put(row)),
    delete: (id) => run((rows) => rows.delete(id)),
  };
}

/** @returns {Rows} */
function storageRows() {
  const storage = localStorage_();
  /** @returns {Row[]} */
  const all = () =>
    Object.keys(storage ?? {})
      .filter((key) => key.startsWith(OUTGOING))
      .map((key) => kept(storage, key.slice(NAME.length + 1)))
      .filter((row) => row);
  const set = async (/** @type {string} */ id, /** @type {Row | undefined} */ row) =>
    put(storage, `outgoing.${id}`, row);
  return {
    all: async () => all(),
    async take(tabs, to) {
      const found = all().filter((row) => tabs.includes(row.tab));
      for (const row of found) await set(row.id, { ...row, tab: to });
      return found;
    },
    put: (row) => set(row.id, row),
    delete: (id) => set(id, undefined),
  };
}

// --- storages, which a browser may forbid -------------------------------------------------------

function sessionStorage_() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function localStorage_() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** @param {Storage | null} storage @param {string} name @returns {any} */
function kept(storage, name) {
  try {
    const text = storage?.getItem(`${NAME}.${name}`);
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Storage | null} storage @param {string} name @param {any} value */
function put(storage, name, value) {
  try {
    if (value === undefined) storage?.removeItem(`${NAME}.${name}`);
    else storage?.setItem(`${NAME}.${name}`, JSON.stringify(value));
  } catch {
    // full, or forbidden
  }
}
