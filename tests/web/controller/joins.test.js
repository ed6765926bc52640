/** How those who came and went are summed up: as in the desktop client (test_notices.py). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { summary } from "../../../server/web/controller/joins.js";

/** "+ann -ben": ann joins, ben leaves. */
const run = (/** @type {string} */ text) =>
  summary(
    text.split(" ").map((each, place) => ({
      type: each[0] === "+" ? "joined" : "left",
      seq: place + 1,
      name: each.slice(1),
    })),
  );

for (const [events, text] of /** @type {const} */ ([
  ["+ann", "ann joined"],
  ["+ann +ben", "ann and ben joined"],
  ["+ann +ben +eve", "ann, ben and eve joined"],
  ["+ann +ben +eve +max", "ann, ben and 2 others joined"],
  ["+ann -ben -eve", "ann joined, 2 left"],
  ["+ann -ben", "ann joined, ben left"],
  ["+ann +ben -ann +max -max", "ben joined, 2 joined and left"],
  ["-ann +ann", "ann left and came back"],
  ["+ann -ann +ann", "ann joined"],
])) {
  test(`${events} is "${text}"`, () => assert.equal(run(events), text));
}
