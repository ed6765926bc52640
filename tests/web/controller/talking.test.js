import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCompleter } from "../../../server/web/controller/composer.js";
import { at, event, makeApp, said, settled } from "../fakes.js";

const pendingOf = (/** @type {any} */ app) => {
  app.flush();
  return app.screen.last("messages.showPending")?.[0] ?? [];
};

test("a message is in the store before it is sent, in the order of writing", async () => {
  const app = makeApp();
  await app.join();
  let open = () => {};
  app.store.gate = new Promise((done) => (open = () => done(undefined)));
  assert.ok(app.intents.composer.send("one"));
  assert.ok(app.intents.composer.send("two"));
  await settled();
  assert.deepEqual(app.network.sent, []);
  assert.deepEqual(
    pendingOf(app).map((/** @type {any} */ each) => each.text),
    ["one", "two"],
  );
  open();
  await settled();
  assert.deepEqual(app.store.writes, ["keep one", "keep two"]);
  assert.deepEqual(
    app.network.sent.map((/** @type {any} */ each) => each.text),
    ["one", "two"],
  );
});

test("a message is kept at once, also while the one before it is being written", async () => {
  const app = makeApp();
  await app.join();
  /** @type {string[]} */
  const begun = [];
  app.store.keep = async (/** @type {any} */ { text }) => {
    begun.push(text);
    await new Promise(() => {});
  };
  app.intents.composer.send("one");
  app.intents.composer.send("two");
  // The page may end now.
  assert.deepEqual(begun, ["one", "two"]);
});

test("a browser that keeps nothing sends all the same", async () => {
  const app = makeApp();
  app.store.keep = async () => {
    throw new Error("private window");
  };
  await app.join();
  app.intents.composer.send("one");
  await settled();
  assert.equal(app.network.sent.length, 1);
});

test("a message waits grey until it is confirmed, and fails with a reason", async () => {
  const app = makeApp();
  await app.join();
  app.intents.composer.send("one");
  app.intents.composer.send("two");
  await settled();
  const [one, two] = app.network.sent;
  assert.equal(pendingOf(app)[0].heading.name, "ada");
  app.events(said(1, "ada", "one", { id: one.id }));
  app.network.tell({ kind: "confirmed", id: one.id });
  assert.equal(pendingOf(app)[0].heading, null, "it goes on with the run above");
  const slowed = { code: "rate_limited", reason: "Slower." };
  app.network.tell({ kind: "delayed", id: two.id, problem: slowed });
  assert.deepEqual([pendingOf(app)[0].failed, pendingOf(app)[0].reason], [false, "Slower."]);
  app.network.tell({
    kind: "failed",
    id: two.id,
    problem: { code: "storage", reason: "Full." },
  });
  assert.deepEqual([pendingOf(app)[0].failed, pendingOf(app)[0].reason], [true, "Full."]);
  await settled();
  assert.equal(app.store.disk.get(two.id)?.failed.code, "storage");
  app.intents.outgoing.retry(two.id);
  await settled();
  assert.equal(app.network.sent.at(-1).id, two.id);
  assert.equal(pendingOf(app)[0].failed, false);
  app.network.tell({ kind: "failed", id: two.id, problem: { code: "storage" } });
  app.intents.outgoing.copyAll();
  assert.deepEqual(app.screen.last("copy"), ["two", "1 message copied."]);
  app.intents.outgoing.discard(two.id);
  await settled();
  assert.deepEqual([pendingOf(app), app.store.disk.size], [[], 0]);
});

test("a text that cannot be sent stays, and the person reads why", async () => {
  const app = makeApp();
  await app.join();
  assert.equal(app.intents.composer.send("x".repeat(101)), false);
  assert.match(app.screen.last("say")?.[0], /long.*Share it as a text file instead\./);
  assert.equal(app.intents.composer.send("   "), false);
  assert.equal(app.intents.composer.send("a\u0000"), false);
  assert.equal(app.network.sent.length, 0);
});

test("commands are carried out, and other words with a slash are not sent", async () => {
  const app = makeApp();
  await app.join();
  assert.ok(app.intents.composer.send("/report"));
  await settled();
  assert.equal(app.network.asked.at(-1).type, "report");
  assert.ok(app.intents.composer.send("/help"));
  await settled();
  assert.match(app.screen.last("windows.showText")?.[1], /\/quit/);
  assert.ok(app.intents.composer.send("/topic cake and tea"));
  assert.deepEqual(app.network.asked.at(-1).text, "cake and tea");
  assert.equal(app.intents.composer.send("/nick eve"), false);
  assert.match(app.screen.last("say")?.[0], /no command \/nick/);
  assert.equal(app.intents.composer.send("/quit now"), false);
  assert.equal(app.intents.composer.send("/constructor"), false);
  assert.ok(app.intents.composer.send("//help"));
  assert.ok(app.intents.composer.send("q is a letter"));
  await settled();
  assert.deepEqual(
    app.network.sent.map((/** @type {any} */ each) => each.text),
    ["/help", "q is a letter"],
  );
  assert.equal(app.intents.composer.recall(), "q is a letter");
});

test("Tab completes a name, and goes on to the next", () => {
  const complete = makeCompleter();
  const names = ["bob", "Bea", "eve"];
  assert.equal(complete("b", names), "Bea: ");
  assert.equal(complete("Bea: ", names), "bob: ");
  assert.equal(complete("bob: ", names), "Bea: ");
  assert.equal(complete("hi @e", names), "hi @eve ");
  assert.equal(complete("hi x", names), null);
  assert.equal(complete("", names), null);
});

test("slow mode holds the composer after an own message", async () => {
  const app = makeApp();
  await app.join({ slow: 30, seq: 4 });
  app.events(said(5, "ada"));
  app.tick(1);
  assert.deepEqual(app.screen.last("composer.hold"), [
    { reason: "Slow mode: one message in 30 s.", left: "29 s" },
  ]);
  assert.equal(app.intents.composer.send("more"), false);
  app.tick(30);
  assert.deepEqual(app.screen.last("composer.hold"), [null]);
  assert.ok(app.intents.composer.send("more"));
});

test("a mute lasts as long as the server's clock says", async () => {
  const app = makeApp();
  await app.join();
  const until = at(1 + 300);
  app.events(event("muted", 1, { target: "ada", target_member: 1, until }));
  app.tick(10);
  assert.equal(app.screen.last("composer.hold")?.[0].left, "4:50");
  app.events(event("muted", 2, { target: "ada", target_member: 1 }));
  app.tick(1);
  assert.deepEqual(app.screen.last("composer.hold"), [null]);
});

test("a draft is kept for its room until it is sent", async () => {
  const app = makeApp();
  await app.join();
  app.intents.composer.edited("half a thou");
  app.tick(0.5);
  assert.equal(app.store.preference("draft"), undefined);
  app.tick(1);
  assert.deepEqual(app.store.preference("draft"), { text: "half a thou", journal: "j1" });
  const again = makeApp({ store: app.store });
  await again.join();
  assert.deepEqual(again.screen.last("composer.replace"), ["half a thou"]);
  again.intents.composer.edited("");
  again.intents.seen(false);
  assert.ok(!app.store.preference("draft"));
});
