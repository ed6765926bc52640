/** Joining the room, resuming the membership after a reload, and what was not sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, ended, event, FakeStore, makeApp, said, settled, WELCOME } from "../fakes.js";

test("what a closed tab did not send is offered a moment later, on any page", async () => {
  const store = new FakeStore();
  const left = { id: "x", text: "half a thought", name: "ada", journal: "j1", tried: true };
  store.left = [{ ...left, order: 1 }];
  const app = makeApp({ store });
  await app.controller.start();
  await settled();
  assert.deepEqual(app.screen.last("join.show")?.[0].unsent, ["half a thought"]);
  const joined = makeApp({
    store: Object.assign(new FakeStore(), { left: [{ ...left, order: 1 }] }),
  });
  await joined.join();
  await settled();
  joined.flush();
  const [pending] = joined.screen.last("messages.showPending")?.[0] ?? [];
  assert.ok(pending.failed, "the person decides");
  assert.deepEqual(joined.network.sent, []);
});

test("joining shows the room, with its members and rules", async () => {
  const app = makeApp();
  await app.join({ topic: "cake", seq: 3 });
  assert.equal(app.network.options.name, "ada");
  assert.match(app.network.options.device, /^[\w-]{22}$/);
  assert.ok(app.screen.last("room.show"));
  assert.deepEqual(app.screen.last("composer.showRoom"), ["lobby"]);
  assert.equal(app.screen.last("topBar.showRules")?.[0].topic, "cake");
  assert.deepEqual(app.screen.last("members.show")?.[1], "2 of 12");
  assert.deepEqual(app.screen.last("setTitle"), ["#lobby – Chatroom"]);
});

test("a browser keeps its device number", async () => {
  const [one, other] = [makeApp(), makeApp()];
  await one.join();
  other.store.choices = one.store.choices;
  await other.join();
  assert.equal(one.network.options.device, other.network.options.device);
});

test("the owner's key of the link is used once", async () => {
  const app = makeApp({ page: { ownerKey: "KEY" } });
  await app.join();
  assert.equal(app.network.options.ownerKey, "KEY");
  app.network.tell(ended("left"));
  app.intents.membership.join("ada", "");
  assert.equal(app.network.options.ownerKey, undefined);
});

test("a reload resumes the membership, with what was not sent", async () => {
  const store = new FakeStore();
  const first = makeApp({ store });
  await first.join({ seq: 80 });
  first.events(said(81), said(82));
  first.intents.composer.send("wait");
  await settled();
  first.controller.save();

  const second = makeApp({ store });
  await second.controller.start();
  const { options } = second.network;
  assert.deepEqual(
    [options.name, options.token, options.journal, options.after, options.afterAt],
    ["ada", "tok", "j1", 32, undefined],
  );
  assert.deepEqual(
    options.outgoing.map((/** @type {any} */ each) => [each.text, each.tried]),
    [["wait", true]],
  );
});

test("a reload that is refused for a while resumes later", async () => {
  const kept = { token: "tok", name: "ada", after: null, afterAt: "", journal: "j1" };
  for (const code of ["shutting_down", "too_many", "storage", "room_full"]) {
    const app = makeApp();
    app.store.keepMembership(kept);
    await app.controller.start();
    app.network.tell(ended("refused", { code, retryAfter: 2 }));
    assert.deepEqual(app.store.kept, kept, code);
    assert.equal(app.screen.last("page.show")?.[0].note, "Next try in 2 s", code);
    app.tick(3);
    assert.equal(app.network.sessions.length, 2, code);
    assert.equal(app.network.options.token, "tok", code);
    app.network.tell(ended("refused", { code: "name_taken" }));
    assert.equal(app.store.kept, null);
  }
});

test("after a reload the first page is filled from the history", async () => {
  const store = new FakeStore();
  store.kept = { token: "tok", name: "ada", after: 400, afterAt: at(400), journal: "j1" };
  const app = makeApp({ store });
  await app.join({ seq: 400 }, false);
  for (let seq = 371; seq <= 400; seq++) app.events(said(seq));
  app.network.tell({ kind: "caughtUp" });
  assert.equal(app.network.asked.at(-1).before, 371);
});

