/** What a server sends is held to the limits of the protocol. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Malformed,
  ProblemError,
  decode,
  decodeFailure,
  decodeRoom,
} from "../../../server/web/protocol/checks.js";

const AT = "2026-11-22T08:00:00.000Z";
const EVENT = { seq: 1, at: AT, name: "bob", member: 3 };
const FILE = {
  id: "f1",
  name: "notes.txt",
  size: 5,
  sha256: "0".repeat(64),
  lines: 1,
  preview: "hello",
  url: "/files/f1/n%C3%B6tes'1'.txt",
};
const PICTURE = { type: "image/png", width: 640, height: 480, thumb: "/thumbs/f1" };
const REACTIONS = { "👍": [{ member: 3, name: "bob" }], "🎉": [{ member: 4, name: "eve" }] };
const MEMBER = { name: "bob", since: AT, state: "active" };
const WELCOME = {
  type: "welcome",
  you: "alice",
  token: "t1",
  seq: 0,
  reset: false,
  max_users: 3,
  limits: { text: 8000, file: 1000 },
  members: [MEMBER],
  room: "lobby",
};
const LINE = {
  name: "bob",
  address: "::1",
  port: 1,
  door: "websocket",
  tls: false,
  worker: 1,
  since: AT,
  idle: 0.5,
  state: "active",
  sent: 1,
  received: 1,
};
const REPORT = {
  type: "report",
  id: "r",
  active: 1,
  max_users: 3,
  started: AT,
  members: [LINE],
};
const BAN = { ban: 1, name: "x", by: "y", at: AT, until: null, text: "" };

/** @param {Record<string, any>} fields @returns {any} */
const checked = (fields) => decode(JSON.stringify(fields));
/** @param {number} count */
const history = (count) =>
  Array.from({ length: count }, (_, place) => ({ type: "joined", ...EVENT, seq: place + 1 }));

test("what keeps to the protocol stays as it is", () => {
  for (const usual of [
    { type: "said", ...EVENT, id: "a", text: "hi" },
    { type: "shared", ...EVENT, file: FILE },
    { type: "said", ...EVENT, text: "", deleted: { by: "ann", at: AT } },
    { type: "left", ...EVENT, reason: "kicked", by: "ann", text: "spam" },
    { type: "role", ...EVENT, target: "bob", role: "owner", target_member: 3 },
    { type: "bans", id: "b", bans: [BAN] },
    { type: "history", id: "h", events: history(2), more: true, before: 1 },
    { type: "said", ...EVENT, text: "so", reply_to: 1, quote: { name: "ann", text: "how?" } },
    { type: "said", ...EVENT, text: "so", edited: AT, reactions: REACTIONS, pinned: true },
    { type: "shared", ...EVENT, file: { ...FILE, ...PICTURE }, reactions: REACTIONS },
    { type: "edited", ...EVENT, target: 4, text: "x", id: "e" },
    { type: "reacted", ...EVENT, target: 4, emoji: "👍", on: true },
    { type: "pinned", ...EVENT, target: 4, on: false },
    { type: "renamed", ...EVENT, to: "rob" },
    { type: "presence", name: "bob", state: "active", member: 3, note: "at lunch", id: "n" },
    { type: "typing", name: "bob", member: 3 },
  ]) {
    assert.deepEqual(checked(usual), usual);
  }
});

test("a welcome of the first edition has what it means", () => {
  const { topic, slow, locked, features, role, members, journal } = checked(WELCOME);
  assert.deepEqual([topic, slow, locked, features, role], ["", 0, false, [], "member"]);
  assert.deepEqual([members[0].role, journal], ["member", ""]);
  const { limits, pins } = checked(WELCOME);
  assert.deepEqual([limits.files, limits.edit, pins], ["text", 0, []]);
});

test("long texts are cut", () => {
  const text = checked({
    type: "said",
    ...EVENT,
    text: "x".repeat(200_000),
    id: "i".repeat(65),
  });
  assert.equal(text.text, "x".repeat(7_999) + "…");
  assert.equal(text.id, undefined);
  const name = (/** @type {string} */ name) => checked({ type: "joined", ...EVENT, name }).name;
  assert.equal(name("n".repeat(5000)), "n".repeat(31) + "…");
  assert.equal(name("a\nb\u0007"), "a b\ufffd");
  assert.equal(name("🙂".repeat(32)), "🙂".repeat(32));
  assert.equal(checked({ type: "joined", ...EVENT, at: "9".repeat(65) }).at, "");
  assert.equal(checked({ type: "left", ...EVENT, reason: "r".repeat(99) }).reason.length, 64);
});

