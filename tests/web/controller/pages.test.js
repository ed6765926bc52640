/** The join page, and the pages in place of the room. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ended, event, FakeNetwork, makeApp, settled } from "../fakes.js";

test("a page shows that it tries again", async () => {
  const app = makeApp();
  app.network.answer = null;
  await app.controller.start();
  const page = () => app.screen.last("page.show")?.[0];
  assert.deepEqual([page().note, page().ready], ["Next try in 5 s", true]);
  app.intents.membership.act();
  assert.deepEqual([page().note, page().ready], ["Trying…", false]);
  await settled();
  assert.deepEqual([page().note, page().ready], ["Next try in 5 s", true]);
});

test("the join page tells of the room before anything is sent", async () => {
  const app = makeApp();
  app.store.prefer("name", "ada");
  await app.controller.start();
  await settled();
  const form = app.screen.last("join.show")?.[0];
  assert.deepEqual(
    [form.room, form.count, form.name, form.password, form.security.mark],
    ["lobby", "2 of 12 are here", "ada", false, "Not encrypted"],
  );
  assert.equal(app.network.sessions.length, 0);
});

test("the fingerprint is that of the desktop client", async () => {
  const key = "mlAol9yA2TfDMAARwCbvNlb2xP2Q4QlbeGDsfpA3cHs";
  const app = makeApp({ page: { encrypted: true, key } });
  await app.controller.start();
  const form = app.screen.last("join.show")?.[0];
  assert.equal(form.security.fingerprint, "9A502897 DC80D937 C3300011 C026EF36");
});

test("on this computer, too, a page says when it is encrypted", async () => {
  for (const [encrypted, mark] of [
    [false, "On this computer"],
    [true, "Encrypted"],
  ]) {
    const app = makeApp({ page: { encrypted, local: true } });
    await app.controller.start();
    assert.equal(app.screen.last("join.show")?.[0].security.mark, mark);
  }
});

test("a name is needed; a refusal stands beside its field", async () => {
  const app = makeApp();
  await app.controller.start();
  app.intents.membership.join("  ", "");
  assert.deepEqual(app.screen.last("join.error"), ["name", "Enter a name."]);
  for (const [code, field, password] of [
    ["name_taken", "name", false],
    ["bad_name", "name", false],
    ["bad_password", "password", true],
    ["locked", "form", false],
  ]) {
    app.intents.membership.join("ada", "x");
    app.network.tell(ended("refused", { code, reason: `${code}!` }));
    assert.deepEqual(app.screen.last("join.error"), [field, `${code}!`, password]);
  }
});

test("a refusal stays when the room is found after it", async () => {
  const app = makeApp();
  const room = app.network.room;
  /** @type {(value?: unknown) => void} */
  let answer = () => {};
  app.network.room = () => new Promise((done) => (answer = done)).then(room);
  void app.controller.start();
  await settled();
  app.intents.membership.join(" ", "");
  answer();
  await settled();
  assert.equal(app.screen.count("join.show"), 2);
  const calls = app.screen.calls.map((/** @type {any} */ [name]) => name);
  assert.ok(calls.lastIndexOf("join.error") > calls.lastIndexOf("join.show"));
});

test("a full room is tried again when its time has come", async () => {
  const app = makeApp();
  await app.controller.start();
  app.intents.membership.join("ada", "word");
  app.network.tell(ended("refused", { code: "room_full", retryAfter: 3 }));
  const page = () => app.screen.last("page.show")?.[0];
  assert.deepEqual([page().icon, page().note, page().ready], ["full", "Next try in 3 s", true]);
  app.tick(1);
  assert.equal(page().note, "Next try in 2 s");
  assert.equal(app.network.sessions.length, 1);
  app.tick(2);
  assert.equal(app.network.sessions.length, 2);
  assert.equal(app.network.options.password, "word");
  app.network.tell(ended("refused", { code: "room_full" }));
  app.intents.membership.act();
  assert.equal(app.network.sessions.length, 3);
});

