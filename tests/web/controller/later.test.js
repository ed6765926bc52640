/** Parts that load late: what is typed behind a choice waits for it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeComposer } from "../../../server/web/controller/composer.js";
import { later } from "../../../server/web/controller/later.js";

/** A part that loads when the test says so; its `reply` makes the next message an answer. */
function scene() {
  /** @type {any} */
  const made = {
    intents: { reply: (/** @type {number} */ seq) => (made.talking.reply = { reply_to: seq }) },
    talking: { isEdit: false, reply: {}, end: () => (made.talking.reply = {}) },
  };
  /** @type {(made: any) => void} */
  let resolve = () => {};
  /** @type {(why: Error) => void} */
  let reject = () => {};
  const promise = new Promise((done, failed) => ([resolve, reject] = [done, failed]));
  /** @type {string[]} */
  const problems = [];
  /** @type {any} */
  const acting = later(
    () => promise,
    () => problems.push("not loaded"),
  );
  /** @type {any[]} */
  const said = [];
  const drafts = { text: "", replace: (/** @type {string} */ text) => (drafts.text = text) };
  const composer = makeComposer(
    /** @type {any} */ ({}),
    /** @type {any} */ ({
      acting,
      drafts,
      outgoing: {
        send: (/** @type {string} */ text, /** @type {any} */ more) =>
          said.push({ text, ...more }),
      },
      sendFiles: () => false,
      sent() {},
    }),
  );
  /** Type a text, and press Enter. */
  function type(/** @type {string} */ text) {
    drafts.text = text;
    if (composer.intents.send(text)) drafts.text = "";
  }
  const settled = () => new Promise((done) => setTimeout(done));
  return { acting, drafts, made, problems, reject, resolve, said, settled, type };
}

test("an answer that is typed before its part is loaded is an answer", async () => {
  const { acting, drafts, made, resolve, said, settled, type } = scene();
  acting.intents.reply(7);
  type("yes");
  assert.deepEqual([said, drafts.text], [[], "yes"]);
  resolve(made);
  await settled();
  assert.deepEqual([said, drafts.text], [[{ text: "yes", reply_to: 7 }], ""]);
});

test("without a choice a message waits for nothing", () => {
  const { acting, said, type } = scene();
  acting.prepare();
  type("hello");
  assert.deepEqual(said, [{ text: "hello" }]);
});

test("where the part cannot be loaded, Enter again sends a plain message", async () => {
  const { acting, drafts, problems, reject, said, settled, type } = scene();
  acting.intents.reply(7);
  type("yes");
  reject(new Error());
  await settled();
  assert.deepEqual([said, drafts.text], [[], "yes"]);
  assert.ok(problems.length);
  type("yes");
  assert.deepEqual(said, [{ text: "yes" }]);
});
