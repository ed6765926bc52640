import assert from "node:assert/strict";
import { test } from "node:test";
import { at, event, FakeStore, makeApp, said, settled, WELCOME } from "../fakes.js";

/** @param {number} from @param {number} to */
const run = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => said(from + i));
const DAY = 86_400;

/** A joined app whose conversation shows these events; it has asked for those before. */
async function showing(/** @type {any[]} */ ...events) {
  const app = makeApp();
  await app.join({ seq: events.at(-1).seq }, false);
  app.events(...events);
  app.network.tell({ kind: "caughtUp" });
  app.flush();
  return app;
}

/** The server answers the last request for older events. */
function older(/** @type {any} */ app, /** @type {any[]} */ events, more = false) {
  const { id, type, before } = app.network.asked.at(-1);
  assert.equal(type, "history");
  app.network.tell({ kind: "history", answer: { id, events, more } });
  app.flush();
  return before;
}

/** What the screen shows must be what a new screen would show. */
function assertSame(/** @type {any} */ app) {
  const shown = app.screen.items;
  app.intents.preferences.choose({ seconds: true });
  app.intents.preferences.choose({ seconds: false });
  app.flush();
  assert.deepEqual(shown, app.screen.items);
}

const kinds = (/** @type {any} */ app) =>
  app.screen.items.map((/** @type {any} */ item) => item.kind).join(" ");

test("one heading covers a run: 5 minutes of one sender on one day", async () => {
  const app = await showing(
    said(1),
    said(2),
    said(3, "ada"),
    said(4),
    said(4 + 299),
    said(4 + 301),
    event("topic", 306, { text: "x" }),
    said(307),
    said(DAY),
  );
  const headed = app.screen.items.filter((each) => each.heading).map((each) => each.seq);
  assert.deepEqual(headed, [1, 3, 4, 305, 307, DAY]);
  assert.equal(kinds(app).match(/day/g)?.length, 2);
  assertSame(app);
});

test("who came and went one after another is one line", async () => {
  const app = await showing(
    event("joined", 1, { name: "eve", member: 5 }),
    event("left", 2, { name: "eve", member: 5, reason: "lost" }),
  );
  app.events(event("joined", 3, { name: "eve", member: 6 }));
  const notice = app.screen.items.at(-1);
  assert.equal(notice?.text, "eve joined");
  assert.deepEqual(
    notice?.more.map((/** @type {string} */ line) => line.slice(6)),
    ["eve joined", "eve lost the connection", "eve joined"],
  );
  app.events(said(4), event("left", 5, { name: "eve", member: 6, reason: "quit" }));
  assert.equal(app.screen.items.at(-1)?.text, "eve left");
  assertSame(app);
});

test("older pages are put above, and runs that meet are joined", async () => {
  const app = await showing(
    event("joined", 50, { name: "eve", member: 5 }),
    said(51),
    said(52),
  );
  const events = [said(48), event("joined", 49, { name: "max", member: 6 })];
  assert.equal(older(app, events), 50);
  assert.equal(kinds(app), "beginning day message notice message message");
  assert.equal(app.screen.items[3]?.text, "max and eve joined");
  assertSame(app);
  app.intents.history.reachedTop();
  assert.equal(app.network.asked.length, 1, "there is nothing older");
});

test("a heading below older messages of its sender goes", async () => {
  const app = await showing(said(50), said(51));
  older(app, [said(48), said(49)], true);
  assert.deepEqual(
    app.screen.items.map((each) => Boolean(each.heading)),
    [false, true, false, false, false],
  );
  assertSame(app);
});

