import assert from "node:assert/strict";
import { test } from "node:test";

import { actsOf } from "../../../server/web/view/acts.js";
import { joins } from "../../../server/web/view/cards.js";
import { heading, message, picture } from "../gallery/items.js";

/** @typedef {import("../../../server/web/view/contract.js").MessageRules} Rules */
/** @type {Rules} */
const ALL = { remove: "all", reply: true, react: true, edit: true, pin: true };
/** @type {Rules} */
const OWN = { ...ALL, remove: "own" };
/** @type {Rules} */
const NOTHING = { ...ALL, remove: "none", edit: false, pin: false };
const intents = /** @type {any} */ ({ conversation: {}, moderation: {} });
const ids = (/** @type {any} */ item, rules = ALL, now = 1000) =>
  actsOf(item, rules, intents, now).map(({ id }) => id);

test("of an own message one can change the text as long as the room takes it", () => {
  const own = message("alice", "10:00", "hello", {}, { editableUntil: 1001 });
  assert.deepEqual(ids(own), ["copy", "link", "edit", "pin", "delete"]);
  assert.deepEqual(ids(own, ALL, 1001), ["copy", "link", "pin", "delete"]);
  assert.deepEqual(ids(own, OWN).at(-1), "delete");
});

test("those of others are mentioned and ignored", () => {
  const other = message("bob", "10:00", "hello");
  assert.deepEqual(ids(other, NOTHING), ["copy", "link", "mention", "ignore"]);
  assert.deepEqual(ids(other, OWN), ["copy", "link", "pin", "mention", "ignore"]);
});

test("a file has no text to copy, and what is no message nothing", () => {
  assert.deepEqual(ids(picture(1, 0), NOTHING), ["link", "mention", "ignore"]);
  assert.deepEqual(ids({ kind: "day", text: "Today" }), []);
  assert.deepEqual(ids(undefined), []);
});

test("pictures of one run stand together", () => {
  const first = picture(1, 0, { heading: heading("Éloïse", "10:00") });
  assert.ok(joins(first, picture(2, 1)));
  assert.ok(!joins(first, picture(2, 1, { heading: heading("Éloïse", "10:09") })));
  assert.ok(!joins(first, picture(2, 1, { speaker: "bob" })));
  assert.ok(!joins(first, picture(2, 1, { picture: null })));
  assert.ok(!joins(message("Éloïse", "10:00", "look"), picture(2, 1)));
});
