/** What a person does with messages: replies, edits, reactions, pins, links. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL, at, event, makeApp, said, settled } from "../fakes.js";

/** @typedef {any} Any */

/** An app in a room that can do all. @param {Any} [welcome] @param {Any} [given] */
async function joined(welcome = {}, given = {}) {
  const app = makeApp(given);
  await app.join({ ...ALL, ...welcome });
  return app;
}
/** The last request, without its id. @param {Any} app */
const asked = (app) => {
  const query = { ...app.network.asked.at(-1) };
  delete query.id;
  return query;
};
const item = (/** @type {Any} */ app, place = -1) => app.screen.items.at(place);
const last = (/** @type {Any} */ app, /** @type {string} */ path) => app.screen.last(path);
const fail = (/** @type {Any} */ app, /** @type {Any} */ problem) => {
  app.network.tell({ kind: "requestFailed", id: app.network.asked.at(-1).id, problem });
  app.flush();
};

test("the features and the role decide what can be done with messages", async () => {
  const app = await joined();
  const none = { remove: "own", reply: true, react: true, edit: true, pin: false };
  assert.deepEqual(last(app, "messages.allow"), [none]);
  const old = makeApp();
  await old.join();
  const { reply, react, edit, pin } = last(old, "messages.allow")[0];
  assert.deepEqual([reply, react, edit, pin], [false, false, false, false]);
});

test("a reply is sent with what it answers, and shows it while it waits", async () => {
  const app = await joined();
  app.events(said(1, "bob", "how\nare you?"));
  app.intents.conversation.reply(1);
  assert.deepEqual(last(app, "composer.showContext"), [
    { kind: "reply", title: "Replying to bob", text: "how are you?" },
  ]);
  assert.ok(app.intents.composer.send("fine"));
  await settled();
  app.flush();
  assert.deepEqual(last(app, "composer.showContext"), [null]);
  const { reply_to: to } = app.network.sent[0];
  const [pending] = last(app, "messages.showPending")[0];
  assert.deepEqual(
    [to, pending.quote],
    [1, { seq: 1, name: "bob", colour: 2, text: "how are you?", gone: false }],
  );
  assert.equal([...app.store.disk.values()][0]?.reply_to, 1, "it outlives a reload");
  app.intents.composer.send("more");
  await settled();
  assert.equal(app.network.sent[1].reply_to, undefined);
});

test("a reply says what became of its parent", async () => {
  const app = await joined();
  const quote = { name: "bob", text: "text 1" };
  app.events(said(1), said(2, "ada", "yes", { reply_to: 1, quote }));
  app.events(event("edited", 3, { target: 1, text: "*better* `now`" }));
  assert.equal(item(app).extras.quote.text, "better now");
  app.events(event("deleted", 4, { target: 1 }));
  assert.deepEqual(
    [item(app).extras.quote.text, item(app).extras.quote.gone],
    ["Message deleted", true],
  );
  app.events(said(5, "ada", "lost", { reply_to: 900 }));
  assert.ok(item(app).extras.quote.gone, "the server has no such message any more");
});

test("a reply to a message that is deleted meanwhile is a message like any other", async () => {
  const app = await joined();
  app.events(said(1));
  app.intents.conversation.reply(1);
  app.events(event("deleted", 2, { target: 1 }));
  assert.deepEqual(last(app, "composer.showContext"), [null]);
  app.intents.composer.send("hm");
  await settled();
  assert.equal(app.network.sent[0].reply_to, undefined);
});

test("an answer to the reader counts as a mention, one to others does not", async () => {
  const app = await joined();
  app.events(said(1, "ada"), said(2, "bob"));
  app.intents.seen(false);
  const quote = { name: "ada", text: "text 1" };
  app.events(said(3, "bob", "no", { reply_to: 1, quote }));
  app.events(said(4, "bob", "hm", { reply_to: 2, quote: { name: "bob", text: "" } }));
  assert.deepEqual([item(app, -2).mention, item(app).mention], [true, false]);
  app.tick();
  assert.equal(app.screen.count("ring"), 1);
});