test("reactions are as few as the protocol allows", () => {
  const many = Array.from({ length: 300 }, () => REACTIONS["👍"][0]);
  const kinds = Array.from({ length: 30 }, (_, place) => [`e${place}`, many]);
  const all = [["x".repeat(100), many], ["none", []], ["__proto__", many], ...kinds];
  const reactions = Object.fromEntries(all);
  const found = checked({ type: "said", ...EVENT, text: "x", reactions }).reactions;
  const counts = Object.values(found).map((each) => each.length);
  assert.deepEqual(
    [Object.keys(found), counts],
    [
      ["__proto__", "e0"],
      [300, 200],
    ],
  );
  assert.ok(!("reactions" in checked({ type: "said", ...EVENT, text: "x", reactions: {} })));
  const named = { "👍": [{ member: 3, name: "n".repeat(99) }] };
  const cut = checked({ type: "said", ...EVENT, text: "x", reactions: named }).reactions;
  assert.equal(cut["👍"][0].name.length, 32);
});

test("quotes, notes and pins are cut, and a welcome pins nothing but content", () => {
  const quote = { name: "ann", text: `a\n${"b".repeat(500)}` };
  const reply = checked({ type: "said", ...EVENT, text: "x", reply_to: 1, quote });
  assert.equal(reply.quote.text, `a ${"b".repeat(117)}…`);
  const told = { type: "presence", name: "bob", state: "active", note: "n".repeat(999) };
  assert.equal(checked(told).note.length, 100);
  const said = { type: "said", ...EVENT, text: "x", pinned: true };
  const pins = [...Array(30).fill({ ...said, seq: 2 }), { type: "joined", ...EVENT }, said];
  assert.deepEqual(checked({ ...WELCOME, pins }).pins.length, 19);
});

for (const thumb of ["https://evil.example/a", "/files/../room", "/../x", "/thumbs/a?b"]) {
  test(`${JSON.stringify(thumb)} is no path of a picture`, () => {
    const { file } = checked({ type: "shared", ...EVENT, file: { ...FILE, thumb } });
    assert.equal(file.thumb, "");
  });
}

test("a file is cut too", () => {
  const long = {
    name: "n".repeat(5000),
    preview: "a\n".repeat(20_000),
    lines: -3,
    id: "f".repeat(99),
  };
  const { file } = checked({ type: "shared", ...EVENT, file: { ...FILE, ...long } });
  assert.equal(file.name.length, 120);
  assert.equal(file.preview, Array(12).fill("a").join("\n"));
  assert.deepEqual([file.lines, file.id], [0, "f".repeat(64)]);
});

for (const sha256 of ["", "0".repeat(63), '0"\r\nHost: evil', "g".repeat(64)]) {
  test(`the checksum ${JSON.stringify(sha256)} fits no file`, () => {
    const { file } = checked({ type: "shared", ...EVENT, file: { ...FILE, sha256 } });
    assert.equal(file.sha256, "");
  });
}

for (const url of [
  "https://evil.example/files/f1/x",
  "//evil.example/files/f1/x",
  "/files/f1/x?y",
  "/files/f1/..",
  "/files/../room",
  "/files/f1/a/b",
  "javascript:alert(1)",
  "/files/f1/x\n",
]) {
  test(`${JSON.stringify(url)} is no path of a file`, () => {
    const { file } = checked({ type: "shared", ...EVENT, file: { ...FILE, url } });
    assert.equal(file.url, "");
  });
}

describe("what this version does not know", () => {
  test("counts if it is an event, and keeps its JSON", () => {
    const sparkled = { type: "sparkled", seq: 4, at: AT, text: "x" };
    assert.deepEqual(checked(sparkled), {
      type: "unknown",
      seq: 4,
      at: AT,
      name: "",
      raw: sparkled,
    });
    const said = { type: "said", ...EVENT, text: null };
    assert.equal(checked(said).type, "unknown");
    assert.equal(checked({ ...sparkled, text: "y".repeat(20_000) }).raw, undefined);
  });

  test("is nothing otherwise", () => {
    assert.equal(checked({ type: "sparkling", name: "bob" }), null);
    assert.equal(checked({ type: "toString" }), null);
    const page = { type: "history", id: "h", more: false };
    const events = [{ type: "edited" }, 5, null, { type: "edited", seq: 2 }];
    assert.deepEqual(
      checked({ ...page, events }).events.map((/** @type {any} */ each) => each.seq),
      [2],
    );
  });

  test("cannot be read in a known answer, or without a type", () => {
    for (const frame of ["{", "5", "null", "[]", "{}", '{"type":5}', '{"type":"accepted"}']) {
      assert.throws(() => decode(frame), Malformed);
    }
    assert.throws(() => checked({ ...WELCOME, limits: null }), Malformed);
  });
});