test("any mix of events and pages shows the same as if it came at once", async () => {
  let seed = 7;
  const random = (/** @type {number} */ below) =>
    (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
  const all = Array.from({ length: 3000 }, (_, place) => {
    const seq = place + 1;
    const name = ["bob", "ada", "eve"][random(3)] ?? "";
    const kind = random(8);
    if (kind === 0) return event("joined", seq, { name, member: 9 });
    if (kind === 1) return event("left", seq, { name, member: 9, reason: "quit" });
    if (kind === 2) return event("sparkled", seq, { name });
    if (kind === 3 && seq > 1)
      return event("deleted", seq, { name, target: 1 + random(place) });
    if (kind === 4) return event("locked", seq, { name, on: true });
    return said(seq, name);
  });
  const app = makeApp();
  await app.join();
  for (let place = 0; place < all.length;) {
    const count = 1 + random(120);
    app.events(...all.slice(place, place + count));
    place += count;
    if (random(3) === 0) app.intents.history.reads(random(2) === 0);
    if (random(3) === 0) app.intents.history.reachedTop();
    if (random(3) === 0) app.intents.history.reachedEnd();
    app.flush();
    if (random(6) === 0) app.intents.history.toNewest();
    app.flush();
    assert.ok(app.screen.items.length <= 1_000, String(app.screen.items.length));
    if (random(4) === 0) assertSame(app);
  }
  assertSame(app);
});

test("the events of before are not told, those that come are", async () => {
  const app = makeApp();
  await app.join({ seq: 2 }, false);
  app.events(said(1), said(2));
  app.network.tell({ kind: "caughtUp" });
  assert.equal(app.screen.told.length, 0);
  assert.ok(app.screen.last("messages.toBottom"));
  app.events(said(3));
  assert.deepEqual(
    app.screen.told.map((each) => each.seq),
    [3],
  );
});

test("a full page stays for who reads further up, and says what is missed", async () => {
  const app = await showing(...run(1, 980));
  app.intents.history.reads(true);
  app.events(said(981), said(982));
  assert.deepEqual(app.screen.last("historyBanner.show"), [
    "You are reading older messages. 2 new messages since.",
  ]);
  assert.equal(app.screen.items.at(-1)?.seq, 980);
  app.intents.composer.send("mine");
  app.flush();
  assert.deepEqual(app.screen.last("messages.showPending")?.[0].length, 1);
  assert.deepEqual(app.screen.last("historyBanner.show"), [null]);
  assert.equal(app.screen.items.at(-1)?.seq, 982);
});

test("a message that was deleted is shown so, in its place", async () => {
  const app = await showing(said(1), said(2), said(3));
  app.events(event("deleted", 4, { target: 2, name: "ada" }));
  assert.deepEqual(app.screen.texts.slice(2), ["text 1", "Message deleted by ada", "text 3"]);
  assert.equal(app.screen.items[3]?.kind, "deleted");
});

test("unread messages are counted in the title, with a line above the first", async () => {
  const app = await showing(said(1));
  app.intents.seen(false);
  app.events(said(2, "ada"), said(3), said(4), event("joined", 5, { name: "eve" }));
  assert.deepEqual(app.screen.last("setTitle"), ["(2) #lobby – Chatroom"]);
  assert.equal(kinds(app), "beginning day message message new message message notice");
  app.intents.seen(true);
  app.flush();
  assert.deepEqual(app.screen.last("setTitle"), ["#lobby – Chatroom"]);
  assert.match(kinds(app), /new/);
  app.intents.history.firstUnread();
  app.flush();
  assert.deepEqual(app.screen.last("messages.showPlace"), [5, false]);
  app.intents.composer.send("read it");
  app.flush();
  assert.doesNotMatch(kinds(app), /new/);
  assertSame(app);
});

test("a mention rings and is notified, several messages at once", async () => {
  const app = await showing(said(1));
  app.intents.preferences.choose(/** @type {any} */ ({ notify: "all" }));
  app.intents.seen(false);
  app.events(said(2, "bob", "hi @ada"), said(3, "bob", "you there?"));
  app.tick();
  assert.equal(app.screen.count("ring"), 1);
  assert.deepEqual(app.browser.notified, [["bob in #lobby", "hi @ada\n(and 1 more message)"]]);
  app.events(said(4));
  app.tick();
  assert.equal(app.browser.notified.length, 1, "not so soon");
  app.tick(5);
  assert.equal(app.browser.notified.length, 2);
});

test("a browser that refuses to notify changes nothing else", async () => {
  const notify = () => {
    throw new TypeError("Illegal constructor"); // Chrome on Android
  };
  const store = new FakeStore();
  store.prefer("choices", { notify: "all" });
  const app = makeApp({ store, browser: { notify } });
  await app.join();
  app.intents.seen(false);
  app.events(said(1));
  app.tick(10);
  assert.deepEqual(app.screen.last("setTitle"), ["(1) #lobby – Chatroom"]);
});

test("what arrives before alerts are loaded is told when they are", async () => {
  const store = new FakeStore();
  store.prefer("choices", { notify: "all" });
  const app = makeApp({ store });
  await app.controller.start();
  app.intents.membership.join("ada", "");
  app.network.tell({ kind: "welcomed", welcome: WELCOME, forget: false });
  app.network.tell({ kind: "caughtUp" });
  app.intents.seen(false);
  app.events(said(1, "bob"));
  assert.deepEqual(app.browser.notified, []);
  await settled();
  app.tick();
  assert.equal(app.browser.notified.length, 1);
});

test("permission is asked only when the person turns notifications on", async () => {
  let asked = 0;
  const askPermission = async () => (asked++, "denied");
  const app = makeApp({ browser: { askPermission } });
  await app.join();
  app.intents.preferences.open();
  const [form] = app.screen.last("windows.showPreferences") ?? [];
  app.intents.preferences.choose({ ...form, sound: false });
  assert.equal(asked, 0);
  app.intents.preferences.choose({ ...form, notify: "all" });
  await null;
  assert.equal(asked, 1);
  await null;
  assert.equal(app.store.preference("choices").notify, "off");
});

test("without https the preferences say why there are no notifications", async () => {
  const app = makeApp({ browser: { canNotify: false } });
  await app.join();
  app.intents.preferences.open();
  const [form] = app.screen.last("windows.showPreferences") ?? [];
  assert.equal(form.canNotify, false);
  assert.match(form.notifyHint, /encrypted/);
});

test("text size, theme and the form of times apply at once", async () => {
  const app = await showing(said(1));
  app.intents.preferences.zoom(1);
  app.intents.preferences.toggleTheme();
  app.intents.preferences.choose({ .../** @type {any} */ ({}), hours: 12 });
  app.flush();
  assert.deepEqual(app.screen.last("look.setSize"), [110]);
  assert.deepEqual(app.screen.last("look.setTheme"), ["dark"]);
  assert.match(app.screen.items.at(-1)?.time, / (AM|PM)$/);
});

test("a date is gone to, and a day without messages is said", async () => {
  const app = await showing(said(1));
  app.intents.history.askDate();
  assert.match(app.screen.last("windows.showDate")?.[0], /^2026-11-2\d$/);
  app.intents.history.goToDate("2026-02-30");
  assert.match(app.screen.last("windows.showDateError")?.[0], /year-month-day/);
  app.intents.history.goToDate("2026-11-01");
  const { id, at: start } = app.network.asked.at(-1);
  assert.equal(new Date(start).getHours(), 0);
  app.network.tell({ kind: "history", answer: { id, events: run(500, 520), more: true } });
  app.flush();
  assert.ok(app.screen.last("windows.closeDate"));
  assert.match(app.screen.last("say")?.[0], /There are no messages from .*1/);
  assert.deepEqual(app.screen.last("messages.showPlace"), [1, false]);
});

test("a failure to load is said once, and can be tried again", async () => {
  const app = await showing(said(100));
  older(app, run(40, 99), true);
  app.intents.history.reachedTop();
  const problem = { code: "storage", reason: "The disk broke." };
  app.network.tell({ kind: "requestFailed", id: app.network.asked.at(-1).id, problem });
  assert.equal(app.screen.last("say")?.[0], "Older messages cannot be loaded: The disk broke.");
  app.intents.history.reachedTop();
  assert.equal(app.network.asked.length, 3);
});

test("an end that could not be loaded is looked at again when that may succeed", async () => {
  const app = await showing(said(100));
  older(app, run(40, 99), true);
  const fail = (/** @type {any} */ problem) => {
    app.intents.history.reachedTop();
    app.network.tell({ kind: "requestFailed", id: app.network.asked.at(-1).id, problem });
  };
  fail({ code: "rate_limited", retryAfter: 1 });
  assert.equal(app.screen.count("messages.watchEnds"), 1, "when the server says");
  fail({ code: "disconnected" });
  assert.equal(app.screen.count("messages.watchEnds"), 1);
  app.network.tell({ kind: "caughtUp" });
  app.network.tell({ kind: "caughtUp" });
  assert.equal(app.screen.count("messages.watchEnds"), 2, "once, when connected again");
});

test("the search goes through the page, then through all history", async () => {
  const app = await showing(...run(1, 5));
  app.screen.marks = 3;
  app.intents.search.open();
  app.intents.search.find("text");
  assert.deepEqual(app.screen.last("search.showState"), ["1 of 3"]);
  app.intents.search.next(1);
  assert.deepEqual(app.screen.last("messages.showFound"), [1]);
  app.intents.search.next(-1);
  app.intents.search.next(-1);
  assert.deepEqual(app.screen.last("messages.showFound"), [0]);
  app.screen.marks = 0;
  app.intents.search.find("cake");
  app.intents.search.next(1);
  const asked = app.network.asked.at(-1);
  assert.deepEqual([asked.type, asked.text, asked.limit], ["search", "cake", 50]);
  const file = { id: "f1", name: "cake.txt" };
  const events = [said(2, "bob", "a cake"), { ...event("shared", 1), file }];
  const answer = { id: asked.id, events, more: true, before: 1 };
  app.network.tell({ kind: "found", answer });
  const more = app.network.asked.at(-1);
  assert.deepEqual([more.before, more.limit], [1, 48], "fewer than wanted came");
  app.network.tell({ kind: "found", answer: { id: more.id, events: [], more: false } });
  const results = app.screen.last("search.showResults")?.[0];
  assert.equal(results.summary, "2 results in all history");
  assert.deepEqual(
    results.rows.map((/** @type {any} */ row) => row.text),
    ["a cake", "shared cake.txt"],
  );
  app.events(event("deleted", 9, { target: 2, name: "bob" }));
  assert.equal(app.screen.last("search.showResults")?.[0].rows.length, 1);
});

test("results are hidden with a member, and follow edits", async () => {
  const app = await showing(...run(1, 5));
  app.intents.search.find("cake");
  app.intents.search.next(1);
  const { id } = app.network.asked.at(-1);
  const file = { id: "f1", name: "cake.txt" };
  const found = [said(2, "bob", "a cake"), { ...event("shared", 1), file }];
  app.network.tell({ kind: "found", answer: { id, events: found, more: false } });
  const texts = () => {
    app.flush();
    const [shown] = app.screen.last("search.showResults") ?? [];
    return shown.rows.map((/** @type {any} */ row) => row.text);
  };
  assert.deepEqual(texts(), ["a cake", "shared cake.txt"]);
  app.intents.conversation.ignore("bob", true);
  assert.deepEqual(texts(), ["Message from bob hidden", "Message from bob hidden"]);
  app.intents.conversation.showHidden(2);
  assert.deepEqual(texts(), ["a cake", "Message from bob hidden"]);
  app.intents.conversation.ignore("bob", false);
  app.events(event("edited", 9, { target: 2, name: "bob", text: "two cakes" }));
  assert.deepEqual(texts(), ["two cakes", "shared cake.txt"]);
});

test("results that are not loaded follow edits and deletions", async () => {
  const app = await showing(...run(101, 105));
  app.intents.search.find("cake");
  app.intents.search.next(1);
  const request = () => app.network.asked.at(-1);
  const file = { id: "f1", name: "cake.txt" };
  const events = [
    said(9, "bob", "cake"),
    said(7, "bob", "cake"),
    { ...event("shared", 5), file },
    said(3, "bob", "//me cake"),
  ];
  const rows = () => {
    const [shown] = app.screen.last("search.showResults") ?? [];
    return shown.rows.map((/** @type {any} */ row) => row.text);
  };
  // One is deleted before the answer comes,
  app.events(event("deleted", 106, { target: 9, name: "mod" }));
  app.network.tell({
    kind: "found",
    answer: { id: request().id, events, more: true, before: 2 },
  });
  // two when further results failed,
  app.network.tell({ kind: "requestFailed", id: request().id, problem: { code: "storage" } });
  assert.deepEqual(rows(), ["cake", "shared cake.txt", "/me cake"]);
  app.events(event("deleted", 107, { target: 7, name: "mod" }));
  assert.deepEqual(rows(), ["shared cake.txt", "/me cake"]);
  app.events(event("deleted", 108, { target: 5, name: "mod" }));
  assert.deepEqual(rows(), ["/me cake"]);
  // and one changes while they are asked for again.
  app.intents.search.more();
  app.events(event("edited", 109, { target: 3, name: "bob", text: "two cakes" }));
  assert.deepEqual(rows(), ["two cakes"]);
});

test("a member who is reconnecting has seconds, which go on", async () => {
  const app = await showing(said(1));
  const away = { name: "bob", member: 2, state: "away" };
  app.network.tell({ kind: "presence", presence: away });
  app.tick(18);
  const bob = () => app.screen.last("members.show")?.[0][1];
  assert.deepEqual([bob().away, bob().left], [true, "for 18 s"]);
  app.network.tell({ kind: "presence", presence: { ...away, state: "active" } });
  app.flush();
  assert.deepEqual([bob().away, bob().left], [false, ""]);
});

test("a restored room is shown anew", async () => {
  const app = await showing(said(1), said(2));
  const welcome = { ...(await import("../fakes.js")).WELCOME, seq: 1, journal: "j1" };
  app.network.tell({ kind: "welcomed", welcome, forget: true });
  app.events(said(1, "bob", "restored"));
  assert.deepEqual(app.screen.texts.slice(-1), ["restored"]);
  assert.equal(at(1), app.screen.items.at(-1)?.iso);
});
