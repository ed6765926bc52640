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

test("a longer one shows 15 lines and says how many are left", () => {
  const text = lines(27);
  const fold = foldAt(text);
  assert.equal(fold?.more, 12);
  assert.equal(text.slice(0, fold?.at), `${lines(15)}\n`);
});

test("a paragraph without lines is cut between words, by what a line has room for", () => {
  const text = "word ".repeat(400);
  const fold = foldAt(text);
  assert.equal(fold?.more, 5);
  assert.equal(fold?.at, 1500);
  assert.equal(foldAt("x".repeat(2000))?.at, 1500);
});

test("the line that is too long for the rest is cut where the rest ends", () => {
  const text = `${lines(14)}\n${"word ".repeat(60)}`;
  const fold = foldAt(text);
  assert.equal(fold?.more, 2);
  assert.equal(text.slice(0, fold?.at).split("\n").length, 15);
  assert.match(text.slice(fold?.at), /^word /);
});
