import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { copy, emptyBrowser } from "./fake_browser_storage.js";
import { install } from "./fakes.js";

const membership = { token: "t1", name: "alice", after: 7, afterAt: "", journal: "j1" };
/** @param {string} id @param {number} order */
const message = (id, order) => ({
  id,
  text: `text of ${id}`,
  name: "alice",
  journal: "j1",
  tried: false,
  order,
});
/** @param {import("../../../server/web/network/api.js").Store} store */
const ids = async (store) => (await store.outgoing()).map((each) => each.id);
/** @param {import("../../../server/web/network/api.js").Store} store */
const left = async (store) => (await store.leftOver()).map((each) => each.id);

for (const secure of [true, false]) {
  describe(secure ? "with locks" : "without locks", () => {
    /** @type {ReturnType<typeof emptyBrowser>} */
    let browser;
    beforeEach(() => {
      browser = emptyBrowser(secure);
    });

    test("a reload keeps the tab, its membership and its messages", async () => {
      const { store, session, close } = await browser.open();
      assert.equal(store.membership(), null);
      store.keepMembership(membership);
      await store.keep(message("b", 2));
      await store.keep(message("a", 1));
      close();
      const { store: again } = await browser.open(session);
      assert.equal(again.tab, store.tab);
      assert.deepEqual(again.membership(), membership);
      assert.deepEqual(await ids(again), ["a", "b"]);
      again.keepMembership(null);
      assert.equal(again.membership(), null);
    });

    test("a duplicated tab is another one, and joins afresh", async () => {
      const { store, session } = await browser.open();
      store.keepMembership(membership);
      await store.keep(message("a", 1));
      const { store: other } = await browser.open(copy(session));
      assert.notEqual(other.tab, store.tab);
      assert.equal(other.membership(), null);
      assert.deepEqual(await ids(other), []);
    });

    test("what a closed tab had not sent is offered to one other tab", async () => {
      const first = await browser.open();
      await first.store.keep(message("a", 1));
      const second = await browser.open();
      const third = await browser.open();
      assert.deepEqual(await left(second.store), []);
      first.close();
      assert.deepEqual(await ids(second.store), []);
      assert.deepEqual(await left(second.store), ["a"]);
      assert.deepEqual(await left(third.store), []);
      assert.deepEqual(await ids(second.store), ["a"], "it belongs to that tab from now on");
    });

    test("tabs that are restored together keep their messages", async () => {
      const [one, two] = [await browser.open(), await browser.open()];
      await one.store.keep(message("a", 1));
      await two.store.keep(message("b", 1));
      one.close();
      two.close();
      const first = await browser.open(one.session);
      assert.deepEqual(await ids(first.store), ["a"]);
      const second = await browser.open(two.session);
      assert.deepEqual(await left(first.store), [], "a moment later");
      assert.deepEqual(await ids(second.store), ["b"]);
    });

    test("a confirmed message is forgotten, a failed one kept with its problem", async () => {
      const { store } = await browser.open();
      await store.keep(message("a", 1));
      await store.keep(message("b", 2));
      await store.keep({ ...message("b", 2), failed: { code: "muted" } });
      await store.forget("a");
      const [kept, ...none] = await store.outgoing();
      assert.deepEqual([kept?.failed?.code, none.length], ["muted", 0]);
    });
  });
}

test("a message is kept at once, also where the page ends before the database has it", async () => {
  const browser = emptyBrowser(true);
  const { store, session, close } = await browser.open();
  void store.keep(message("a", 1));
  browser.databases.rows.clear();
  browser.databases.fails = "the page has ended";
  close();
  const { store: again } = await browser.open(session);
  assert.deepEqual(await ids(again), ["a"]);
});

test("a message is kept once", async () => {
  const browser = emptyBrowser(true);
  const { store } = await browser.open();
  await store.keep(message("a", 1));
  assert.deepEqual(
    Object.keys(globalThis.localStorage).filter((key) => key.includes("outgoing")),
    [],
  );
  assert.deepEqual(await ids(store), ["a"]);
});

describe("a browser that keeps little", () => {
  test("has localStorage where there is no database", async () => {
    const browser = emptyBrowser(true);
    browser.databases.fails = "private window";
    const { store, session, close } = await browser.open();
    await store.keep(message("b", 2));
    await store.keep(message("a", 1));
    close();
    const { store: again } = await browser.open(session);
    assert.deepEqual(await ids(again), ["a", "b"]);
    await again.forget("a");
    assert.deepEqual(await ids(again), ["b"]);
  });

  test("opens a database again that the browser closed", async () => {
    const browser = emptyBrowser(true);
    const { store } = await browser.open();
    await store.keep(message("a", 1));
    browser.databases.closedUpTo = browser.databases.opened;
    await store.keep(message("b", 2));
    assert.deepEqual([...browser.databases.rows.keys()], ["a", "b"]);
    assert.deepEqual(await ids(store), ["a", "b"]);
  });

  test("keeps nothing, and the page goes on", async () => {
    const browser = emptyBrowser(true);
    browser.databases.fails = "no";
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(globalThis, name, {
        get() {
          throw new DOMException("no", "SecurityError");
        },
        set() {},
        configurable: true,
      });
    }
    const { openStore } = await import("../../../server/web/network/store.js");
    const store = await openStore();
    await store.keep(message("a", 1));
    await store.forget("a");
    store.keepMembership(membership);
    store.prefer("theme", "dark");
    assert.deepEqual(await store.outgoing(), []);
    assert.equal(store.membership(), null);
    assert.equal(store.preference("theme"), undefined);
    assert.ok(store.tab);
    install({ localStorage: undefined, sessionStorage: undefined });
  });
});

test("a tab keeps its own draft, and a new one gets the last", async () => {
  const browser = emptyBrowser(true);
  const half = { text: "half a thou", journal: "j1" };
  const { store, session, close } = await browser.open();
  store.prefer("draft", half);
  const { store: other } = await browser.open();
  assert.deepEqual(other.preference("draft"), half);
  other.prefer("draft", "");
  close();
  const { store: again } = await browser.open(session);
  assert.deepEqual(again.preference("draft"), half);
});

test("a choice is kept for all tabs", async () => {
  const browser = emptyBrowser(true);
  const { store } = await browser.open();
  const { store: other } = await browser.open();
  store.prefer("hours", 12);
  assert.equal(other.preference("hours"), 12);
  store.prefer("hours", undefined);
  assert.equal(other.preference("hours"), undefined);
});