test("what a closed tab did not send waits for the person", async () => {
  const store = new FakeStore();
  const left = {
    id: "m1",
    text: "left over",
    name: "ada",
    journal: "j1",
    tried: true,
    order: 3,
  };
  store.disk.set("m1", { ...left, after: 7 });
  store.disk.set("m2", { ...left, id: "m2", text: "was sent", order: 4, after: 9 });
  const app = makeApp({ store });
  await app.controller.start();
  await settled();
  assert.deepEqual(app.screen.last("join.show")?.[0].unsent, ["left over", "was sent"]);
  app.intents.membership.join("ada", "");
  assert.deepEqual([app.network.options.outgoing, app.network.options.after], [[], 7]);
  app.network.tell({ kind: "welcomed", welcome: { ...WELCOME, seq: 12 }, forget: false });
  app.events(said(8, "ada", "was sent", { id: "m2" }));
  const [pending] = app.screen.last("messages.showPending")?.[0] ?? [];
  assert.deepEqual([pending.text, pending.failed], ["left over", true]);
  app.intents.outgoing.retry("m1");
  await settled();
  assert.deepEqual(app.network.sent, [{ id: "m1", text: "left over", tried: false }]);
  assert.deepEqual([...store.disk.keys()], ["m1"]);
});

test("a store that cannot be read keeps nobody out", async () => {
  const app = makeApp();
  app.store.outgoing = async () => {
    throw new Error("damaged");
  };
  await app.join();
  assert.ok(app.screen.last("room.show"));
});

test("what was not sent goes to no other room, also when one joins anew", async () => {
  const app = makeApp();
  await app.join();
  app.intents.composer.send("secret");
  app.network.tell(ended("left"));
  app.network.answer = { ...app.network.answer, journal: "j2" };
  app.intents.membership.act();
  await settled();
  app.intents.membership.join("ada", "");
  assert.deepEqual(
    [app.network.options.journal, app.network.options.outgoing.length],
    ["j1", 1],
  );
});

test("a client that never got in can be stopped", async () => {
  const app = makeApp();
  await app.controller.start();
  app.intents.membership.join("ada", "");
  const session = app.network.sessions.at(-1);
  app.intents.membership.cancel();
  app.network.tell({ kind: "welcomed", welcome: WELCOME, forget: false }, session);
  assert.equal(app.screen.last("room.show"), undefined);
});

test("the position is kept each second, so a reload goes on there", async () => {
  const app = makeApp();
  await app.join({ seq: 5 });
  app.events(said(6));
  app.tick(1);
  assert.deepEqual(app.store.kept, {
    token: "tok",
    name: "ada",
    journal: "j1",
    after: 6,
    afterAt: at(6),
  });
});

test("another room is opened by its code; what is none stays in the dialog", async () => {
  /** @type {string[]} */
  const opened = [];
  const app = makeApp({ browser: { go: (/** @type {string} */ url) => opened.push(url) } });
  await app.controller.start();
  app.intents.membership.otherRoom();
  await settled();
  const [form, done] = app.screen.last("windows.prompt") ?? [];
  assert.equal(form.label, "Code, link or address of the room");
  for (const [typed, why] of /** @type {[string, RegExp][]} */ ([
    ["R2M0-2509", /typing error/],
    ["999.1.1.1", /^This is not a code/],
    ["host:99999", /^This is not a code/],
  ])) {
    done(typed);
    await settled();
    assert.match(app.screen.last("windows.showPromptError")?.[0], why);
  }
  assert.deepEqual([opened, app.screen.count("windows.closePrompt")], [[], 0]);
  done("r2m0 2508");
  await settled();
  assert.deepEqual(opened, ["https://192.168.1.20:18000/"]);
  assert.equal(app.screen.count("windows.closePrompt"), 1);
});

test("an owner's link that is opened in the join page counts for the next join", async () => {
  const app = makeApp();
  await app.controller.start();
  app.controller.claim("KEY");
  app.intents.membership.join("ada", "");
  assert.equal(app.network.options.ownerKey, "KEY");
});

test("files are fetched from the host that the page is connected to", async () => {
  const app = makeApp();
  await app.join();
  app.network.host = "https://b:18000";
  const file = { id: "f", name: "a.png", size: 1, url: "/files/f/a.png", thumb: "/t/f" };
  const shared = event("shared", 1, { file: { ...file, width: 4, height: 3 } });
  app.network.tell({ kind: "event", event: shared });
  app.flush();
  const { picture } = app.screen.items.at(-1) ?? {};
  assert.equal(picture.thumb, "https://b:18000/t/f");
  app.intents.files.save("f");
  assert.deepEqual(app.browser.downloads, ["https://b:18000/files/f/a.png"]);
});