test("an edit takes the place of the draft, which comes back", async () => {
  const app = await joined();
  app.events(said(1, "ada", "helo"), said(2, "bob"));
  app.intents.composer.edited("my draft");
  assert.equal(app.intents.conversation.editLast(), true);
  assert.deepEqual(last(app, "composer.replace"), ["helo"]);
  assert.deepEqual(last(app, "composer.showContext"), [
    { kind: "edit", title: "Editing your message", text: "helo" },
  ]);
  app.intents.composer.edited("hello");
  app.tick(10);
  assert.equal(app.store.preference("draft")?.text, "my draft", "an edit is no draft");
  assert.equal(app.intents.composer.send("hello"), false, "the field is right already");
  assert.deepEqual(asked(app), { type: "edit", seq: 1, text: "hello" });
  assert.deepEqual(last(app, "composer.replace"), ["my draft"]);
  app.events({ ...event("edited", 3, { target: 1, text: "hello" }), name: "ada", member: 1 });
  assert.deepEqual(
    [item(app, -2).text, item(app, -2).extras.edited.slice(0, 9)],
    ["hello", "Edited at"],
  );
});

test("an edit that was given up asks for nothing, and one that changes nothing neither", async () => {
  const app = await joined();
  app.events(said(1, "ada", "hello"));
  app.intents.conversation.edit(1);
  app.intents.composer.endContext();
  assert.deepEqual(last(app, "composer.replace"), [""]);
  app.intents.conversation.edit(1);
  app.intents.composer.send("hello");
  assert.deepEqual(app.network.asked.length, 0);
});

test("what cannot be edited is not: others' messages, files, after the window", async () => {
  const app = await joined({ limits: { ...ALL.limits, edit: 60 } });
  app.events(said(1, "ada"), said(2, "bob"));
  assert.equal(app.intents.conversation.editLast(), false, "it was an hour ago");
  assert.equal(item(app).extras.editableUntil, 0);
  assert.equal(item(app, -2).extras.editableUntil, Date.parse(at(1)) / 1000 + 60);
  app.intents.conversation.edit(2);
  assert.equal(app.screen.count("composer.showContext"), 0);
});

test("an edit that the server refuses stays with its author, with the reason", async () => {
  const app = await joined();
  app.events(said(1, "ada", "hello"));
  app.intents.conversation.edit(1);
  app.intents.composer.send("hello!");
  fail(app, { code: "rate_limited", reason: "Too many requests.", retryAfter: 4 });
  assert.deepEqual(last(app, "say"), ["Not changed: Too many requests. (4 s)"]);
  assert.deepEqual(last(app, "composer.replace"), ["hello!"]);
  assert.equal(last(app, "composer.showContext")[0].kind, "edit");
});

test("an edit of what a moderator deletes leaves its text in the field", async () => {
  const app = await joined();
  app.events(said(1, "ada", "hello"));
  app.intents.conversation.edit(1);
  app.intents.composer.edited("hello, all");
  app.events(event("deleted", 2, { target: 1 }));
  assert.deepEqual(last(app, "composer.replace"), ["hello, all"]);
  assert.deepEqual(last(app, "composer.showContext"), [null]);
});

test("a reaction is added, shown with its names, and taken back", async () => {
  const app = await joined();
  app.events(said(1));
  app.intents.conversation.react(1, "👍");
  assert.deepEqual(asked(app), { type: "react", seq: 1, emoji: "👍", on: true });
  const reacted = (/** @type {number} */ seq, /** @type {Any} */ who) =>
    event("reacted", seq, { target: 1, emoji: "👍", on: true, ...who });
  app.events(reacted(2, { name: "bob", member: 2 }), reacted(3, { name: "ada", member: 1 }));
  app.events(event("renamed", 4, { name: "bob", member: 2, to: "rob" }));
  app.events(reacted(5, { name: "eve", member: 9 }));
  assert.deepEqual(item(app, -2).extras.chips, [
    { emoji: "👍", count: 3, mine: true, names: "You, rob, eve" },
  ]);
  app.intents.conversation.react(1, "👍");
  assert.equal(asked(app).on, false);
  fail(app, { code: "bad_request", reason: "A reaction is one emoji." });
  assert.deepEqual(last(app, "say"), ["A reaction is one emoji."]);
});

