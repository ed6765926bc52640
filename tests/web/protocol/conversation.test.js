/** What members do with messages, and with their names, in the state machine of the client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientProtocol } from "../../../server/web/protocol/protocol.js";

const FEATURES = ["typing"];

/** A client that has joined as bob, number 3. @param {Record<string, any>} more @param {any} options */
function joined(more = {}, options = {}) {
  const settings = { client: "Example 1.0", origin: "https://localhost:18000" };
  const protocol = new ClientProtocol({ name: "bob", ...options }, settings);
  protocol.start();
  protocol.roomFound(null, 0);
  protocol.opened(0);
  const welcome = { type: "welcome", you: "bob", member: 3, token: "t", seq: 0, reset: false };
  const limits = { text: 100, file: 100, files: "text", edit: 0 };
  const rest = { journal: "j", limits, features: FEATURES, members: [] };
  protocol.received({ ...welcome, ...rest, ...more }, 0);
  return protocol;
}

/** @param {any[]} steps */
const sent = (steps) => steps.flatMap((each) => (each.do === "send" ? [each.request] : []));
/** @param {any[]} steps */
const told = (steps) => steps.flatMap((each) => (each.do === "tell" ? [each.event] : []));

test("a message says what it answers, also when it is sent again", () => {
  const protocol = joined();
  const reply = { type: "say", text: "yes", id: "a", reply_to: 7 };
  const steps = protocol.send({ id: "a", text: "yes", tried: false, reply_to: 7 }, 1);
  assert.deepEqual(sent(steps), [reply]);
  const slow = { type: "error", id: "a", code: "slow", reason: "", retry_after: 2 };
  protocol.received(slow, 1);
  assert.deepEqual(sent(protocol.tick(3)), [reply]);
});

test("typing is told once in three seconds, where the room knows of it", () => {
  const protocol = joined();
  const told = [1, 2, 3.9, 4, 5, 7].map((now) => sent(protocol.typing(now)).length);
  assert.deepEqual(told, [1, 0, 0, 1, 0, 1]);
  assert.deepEqual(sent(joined({ features: [] }).typing(1)), []);
  protocol.closed(1006, 20);
  assert.deepEqual(sent(protocol.typing(30)), []);
});

test("a receipt counts by number, whatever one was called", () => {
  const protocol = joined({}, { outgoing: [{ id: "a", text: "x", tried: false }] });
  const event = { at: "", name: "bob", member: 3 };
  protocol.received({ type: "renamed", seq: 1, ...event, to: "rob" }, 1);
  const confirmed = { kind: "confirmed", id: "a" };
  const said = { type: "said", seq: 2, ...event, text: "x", id: "a" };
  assert.deepEqual(told(protocol.received({ ...said, member: 4 }, 1)).length, 1);
  assert.deepEqual(told(protocol.received({ ...said, seq: 3, name: "rob" }, 1))[0], confirmed);
});

test("one's own end is known by number, and by the new name where there is none", () => {
  const protocol = joined();
  const left = { type: "left", at: "", reason: "kicked", by: "ann" };
  protocol.received({ ...left, seq: 1, name: "bob", member: 9 }, 1);
  assert.equal(protocol.state, "ready", "another bob");
  const old = joined({ member: undefined });
  old.received({ type: "renamed", seq: 1, at: "", name: "bob", to: "rob" }, 1);
  old.received({ ...left, seq: 2, name: "rob" }, 1);
  assert.equal(old.state, "ended");
});

test("the answer to a note is one's presence, and a lost one fails", () => {
  const protocol = joined();
  protocol.ask({ type: "note", id: "n", text: "at lunch" }, 1);
  const presence = {
    type: "presence",
    name: "bob",
    state: "active",
    note: "at lunch",
    id: "n",
  };
  assert.deepEqual(told(protocol.received(presence, 1)), [{ kind: "presence", presence }]);
  protocol.ask({ type: "edit", id: "e", seq: 4, text: "x" }, 2);
  const failed = told(protocol.closed(1006, 3)).filter(({ kind }) => kind === "requestFailed");
  assert.deepEqual(
    failed.map(({ id }) => id),
    ["e"],
    "the note was answered",
  );
});
