/** Commands and suggestions, names and notes, who is writing and who is ignored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL, event, FakeStore, makeApp, said, settled } from "../fakes.js";

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

test("members, commands and emoji are suggested for the word before the cursor", async () => {
  const app = await joined();
  const { suggest } = app.intents.composer;
  app.network.tell({
    kind: "presence",
    presence: { name: "bob", member: 2, state: "active", note: "at lunch" },
  });
  assert.deepEqual(suggest("hi @B"), {
    kind: "member",
    typed: 2,
    rows: [{ insert: "@bob ", label: "bob", detail: "at lunch", mark: "active", colour: 2 }],
  });
  assert.equal(suggest("hi @bob"), null, "a whole name needs none");
  assert.equal(suggest("mail@b"), null);
  assert.equal(suggest("@a"), null, "nobody mentions oneself");
  const rows = suggest("/n")?.rows ?? [];
  assert.deepEqual(rows, [
    {
      insert: "/nick ",
      label: "/nick NAME",
      detail: "change your name",
      mark: "",
      colour: null,
    },
  ]);
  assert.equal(suggest("so /n"), null);
  assert.equal(suggest("/report"), null, "Enter carries it out");
  const old = makeApp();
  await old.join({ features: [] });
  assert.equal(old.intents.composer.suggest("/n"), null);
});

test("commands of names, notes and ignored members", async () => {
  const app = await joined();
  const { send } = app.intents.composer;
  assert.ok(send("/nick ann"));
  assert.deepEqual(asked(app), { type: "rename", name: "ann" });
  assert.ok(send("/away at lunch"));
  assert.deepEqual(asked(app), { type: "note", text: "at lunch" });
  assert.ok(send("/away"));
  assert.deepEqual(asked(app).text, "away");
  assert.ok(send("/back"));
  assert.deepEqual(asked(app).text, "");
  assert.equal(send("/nick"), false);
  assert.deepEqual(last(app, "say"), ["Write it like this: /nick NAME"]);
  assert.equal(send("/back now"), false);
  assert.ok(send("/me waves"));
  await settled();
  assert.equal(app.network.sent[0].text, "/me waves");
  assert.ok(send("/help"));
  await settled();
  assert.match(
    last(app, "windows.showText")[1],
    /^\/me TEXT {9} *say what you do: “ann waves”$/m,
  );
});

test("a command that the server refuses comes back, with the reason", async () => {
  const app = await joined();
  app.intents.composer.edited("/nick bob");
  assert.ok(app.intents.composer.send("/nick bob"));
  app.intents.composer.edited("");
  fail(app, { code: "name_taken" });
  assert.deepEqual(last(app, "composer.replace"), ["/nick bob"]);
  assert.deepEqual(last(app, "say"), ["That name is taken."]);
});

test("a command that fails at once stays in the field", async () => {
  const app = await joined();
  app.network.ask = (/** @type {Any} */ { id }) =>
    app.network.tell({ kind: "requestFailed", id, problem: { code: "disconnected" } });
  app.intents.composer.edited("/nick eve");
  assert.equal(app.intents.composer.send("/nick eve"), false);
});

test("one's own new name is known to all parts, and outlives a reload", async () => {
  const app = await joined();
  app.intents.composer.send("before");
  await settled();
  app.events({ ...event("renamed", 1, { to: "ann" }), name: "ada", member: 1 });
  assert.equal(item(app).text, "ada is called ann now");
  assert.equal(app.store.kept?.name, "ann");
  await settled();
  assert.equal([...app.store.disk.values()][0]?.name, "ann", "what waits is one's own");
  assert.deepEqual(
    last(app, "members.show")[0].map((/** @type {Any} */ { name, you }) => [name, you]),
    [
      ["ann", true],
      ["bob", false],
    ],
  );
  const { id } = app.network.sent[0];
  app.events({ ...said(2, "ann", "before", { id }), member: 1 }, said(3, "bob", "hi ann"));
  app.flush();
  assert.deepEqual(last(app, "messages.showPending"), [[]]);
  assert.ok(item(app).mention);
});

test("messages of an ignored member are hidden, do not notify, and can be shown", async () => {
  const store = new FakeStore();
  const app = await joined({}, { store });
  app.events(said(1));
  app.intents.conversation.ignoreSender(1);
  app.flush();
  assert.deepEqual([item(app).kind, item(app).text], ["hidden", "Message from bob hidden"]);
  const bob = () => last(app, "members.show")[0][1];
  assert.deepEqual([bob().ignored, bob().acts], [true, ["show"]]);
  app.intents.seen(false);
  app.events(said(2, "bob", "hi ada"), said(3, "eve", "bob?", { member: 3 }));
  app.tick();
  assert.equal(app.screen.count("ring"), 0);
  assert.deepEqual(last(app, "setTitle"), ["(1) #lobby – Chatroom"]);
  app.intents.conversation.showHidden(1);
  app.flush();
  assert.deepEqual(
    app.screen.items.slice(-4).map((each) => each.kind),
    ["message", "hidden", "new", "message"],
  );
  app.events(event("renamed", 4, { name: "bob", member: 2, to: "rob" }), {
    ...said(5, "rob"),
    member: 2,
  });
  assert.equal(item(app).kind, "hidden");
  const again = await joined({}, { store });
  again.events(said(1, "bob", "x", { member: 7 }));
  assert.equal(item(again).kind, "hidden", "the list outlives the page, and goes by name too");
  assert.ok(again.intents.composer.send("/unignore @bob"));
  again.flush();
  assert.equal(item(again).kind, "message");
  again.intents.conversation.ignore("ada", true);
  assert.deepEqual(last(again, "say"), ["You cannot ignore yourself."]);
});

test("who is writing is said, but not oneself, nor who is ignored", async () => {
  const app = await joined();
  const types = (/** @type {string} */ name, /** @type {number} */ member) => {
    app.network.tell({ kind: "typing", typing: { name, member } });
    app.flush();
    return last(app, "typing.show")?.[0];
  };
  assert.equal(types("ada", 1), undefined);
  assert.equal(types("bob", 2), "bob is typing");
  assert.equal(types("eve", 3), "bob and eve are typing");
  assert.equal(types("max", 4), "Several people are typing");
  app.events({ ...said(1, "eve"), member: 3 });
  assert.deepEqual(last(app, "typing.show"), ["bob and max are typing"]);
  app.intents.conversation.ignore("bob", true);
  app.flush();
  assert.deepEqual(last(app, "typing.show"), ["max is typing"]);
  app.tick(6);
  assert.deepEqual(last(app, "typing.show"), [""]);
});

test("the others are told of a message that is written, not of commands and edits", async () => {
  const app = await joined();
  const { edited } = app.intents.composer;
  for (const text of ["h", "h", "", "/nick", "/me wa"]) edited(text);
  assert.deepEqual(app.network.calls, ["typing", "typing"]);
  app.events(said(1, "ada", "x"));
  app.intents.conversation.edit(1);
  edited("xy");
  assert.equal(app.network.calls.length, 2);
});