test("a server that does not answer is asked again", async () => {
  const app = makeApp();
  app.network.answer = null;
  await app.controller.start();
  await settled();
  assert.equal(app.screen.last("page.show")?.[0].title, "The room does not answer");
  app.network.answer = new FakeNetwork().answer;
  app.tick(6);
  await settled();
  assert.equal(app.screen.last("join.show")?.[0].count, "2 of 12 are here");
});

test("the join page does not come and go while the server is asked again", async () => {
  const app = makeApp();
  app.network.answer = null;
  await app.controller.start();
  await settled();
  const forms = app.screen.count("join.show");
  app.tick(6);
  await settled();
  assert.equal(app.screen.count("join.show"), forms);
  assert.equal(app.screen.last("page.show")?.[0].note, "Next try in 5 s");
});

test("a refusal that names no time to wait, or a wrong one, is not tried at once", async () => {
  for (const retryAfter of [0, -5, 1e300]) {
    const app = makeApp();
    await app.controller.start();
    app.intents.membership.join("ada", "");
    app.network.tell(ended("unreachable", { code: "starting", retryAfter }));
    assert.equal(app.network.sessions.length, 1);
    app.tick(601);
    assert.equal(app.network.sessions.length, 2);
  }
});

test("another room gets nothing before the person agrees", async () => {
  const app = makeApp();
  await app.join();
  app.intents.composer.send("secret");
  await settled();
  const room = { room: "other", journal: "j2", password: false, active: 1, max_users: 3 };
  app.network.tell({ kind: "roomFound", room, known: false });
  app.network.tell(ended("other_room", { code: "other_room" }, false));
  const page = app.screen.last("page.show")?.[0];
  assert.deepEqual(
    [page.icon, page.unsent, page.action],
    ["changed", ["secret"], "Join this room"],
  );
  app.tick(600);
  assert.equal(app.network.sessions.length, 1);
  app.intents.membership.act();
  const { token, after, journal, outgoing } = app.network.options;
  assert.deepEqual([token, after, journal, outgoing], [undefined, undefined, "j2", []]);
});

test("who was removed reads by whom and why, and can come back in time", async () => {
  const app = makeApp();
  await app.join();
  const params = { by: "bob", text: "spam" };
  app.network.tell(ended("removed", { code: "kicked", params, retryAfter: 60 }));
  const page = () => app.screen.last("page.show")?.[0];
  assert.equal(page().text, "bob removed you from #lobby.\n\nReason: spam");
  assert.deepEqual([page().ready, page().note], [false, "You can join again in 60 s"]);
  app.intents.membership.act();
  assert.equal(app.network.sessions.length, 1);
  app.tick(61);
  assert.deepEqual([page().ready, page().note], [true, ""]);
  app.intents.membership.act();
  assert.equal(app.network.sessions.length, 2);
  assert.equal(app.store.kept, null);
});

test("who was banned reads until when", async () => {
  const app = makeApp();
  await app.join();
  const until = new Date(Date.parse("2026-11-22T09:00:00Z") + 60_000).toISOString();
  app.events(event("banned", 1, { target: "ada", target_member: 1, until }));
  app.network.tell(ended("removed", { code: "banned", params: { by: "bob" } }));
  const page = app.screen.last("page.show")?.[0];
  assert.match(page.text, /^bob banned you from #lobby until \d\d:01\.$/);
  assert.equal(page.action, "");
});

test("a tab that was replaced can take the membership back", async () => {
  const app = makeApp();
  await app.join();
  app.network.tell(ended("replaced", { code: "replaced" }, false));
  assert.equal(app.screen.last("page.show")?.[0].title, "You joined from another tab.");
  app.intents.membership.act();
  assert.equal(app.network.options.token, "tok");
});

test("leaving ends the membership for good, and keeps what was not sent", async () => {
  const app = makeApp();
  await app.join();
  app.intents.composer.send("late");
  assert.ok(app.intents.composer.send("q"));
  assert.deepEqual(app.network.calls, ["leave"]);
  app.network.tell(ended("left"));
  const page = app.screen.last("page.show")?.[0];
  assert.deepEqual([page.title, page.unsent], ["You left the room.", ["late"]]);
  assert.equal(app.store.kept, null);
  app.intents.membership.act();
  app.intents.membership.join("eve", "");
  assert.deepEqual(app.network.options.outgoing, [], "they are not eve's");
});