test("the six usual reactions are there at once, all emoji when the table is", async () => {
  const table =
    "# emoji\n😀\t0\t\tgrinning face,happy\tgrinsendes Gesicht\n👍\t1\t1\tthumbs up,+1\tDaumen hoch\n🧵\t6\t\tthread,thumb tack\tFaden\n";
  const getText = async () => table;
  const app = await joined({}, { browser: { getText } });
  const usual = app.intents.conversation.usualReactions();
  assert.deepEqual([usual.length, usual[0]], [6, { emoji: "👍", name: "thumbs up" }]);
  const { composer } = app.intents;
  assert.deepEqual([composer.emoji("").length, composer.emoji("thumb")], [6, []]);
  assert.equal(composer.suggest("so :thu"), null, "this begins to load it");
  await settled();
  const names = (/** @type {string} */ words) =>
    composer.emoji(words).map(({ emoji }) => emoji);
  assert.deepEqual(names(""), ["👍", "😀", "🧵"]);
  assert.deepEqual(names("thu"), ["👍", "🧵"]);
  assert.deepEqual(names("face hap"), ["😀"]);
  assert.deepEqual(composer.suggest("so :thumbs_u"), {
    kind: "emoji",
    typed: 9,
    rows: [{ insert: "👍", label: "thumbs up", detail: "", mark: "👍", colour: null }],
  });
});

test("a table that cannot be loaded is asked for again", async () => {
  let count = 0;
  const getText = async () => {
    count++;
    throw new Error("offline");
  };
  const app = await joined({}, { browser: { getText } });
  await app.intents.composer.emojiReady();
  await app.intents.composer.emojiReady();
  assert.equal(count, 2);
});

test("what somebody does begins with the name", async () => {
  const app = await joined();
  app.events(
    said(1, "bob", "/me waves *hard*"),
    said(2, "bob", "/me"),
    said(3, "bob", "/me\n x"),
    said(4, "bob", "//me too"),
  );
  const [first, second, third, fourth] = app.screen.items.slice(-4);
  assert.deepEqual([first?.emote, first?.text], [true, "bob waves *hard*"]);
  assert.equal(
    first?.runs.map((/** @type {Any} */ run) => run.text).join(""),
    "bob waves *hard*",
  );
  assert.deepEqual([second?.emote, second?.text, third?.emote], [false, "/me", true]);
  assert.deepEqual([fourth?.emote, fourth?.text], [false, "/me too"]);
  assert.equal(fourth?.runs.map((/** @type {Any} */ run) => run.text).join(""), "/me too");
  app.intents.conversation.copyText(4);
  assert.equal(last(app, "copy")[0], "/me too");
  for (const text of ["/me waves", "//me too"]) app.intents.composer.send(text);
  await settled();
  app.flush();
  const pending = last(app, "messages.showPending")[0];
  assert.deepEqual(
    pending.map((/** @type {Any} */ each) => each.text),
    ["ada waves", "/me too"],
  );
});

test("the text that stays of an edit is no command", async () => {
  for (const text of ["/quit", "/me waves", "//me too", "hi"]) {
    const app = await joined();
    app.events(said(1, "ada", text, { member: 1 }));
    app.intents.conversation.edit(1);
    app.events(event("deleted", 2, { target: 1, name: "ada" }));
    assert.ok(app.intents.composer.send(last(app, "composer.replace")[0]));
    await settled();
    assert.deepEqual(
      app.network.sent.map((/** @type {Any} */ each) => each.text),
      [text],
    );
  }
});

test("pins: the newest in the bar, all in a window, and what is not here is loaded", async () => {
  const pins = [said(1, "bob", "rules", { pinned: true })];
  const app = await joined({
    pins,
    seq: 5,
    role: "owner",
    members: [{ name: "ada", member: 1, role: "owner" }],
  });
  assert.deepEqual(last(app, "pins.show"), [
    { seq: 1, name: "bob", colour: 2, text: "rules", count: 1 },
  ]);
  app.intents.conversation.pin(3, true);
  assert.deepEqual(asked(app), { type: "pin", seq: 3, on: true });
  app.events(event("pinned", 6, { target: 3, on: true }));
  const { id, ...query } = app.network.asked.at(-1);
  assert.deepEqual(query, { type: "history", around: 3, limit: 1 });
  app.network.tell({ kind: "history", answer: { id, events: [said(3)], more: true } });
  app.intents.conversation.showPins();
  app.flush();
  assert.equal(last(app, "pins.show")[0].text, "text 3");
  app.intents.conversation.ignore("bob", true);
  app.flush();
  assert.equal(last(app, "pins.show")[0].text, "Message from bob hidden");
  app.intents.conversation.ignore("bob", false);
  app.flush();
  const [rows, mayUnpin] = last(app, "windows.showPins");
  assert.deepEqual([rows.map((/** @type {Any} */ row) => row.seq), mayUnpin], [[3, 1], true]);
  app.events(event("deleted", 7, { target: 3 }), event("pinned", 8, { target: 1, on: false }));
  assert.deepEqual(last(app, "pins.show"), [null]);
  assert.deepEqual(last(app, "windows.showPins"), [[], true, false]);
});