test("a refusal has few and short values", () => {
  const params = { name: "n".repeat(5000), list: [[]], most: 1e300, have: 7, on: true };
  const many = Object.fromEntries(Array.from({ length: 99 }, (_, number) => [`k${number}`, 1]));
  const found = checked({
    type: "refused",
    code: "c".repeat(999),
    reason: "r".repeat(9999),
    params: { ...params, ...many },
  });
  assert.deepEqual([found.code.length, found.reason.length], [64, 500]);
  assert.equal(found.params.name.length, 256);
  assert.equal(found.params.have, 7);
  assert.ok(!("list" in found.params || "most" in found.params || "on" in found.params));
  assert.ok(Object.keys(found.params).length <= 16);
});

test("a welcome is cut", () => {
  const found = checked({
    ...WELCOME,
    room: "r".repeat(999),
    max_users: 1e6,
    limits: { text: -1, file: 2 ** 53 },
    features: Array(999).fill("f".repeat(999)),
    topic: "x\n".repeat(900),
    slow: 1e9,
  });
  assert.deepEqual([found.room.length, found.max_users], [64, 2000]);
  assert.deepEqual([found.limits.text, found.limits.file], [0, Number.MAX_SAFE_INTEGER]);
  assert.deepEqual([found.features.length, found.features[0].length], [64, 64]);
  assert.ok(found.topic.length === 200 && !found.topic.includes("\n"));
  assert.equal(found.slow, 3600);
});

for (const fields of [
  ...[0, -1, 2 ** 53, 1e30].map((seq) => ({ type: "said", ...EVENT, text: "x", seq })),
  { type: "edited", seq: 2 ** 60 },
  { type: "shared", ...EVENT, file: { ...FILE, size: -1 } },
  { type: "shared", ...EVENT, file: { ...FILE, size: 2 ** 60 } },
  { ...WELCOME, seq: 2 ** 62 },
  { ...WELCOME, seq: -1 },
  { ...WELCOME, members: Array(2001).fill(MEMBER) },
  ...["a b", "a\r\nHost: evil", "", "t".repeat(5000)].map((token) => ({ ...WELCOME, token })),
  { ...WELCOME, journal: "j".repeat(5000) },
  { type: "history", id: "h", more: false, events: history(1001) },
  { type: "history", id: "h", more: false, events: history(2).reverse() },
  { type: "history", id: "h", more: true, events: [], before: 2 ** 60 },
  { type: "found", id: "s", more: false, events: history(101) },
  { type: "found", id: "s", more: true, events: [], before: -1 },
  { ...REPORT, members: Array(2001).fill(LINE) },
  { ...REPORT, members: [{ ...LINE, sent: 1e30 }] },
  { ...REPORT, members: [{ ...LINE, idle: 1e300 }] },
  { type: "bans", id: "b", bans: [{ ...BAN, ban: -1 }] },
]) {
  test(`cannot be right: ${JSON.stringify(fields).slice(0, 90)}`, () => {
    assert.throws(
      () => checked(fields),
      (error) => error instanceof ProblemError && error.problem.code === "protocol_broken",
    );
  });
}

test("hosts are as many as a room can have", () => {
  const urls = Array.from({ length: 17 }, (_, number) => `https://${number}:18000`);
  urls[1] = "javascript:alert(1)";
  const expected = [urls[0], ...urls.slice(2, 16)];
  for (const fields of [WELCOME, { type: "hosts" }]) {
    const message = decode(JSON.stringify({ ...fields, hosts: urls }));
    assert.deepEqual(message?.hosts, expected);
  }
});

test("a report and bans are cut", () => {
  const line = { name: "n".repeat(99), address: "a".repeat(99), client: "c".repeat(99) };
  const found = checked({ ...REPORT, members: [{ ...LINE, ...line }], active: 1e6 });
  const [cut] = found.members;
  assert.deepEqual([cut.name.length, cut.address.length, cut.client.length], [32, 64, 64]);
  assert.equal(found.active, 2000);
  const bans = [{ ...BAN, name: "x".repeat(99), text: "z\n".repeat(900) }];
  const [ban] = checked({ type: "bans", id: "b", bans }).bans;
  assert.deepEqual([ban.name.length, ban.text.length, ban.until], [32, 200, null]);
});

test("what HTTP answers is held to the limits too", () => {
  const room = { room: "r".repeat(99), journal: "j", features: [], password: false };
  const found = decodeRoom(JSON.stringify({ ...room, active: 1, max_users: 3 }));
  assert.deepEqual([found.room.length, found.version], [64, 1]);
  assert.throws(() => decodeRoom("<html>"), Malformed);
  assert.throws(() => decodeRoom('{"room":"lobby"}'), Malformed);
  assert.throws(() => decodeFailure("oops"), Malformed);
  assert.equal(decodeFailure('{"code":"gone","reason":"No."}').code, "gone");
});
