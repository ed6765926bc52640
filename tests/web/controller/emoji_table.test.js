/** The search for emoji finds the same first as the desktop client (test_emoji.py). */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeTable } from "../../../server/web/controller/emoji_table.js";

const text = readFileSync(new URL("../../../shared/emoji.txt", import.meta.url), "utf8");

test("the emoji whose name is the word is before those that it only describes", () => {
  const first = (/** @type {string} */ words, german = false) =>
    makeTable(text, ["👍"], german)(words)[0]?.emoji;
  assert.equal(first("rocket"), "🚀");
  assert.equal(first("Rakete", true), "🚀");
  assert.equal(first("+1"), "👍");
  assert.equal(first("no such emoji"), undefined);
});