test("a link leads to its message once the client is in the room", async () => {
  const app = await joined({ seq: 900 }, { page: { message: 12 } });
  assert.deepEqual(asked(app), { type: "history", limit: 200, around: 12 });
  app.intents.conversation.copyLink(12);
  assert.deepEqual(last(app, "copy"), ["https://host:18000/#message=12", "Link copied."]);
  app.controller.goTo(14);
  assert.equal(asked(app).around, 14);
});

/** Ada reads an older page, which has this message alone. @param {Any} sent */
async function onOlderPage(sent) {
  const app = await joined({ seq: 900 });
  app.events(said(901));
  app.network.tell({ kind: "caughtUp" });
  app.intents.history.goTo(sent.seq);
  const { id } = app.network.asked.at(-1);
  app.network.tell({ kind: "history", answer: { id, events: [sent], more: true } });
  app.flush();
  return app;
}

test("a reply follows a parent that is not loaded any more", async () => {
  const app = await onOlderPage(said(500, "bob", "secret"));
  app.intents.conversation.reply(500);
  app.intents.history.toNewest();
  app.events(event("edited", 902, { target: 500, text: "another secret" }));
  assert.equal(last(app, "composer.showContext")[0].text, "another secret");
  app.intents.composer.send("tea");
  await settled();
  assert.equal(app.network.sent[0].reply_to, 500);
  app.flush();
  const pending = () => last(app, "messages.showPending")[0][0];
  assert.equal(pending().quote.text, "another secret");
  app.events(event("deleted", 903, { target: 500, name: "mod" }));
  await settled();
  app.flush();
  assert.deepEqual([pending().quote.text, pending().quote.gone], ["Message deleted", true]);
  assert.doesNotMatch(JSON.stringify([...app.store.disk.values()]), /secret/);
});

test("a reply and an edit end with a message that is not loaded any more", async () => {
  for (const act of /** @type {const} */ (["reply", "edit"])) {
    const app = await onOlderPage(said(500, "ada", "hello", { member: 1 }));
    app.intents.conversation[act](500);
    assert.equal(last(app, "composer.showContext")[0].kind, act);
    app.intents.history.toNewest();
    app.events(event("deleted", 902, { target: 500, name: "mod" }));
    assert.deepEqual(last(app, "composer.showContext"), [null]);
    assert.deepEqual(last(app, "say"), ["That message was deleted."]);
  }
});

test("the original text is copied, a file by its name", async () => {
  const app = await joined();
  app.events(said(1, "bob", "/me *waves*"), event("shared", 2, { file: { name: "a.txt" } }));
  app.intents.conversation.copyText(1);
  assert.deepEqual(last(app, "copy"), ["/me *waves*", "Copied."]);
  app.intents.conversation.copyText(2);
  assert.deepEqual(last(app, "copy"), ["a.txt", "Copied."]);
});

test("joins and leaves are not shown if the person wants so", async () => {
  const app = await joined();
  app.events(event("joined", 1, { name: "eve", member: 5 }), said(2));
  app.intents.preferences.choose(/** @type {Any} */ ({ showJoins: false }));
  app.flush();
  assert.deepEqual(
    app.screen.items.map((each) => each.kind),
    ["beginning", "day", "message"].slice(-app.screen.items.length),
  );
  app.events(event("left", 3, { name: "eve", member: 5, reason: "kicked", by: "ada" }));
  assert.equal(item(app).kind, "notice", "acts of moderators are");
});

test("pages that hold changes only are followed by older ones, until the screen is filled", async () => {
  const app = await joined({ seq: 600 }, {});
  const answer = (/** @type {Any[]} */ events, more = true) => {
    const { id } = app.network.asked.at(-1);
    app.network.tell({ kind: "history", answer: { id, events, more } });
    app.flush();
  };
  assert.deepEqual(asked(app), { type: "history", limit: 200, before: 601 });
  const changes = (/** @type {number} */ from) =>
    Array.from({ length: 200 }, (_, place) =>
      event("reacted", from + place, { target: 5, emoji: "👍", on: place % 2 === 0 }),
    );
  answer(changes(401));
  assert.equal(asked(app).before, 401);
  answer(changes(201));
  answer(
    Array.from({ length: 200 }, (_, place) => said(place + 1)),
    false,
  );
  assert.equal(app.network.asked.length, 3);
  assert.equal(app.screen.items.filter((each) => each.kind === "message").length, 200);
});
