/** Files above the composer, what the room takes, pictures and their viewer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf } from "../../../server/web/controller/kinds.js";
import { event, makeApp, settled } from "../fakes.js";

/** @typedef {any} Any */
const file = (/** @type {string} */ name, type = "", size = 3) =>
  /** @type {Any} */ (Object.assign(new Blob(["x".repeat(size)], { type }), { name }));
const row = (/** @type {Any} */ app) => app.screen.last("composer.showAttachments")?.[0];
const WHOLE = { type: "image/png", width: 1280, height: 560, thumb: "/files/f/~thumb" };
const picture = (/** @type {number} */ seq, more = {}) =>
  event("shared", seq, {
    member: 2,
    file: {
      id: `f${seq}`,
      name: `p${seq}.png`,
      size: 86_016,
      url: `/files/f${seq}/p.png`,
      ...WHOLE,
      ...more,
    },
  });

test("files wait above the composer, and go before the text", async () => {
  const app = makeApp();
  await app.join();
  app.intents.attachments.add([file("a.png", "image/png"), file("b.txt", "text/plain")]);
  assert.deepEqual(
    row(app).map((/** @type {Any} */ { name, size, url, problem }) => [
      name,
      size,
      url,
      problem,
    ]),
    [
      ["a.png", "3 bytes", "blob:a.png", ""],
      ["b.txt", "3 bytes", "", ""],
    ],
  );
  await settled();
  assert.ok(app.intents.composer.send("look"));
  await settled();
  assert.deepEqual(
    app.network.uploads.map((/** @type {Any} */ each) => each.file.name),
    ["a.png", "b.txt"],
  );
  assert.deepEqual(
    app.network.sent.map((/** @type {Any} */ each) => each.text),
    ["look"],
  );
  assert.deepEqual([row(app), app.browser.revoked], [[], ["blob:a.png"]]);
});

test("files go without a text too, and one can be taken out", async () => {
  const app = makeApp();
  await app.join();
  app.intents.attachments.add([file("a.png", "image/png"), file("b.txt")]);
  app.intents.attachments.remove(row(app)[0].key);
  assert.deepEqual(app.browser.revoked, ["blob:a.png"]);
  assert.ok(app.intents.composer.send(""));
  assert.equal(app.network.uploads.length, 1);
  assert.equal(app.intents.composer.send(""), false);
});

test("what the room does not take is said at once, and is not sent", async () => {
  const app = makeApp();
  await app.join();
  app.network.problem = { code: "not_text", params: { rule: "pictures" } };
  app.intents.attachments.add([file("a.zip")]);
  await settled();
  assert.equal(row(app)[0].problem, "This room accepts text files and pictures only.");
  assert.equal(app.intents.composer.send(""), false);
  assert.deepEqual([app.network.uploads.length, row(app).length], [0, 1]);
});

test("a refused upload can be tried again only where that helps", async () => {
  const app = makeApp();
  await app.join();
  app.intents.files.share([file("a.txt"), file("b.zip")]);
  const [{ key: first }, { key: second }] = /** @type {Any} */ (app.network.uploads);
  const failed = (/** @type {string} */ key, /** @type {string} */ code) =>
    app.network.tell({ kind: "uploadFailed", key, problem: { code } });
  failed(first, "connection_lost");
  failed(second, "not_text");
  app.flush();
  const rows = app.screen.last("transfers.show")?.[0];
  assert.deepEqual(
    rows.map((/** @type {Any} */ { retry }) => retry),
    [true, false],
  );
});

test("the button that shares says what the room takes", async () => {
  for (const [files, text] of [
    ["text", "Text files, at most 1 KB"],
    ["pictures", "Text files and pictures, at most 1 KB"],
    ["any", "Any files, at most 1 KB"],
  ]) {
    const app = makeApp();
    await app.join({ limits: { text: 100, file: 1024, files, edit: 0 } });
    assert.deepEqual(app.screen.last("composer.showTakes"), [text]);
  }
});

test("a text that is too long is offered as a file", async () => {
  const app = makeApp();
  await app.join();
  app.intents.attachments.addText("x".repeat(1234));
  const [question, yes] = app.screen.last("windows.ask") ?? [];
  assert.equal(question.text, "It has 1,234 characters; a message has at most 100.");
  yes();
  assert.deepEqual([row(app)[0].name, row(app)[0].size], ["text.txt", "1.2 KB"]);
});

test("leaving the room empties the row; reloading it asks while there are files", async () => {
  const app = makeApp();
  await app.join();
  app.intents.attachments.add([file("a.png", "image/png")]);
  await settled();
  assert.ok(app.controller.busy, "a file above the field would be lost");
  app.intents.files.share([file("b.txt")]);
  app.network.tell({ kind: "ended", why: "left", problem: null, clean: true });
  assert.deepEqual(
    [row(app), app.browser.revoked, app.controller.busy],
    [[], ["blob:a.png"], false],
  );
});

test("a picture has the size at which it is shown; what is none is a card", async () => {
  const app = makeApp();
  await app.join();
  app.events(
    picture(1),
    picture(2, { width: 100, height: 2000 }),
    picture(3, { thumb: undefined }),
  );
  const [wide, high, card] = app.screen.items.slice(-3);
  assert.deepEqual(wide?.picture, {
    url: "/files/f1/p.png",
    thumb: "/files/f/~thumb",
    width: 384,
    height: 168,
  });
  assert.deepEqual([high?.picture.width, high?.picture.height, card?.picture], [13, 256, null]);
});

test("the viewer goes through the pictures, and follows what is deleted", async () => {
  const app = makeApp();
  await app.join();
  app.events(picture(1), picture(2), picture(3, { thumb: undefined }), picture(4));
  app.intents.pictures.open("f2");
  const shown = () => app.screen.last("windows.showPicture")?.[0];
  assert.deepEqual(shown(), {
    fileId: "f2",
    name: "p2.png",
    facts: "1280 × 560 · 84 KB",
    url: "/files/f2/p.png",
    before: true,
    after: true,
  });
  app.intents.pictures.step(1);
  assert.deepEqual([shown().fileId, shown().after], ["f4", false]);
  app.intents.pictures.step(1);
  app.events(picture(5));
  assert.deepEqual([shown().fileId, shown().after], ["f4", true]);
  app.events(event("deleted", 6, { target: 4, name: "bob" }));
  assert.equal(shown(), null);
  const count = app.screen.count("windows.showPicture");
  app.events(picture(7));
  assert.equal(app.screen.count("windows.showPicture"), count, "it is closed");
});

test("the kind of a file is that of its content, or of its name", () => {
  const kinds = /** @type {[string | undefined, string, string][]} */ ([
    [undefined, "a.txt", "text"],
    ["text/plain", "run.sh", "text"],
    ["image/heic", "a.heic", "picture"],
    ["application/zip", "a.docx", "document"],
    ["application/zip", "a.apk", "program"],
    ["application/zip", "a", "archive"],
    ["application/octet-stream", "setup.exe", "program"],
    ["application/octet-stream", "a.mkv", "film"],
    ["application/octet-stream", "a.bin", "other"],
    ["audio/flac", "a.flac", "sound"],
    ["audio/mpeg", "song.exe", "program"],
    ["application/pdf", "a.pdf", "document"],
  ]);
  for (const [type, name, kind] of kinds) assert.equal(kindOf(type, name), kind, name);
});
