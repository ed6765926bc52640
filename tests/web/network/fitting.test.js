import assert from "node:assert/strict";
import { test } from "node:test";
import { unfit } from "../../../server/web/network/fitting.js";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
const WEBP = new Uint8Array([..."RIFF\0\0\0\0WEBPVP8 "].map((each) => each.charCodeAt(0)));
const BINARY = new Uint8Array([1, 0, 2]);

/** @param {string} files @param {BlobPart} content */
const code = async (files, content) => {
  const found = await unfit(new Blob([content]), { file: 100, files });
  return found && [found.code, found.params?.rule].filter(Boolean).join(".");
};

test("a room takes text, pictures too, or all", async () => {
  for (const [files, content, expected] of /** @type {[string, any, string | null][]} */ ([
    ["text", "hello", null],
    ["text", "\ufeffh\0".repeat(2), "not_text"],
    ["text", PNG, "not_text"],
    ["pictures", PNG, null],
    ["pictures", WEBP, null],
    ["pictures", "hello", null],
    ["pictures", BINARY, "not_text.pictures"],
    ["any", BINARY, null],
    ["what comes later", BINARY, null],
    ["any", "x".repeat(101), "too_long.file"],
  ])) {
    assert.equal(
      await code(files, content),
      expected,
      `${files}: ${String(content).slice(0, 9)}`,
    );
  }
});

test("a folder, or a file that went, cannot be read", async () => {
  const gone = /** @type {any} */ ({
    size: 3,
    slice: () => ({ arrayBuffer: () => Promise.reject() }),
  });
  assert.deepEqual(await unfit(gone, { file: 100, files: "any" }), { code: "file_unreadable" });
});
