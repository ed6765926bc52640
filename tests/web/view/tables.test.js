import assert from "node:assert/strict";
import { test } from "node:test";

import { sorted } from "../../../server/web/view/tables.js";

const rows = [
  ["bob", "9"],
  ["Alice", "100"],
  ["élise", "20"],
];
const names = (/** @type {string[][]} */ order) => order.map(([name]) => name);

test("texts sort by the alphabet, not by case or accent", () => {
  assert.deepEqual(names(sorted(rows, 0, false, false)), ["Alice", "bob", "élise"]);
});

test("numbers sort by value", () => {
  assert.deepEqual(names(sorted(rows, 1, true, false)), ["bob", "élise", "Alice"]);
  assert.deepEqual(names(sorted(rows, 1, true, true)), ["Alice", "élise", "bob"]);
});

test("the table itself keeps its order", () => {
  sorted(rows, 1, true, true);
  assert.deepEqual(names(rows), ["bob", "Alice", "élise"]);
});
