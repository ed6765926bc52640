/** The banner about the connection. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeApp, said, settled, WELCOME } from "../fakes.js";

const LOST = {
  kind: "disconnected",
  problem: { code: "connection_lost" },
  attempt: 2,
  delay: 5,
};

const MAJORITY = {
  code: "unavailable",
  params: { rule: "majority" },
  reason: "No.",
  retryAfter: 2,
};

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
