import assert from "node:assert/strict";
import { test } from "node:test";

import { makeAnnouncer } from "../../../server/web/view/announcer.js";

function made() {
  /** @type {string[]} */
  const said = [];
  /** @type {(() => void)[]} */
  const timers = [];
  const announcer = makeAnnouncer(
    (text) => said.push(text),
    (run) => timers.push(run),
  );
  const pass = () => timers.splice(0).forEach((run) => run());
  return { announcer, said, pass };
}

test("one message is said with its name", () => {
  const { announcer, said, pass } = made();
  announcer.add("bob: hello");
  pass();
  assert.deepEqual(said, ["bob: hello"]);
});

test("several within a second are one number, and the next one stands alone again", () => {
  const { announcer, said, pass } = made();
  for (const text of ["bob: a", "bob: b", "eve: c", "bob: d"]) announcer.add(text);
  pass();
  announcer.add("eve: later");
  pass();
  assert.deepEqual(said, ["4 new messages", "eve: later"]);
});

test("nothing is said of messages that the reader left behind", () => {
  const { announcer, said, pass } = made();
  announcer.add("bob: hello");
  announcer.forget();
  pass();
  assert.deepEqual(said, []);
});
