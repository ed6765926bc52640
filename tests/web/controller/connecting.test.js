import assert from "node:assert/strict";
import { test } from "node:test";
import {
  at,
  event,
  FakeNetwork,
  FakeStore,
  makeApp,
  said,
  settled,
  WELCOME,
} from "../fakes.js";

const LOST = {
  kind: "disconnected",
  problem: { code: "connection_lost" },
  attempt: 2,
  delay: 5,
};

/** @param {string} why @param {any} [problem] */
const ended = (why, problem = null, clean = true) => ({ kind: "ended", why, problem, clean });

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

test("the owner's key of the link is used once", async () => {
  const app = makeApp({ page: { ownerKey: "KEY" } });
  await app.join();
  assert.equal(app.network.options.ownerKey, "KEY");
  app.network.tell(ended("left"));
  app.intents.membership.join("ada", "");
  assert.equal(app.network.options.ownerKey, undefined);
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

test("the connection is lost: the banner counts, and says when it is back", async () => {
  const app = makeApp();
  await app.join();
  app.network.tell(LOST);
  const [banner] = app.screen.last("banner.show") ?? [];
  assert.match(banner.text, /^The connection was lost\. What you write/);
  assert.equal(banner.action, "Try now");
  assert.deepEqual(app.screen.last("banner.count"), ["Reconnecting in 5 s (attempt 2)."]);
  const shown = app.screen.count("banner.show");
  app.tick(2);
  assert.deepEqual(app.screen.last("banner.count"), ["Reconnecting in 3 s (attempt 2)."]);
  assert.equal(app.screen.count("banner.show"), shown, "it is announced once");
  app.intents.banner.act();
  assert.deepEqual(app.network.calls, ["reconnectNow"]);
  app.network.tell({ kind: "reconnecting", attempt: 2 });
  assert.deepEqual(app.screen.last("banner.count"), ["Reconnecting… (attempt 2)"]);
  assert.ok(
    app.screen.last("members.show")?.[0].every((/** @type {any} */ row) => row.unknown),
  );
  app.network.tell({ kind: "welcomed", welcome: WELCOME, forget: false });
  app.network.tell({ kind: "caughtUp" });
  assert.equal(app.screen.last("banner.show")?.[0].text, "Connected again.");
  app.tick(4);
  assert.deepEqual(app.screen.last("banner.show"), [null]);
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

const MAJORITY = {
  code: "unavailable",
  params: { rule: "majority" },
  reason: "No.",
  retryAfter: 2,
};

test("the room cannot take messages: one line says so, until it can", async () => {
  const app = makeApp();
  await app.join();
  app.intents.composer.send("hello");
  await settled();
  const [{ id }] = app.network.sent;
  app.network.tell({ kind: "delayed", id, problem: MAJORITY });
  const [banner] = app.screen.last("banner.show") ?? [];
  assert.equal(banner.kind, "info");
  assert.match(banner.text, /^The room cannot take messages now: too few of its hosts/);
  const shown = app.screen.count("banner.show");
  app.network.tell({ kind: "requestDelayed", id: "x", problem: MAJORITY });
  app.tick(5);
  assert.equal(app.screen.count("banner.show"), shown, "it is said once");
  app.network.tell({ kind: "confirmed", id });
  assert.deepEqual(app.screen.last("banner.show"), [null]);
});

test("that is said though nobody sends", async () => {
  const app = makeApp();
  await app.join();
  app.network.hosts = ["https://b:18000"];
  app.network.tell({ kind: "majority", has: false });
  const [banner] = app.screen.last("banner.show") ?? [];
  assert.deepEqual([banner.kind, banner.links], ["info", []]);
  assert.match(banner.text, /^The room cannot take messages now: too few of its hosts/);
  app.tick(9);
  assert.deepEqual(app.screen.last("banner.show")?.[0].links, []);
  app.tick(2);
  assert.deepEqual(app.screen.last("banner.show")?.[0].links, ["https://b:18000"]);
  app.network.tell({ kind: "majority", has: true });
  assert.deepEqual(app.screen.last("banner.show"), [null]);
});

test("that is said after a replay, and not of another host", async () => {
  const app = makeApp();
  await app.join();
  app.network.tell({ kind: "majority", has: false });
  app.network.tell({ ...LOST, attempt: 1 });
  app.network.tell({ kind: "caughtUp" });
  app.tick(60);
  assert.deepEqual(app.screen.last("banner.show"), [null]);
  app.network.tell({ ...LOST, attempt: 1 });
  app.network.tell({ kind: "majority", has: false });
  app.network.tell({ kind: "caughtUp" });
  app.tick(60);
  assert.equal(app.screen.last("banner.show")?.[0].kind, "info");
});

test("a lost connection is said in place of that line", async () => {
  const app = makeApp();
  await app.join();
  app.network.tell({ kind: "requestDelayed", id: "x", problem: { code: "unavailable" } });
  assert.match(app.screen.last("banner.show")?.[0].text, /^The room does not answer\./);
  app.network.tell(LOST);
  assert.equal(app.screen.last("banner.show")?.[0].kind, "warning");
  app.network.tell({ kind: "event", event: said(1) });
  assert.equal(app.screen.last("banner.show")?.[0].kind, "warning");
});

test("the other hosts are offered once each was tried", async () => {
  const app = makeApp();
  await app.join();
  app.network.hosts = ["https://b:18000"];
  app.network.tell({ ...LOST, attempt: 1 });
  assert.deepEqual(app.screen.last("banner.show")?.[0].links, []);
  app.network.tell({ ...LOST, attempt: 2 });
  assert.deepEqual(app.screen.last("banner.show")?.[0].links, ["https://b:18000"]);
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
