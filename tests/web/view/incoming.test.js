import assert from "node:assert/strict";
import { test } from "node:test";

import { pasted } from "../../../server/web/view/incoming.js";

const file = (/** @type {string} */ name) => /** @type {any} */ ({ name });
const paste = (/** @type {string[]} */ names, text = "") =>
  pasted({ files: names.map(file), getData: () => text });

test("files and pictures are taken, also with their paths as text", () => {
  for (const text of [
    "",
    "/home/ann/a b.txt",
    "C:\\Users\\a b.txt",
    "file:///ann/a%20b.txt\r\n",
  ])
    assert.deepEqual(paste(["a b.txt"], text), { files: [file("a b.txt")] }, text);
});

test("a picture without a file has the name that the desktop gives it", () => {
  const image = new File(["x"], "image.png", { type: "image/png" });
  const taken = (/** @type {string} */ text, /** @type {File[]} */ ...files) => {
    const found = pasted({ files, getData: () => text });
    return found && "files" in found ? found.files.map(({ name }) => name) : found;
  };
  assert.deepEqual(taken("", image), ["pasted.png"]);
  assert.deepEqual(taken("/home/ann/image.png", image), ["image.png"]);
  assert.deepEqual(taken("", image, image), ["image.png", "image.png"]);
});

test("the picture that an office program adds to a text is not", () => {
  assert.equal(paste(["image.png"], "Name\tPlace\nann\t1"), null);
});

test("a text of more than 8,000 characters is offered as a file", () => {
  assert.equal(paste([], "x".repeat(8000)), null);
  assert.deepEqual(paste([], "x".repeat(8001)), { text: "x".repeat(8001) });
});
