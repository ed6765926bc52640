import assert from "node:assert/strict";
import { test } from "node:test";

import { foldAt } from "../../../server/web/view/blocks.js";

const lines = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, at) => `line ${at + 1}`).join("\n");

test("a text of 15 lines stands as it is, also with an empty end", () => {
  assert.equal(foldAt(lines(15)), null);
  assert.equal(foldAt(`${lines(15)}\n\n`), null);
  assert.equal(foldAt(""), null);
});

test("a longer one shows 12 lines and says how many are left", () => {
  const text = lines(16);
  const fold = foldAt(text);
  assert.equal(fold?.more, 4);
  assert.equal(text.slice(0, fold?.at), `${lines(12)}\n`);
});

test("a paragraph without lines is cut between words, by what a line has room for", () => {
  const text = "word ".repeat(400);
  const fold = foldAt(text);
  assert.equal(fold?.more, 8);
  assert.equal(fold?.at, 1200);
  assert.equal(foldAt("x".repeat(2000))?.at, 1200);
  assert.equal(foldAt("x".repeat(1500)), null);
});

test("the line that is too long for the rest is cut where the rest ends", () => {
  const text = `${lines(11)}\n${"word ".repeat(100)}`;
  const fold = foldAt(text);
  assert.equal(fold?.more, 4);
  assert.equal(text.slice(0, fold?.at).split("\n").length, 12);
  assert.match(text.slice(fold?.at), /^word /);
});
