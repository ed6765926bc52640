/** The browser client in Firefox; test_firefox.py starts this with a server. @module */

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Tab, URLS, stage, startFirefox, until } from "./tab.js";

/** @import { Browser } from "puppeteer-core" */

const SAVED = process.env.SAVED ?? "";
const MESSAGES = "#messages [role=listitem]";
const COUNT = 500;

/** @type {Browser} */
let firefox;

before(async () => {
  firefox = await startFirefox();
});
after(() => firefox.close());

/** Wait until a file was saved, and return its text. @param {RegExp} like */
async function saved(like) {
  const [name = ""] = await until(
    `a saved file ${like}`,
    async () => (await readdir(SAVED)).filter((each) => like.test(each)),
    (found) => found.length,
  );
  return until(name, () => readFile(join(SAVED, name), "utf-8"));
}

test("one reads why the name is refused, joins and talks", async () => {
  const tab = await Tab.open(firefox);
  await tab.shows("h1", "#lobby");
  await tab.focused("name");
  await tab.send("desk");
  await tab.shows("#name-error", "The name desk is taken.");
  await tab.focused("name");
  await tab.joins("ann");
  await tab.send("talk-1");
  await tab.shows(MESSAGES, "talk-1");
  await stage("say", { texts: ["talk-2", "talk-3 *bold* https://example.org/", "talk-4"] });
  await tab.shows(MESSAGES, "talk-4");
  await tab.send("talk-5");
  await tab.shows(MESSAGES, "talk-5");
  const wanted = [1, 2, 3, 4, 5].map((number) => `talk-${number}`);
  assert.deepEqual(await tab.numbers("talk"), wanted);
  assert.equal((await stage("said", { like: "talk" })).length, 5);
  await tab.shows(`${MESSAGES} strong`, "bold");
  await tab.shows("#members", "desk");
  await tab.close();
});

test("a reload resumes, and a restart of the server loses nothing", async () => {
  const tab = await Tab.join(firefox, "ben");
  await tab.send("stay-1");
  await tab.shows(MESSAGES, "stay-1");
  await tab.page.reload();
  await tab.inRoom();
  await tab.shows(MESSAGES, "stay-1");
  assert.deepEqual(await stage("comings", { name: "ben" }), ["joined"]);
  await stage("stop");
  await tab.shows("#banner", "sent when you are back");
  await tab.send("stay-2");
  await tab.send("stay-3");
  await until(
    "two wait",
    () => tab.texts("#pending [role=listitem]"),
    ({ length }) => length === 2,
  );
  await stage("start");
  await tab.hides("#banner");
  await tab.hides("#pending [role=listitem]");
  await tab.shows(MESSAGES, "stay-3");
  const wanted = ["stay-1", "stay-2", "stay-3"];
  assert.deepEqual(await tab.numbers("stay"), wanted);
  assert.deepEqual(await stage("said", { like: "stay" }), wanted);
  tab.problems = tab.problems.filter((each) => !/can.t establish a connection/.test(each));
  await tab.close();
});

test("files are chosen, pasted, read and saved", async () => {
  const path = join(SAVED, "notes für.txt");
  await writeFile(path, "first line\nzweite Zeile: größe 👍\n");
  const tab = await Tab.join(firefox, "cid");
  const [chooser] = await Promise.all([
    tab.page.waitForFileChooser(),
    tab.press("Share files"),
  ]);
  await chooser.accept([path]);
  const card = "article.card";
  await tab.shows(card, "größe 👍");
  // Firefox without a window has no files on its clipboard, and none in an event of a script.
  await tab.page.$eval("#field", (field) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["pasted content"], "pasted.txt"));
    const paste = new ClipboardEvent("paste", { bubbles: true, cancelable: true });
    Object.defineProperty(paste, "clipboardData", { value: clipboardData });
    field.dispatchEvent(paste);
  });
  await tab.shows("#attached", "pasted.txt");
  await tab.page.focus("#field");
  await tab.page.keyboard.press("Enter");
  await tab.shows(card, "pasted content");
  assert.deepEqual(await stage("shared"), ["notes für.txt", "pasted.txt"]);
  await tab.press("Open");
  await tab.shows("dialog", "zweite Zeile");
  await tab.page.keyboard.press("Escape");
  await tab.hides("dialog");
  await (await tab.page.waitForSelector(`${card} ::-p-aria(Save)`))?.click();
  assert.match(await saved(/für\(1\)\.txt$/), /zweite Zeile: größe/);
  await tab.keys("Control+s");
  await tab.press("As text", "menuitem");
  assert.match(await saved(/^lobby .*\.txt$/), /cid shared pasted\.txt/);
  await tab.close();
});

/** A member as the active-user report has it. @param {string} name */
async function inReport(name) {
  const members = await stage("report");
  return members.find((/** @type {{name: string}} */ each) => each.name === name);
}

/** Note rows that moved by something else than turns of the wheel. @param {number} turn */
function watch(turn) {
  const pane = document.getElementById("pane") ?? document.body;
  /** @type {Map<Element, number>} */
  let before = new Map();
  let atTop = true;
  const frame = () => {
    const { top, bottom } = pane.getBoundingClientRect();
    const now = new Map();
    for (const row of pane.querySelectorAll("[role=listitem]")) {
      const place = row.getBoundingClientRect();
      if (place.bottom > top && place.top < bottom) now.set(row, place.top);
    }
    // The uppermost row counts: those below it get their height when they come into view.
    const [row, place] = [...now].find(([each]) => before.has(each)) ?? [];
    const moved = (place - (before.get(row) ?? place)) / turn;
    if (!atTop && pane.scrollTop && Math.abs(moved - Math.round(moved)) > 1 / turn)
      console.error(`jumped by ${moved * turn} pixels`);
    before = now;
    atTop = !pane.scrollTop;
    if (pane.dataset.watched) requestAnimationFrame(frame);
  };
  pane.dataset.watched = "true";
  frame();
}

test("older messages come without a jump, and search finds them", async () => {
  const more = (/** @type {number} */ place) => " of many words".repeat(place % 20);
  const texts = Array.from({ length: COUNT }, (_, at) => `past-${at + 1} ${more(at)}`);
  await stage("say", { texts });
  const tab = await Tab.join(firefox, "eve");
  await tab.shows(MESSAGES, `past-${COUNT}`);
  assert.notEqual((await tab.numbers("past"))[0], "past-1");
  await (await tab.find("Conversation", "region")).hover();
  const turn = 400;
  await tab.page.evaluate(watch, turn);
  const oldest = async () => (await tab.numbers("past"))[0];
  for (let turns = 0; (await oldest()) !== "past-1"; turns += 1) {
    assert.ok(turns < COUNT, "the wheel turned long enough");
    await tab.page.mouse.wheel({ deltaY: -turn });
  }
  const numbers = texts.map((text) => text.split(" ")[0]);
  assert.deepEqual(await tab.numbers("past"), numbers);
  await tab.page.$eval("#pane", (pane) => pane.removeAttribute("data-watched"));
  await tab.keys("Control+f");
  await tab.page.keyboard.type("past-477");
  await tab.shows("#search [role=status]", "1 of 1");
  await tab.press("Search all history");
  await tab.shows("#search mark", "past-477");
  await tab.page.keyboard.press("Escape");
  await tab.hides("#search");
  await tab.keys("Alt+End");
  await tab.close();
});

test("keys reach the report, rows of the conversation, dialogs and the field", async () => {
  const tab = await Tab.join(firefox, "fay");
  await tab.send("keys-1");
  await tab.send("keys-2");
  await tab.shows(MESSAGES, "keys-2");
  await tab.keys("Alt+r");
  await tab.shows("dialog th", "fay");
  const fay = await inReport("fay");
  await tab.shows("dialog td", String(fay.port));
  await tab.shows("dialog p", `${(await stage("report")).length} of 50 members`);
  await tab.page.keyboard.press("Escape");
  await tab.hides("dialog");
  await tab.focused("field");
  for (const key of ["F1", "Control+g", "Control+,"]) {
    await tab.keys(key);
    await tab.page.waitForSelector("dialog[open]");
    await tab.page.keyboard.press("Escape");
    await tab.hides("dialog");
    await tab.focused("field");
  }
  await tab.keys("Shift+Tab");
  await tab.keys("Shift+Tab");
  await tab.shows("[role=listitem]:focus", "keys-2");
  await tab.page.keyboard.press("ArrowUp");
  await tab.shows("[role=listitem]:focus", "keys-1");
  await tab.page.keyboard.press("Delete");
  await tab.press("Delete");
  await tab.hides("dialog");
  await tab.shows(MESSAGES, "Message deleted");
  await tab.page.keyboard.press("Escape");
  await tab.focused("field");
  await tab.page.keyboard.press("ArrowUp");
  assert.equal(await tab.written(), "keys-2");
  await tab.close();
});

test("it is German, dark and as narrow as a phone", async () => {
  const tab = await Tab.open(firefox, URLS.http, "de-AT");
  await tab.page.setViewport({ width: 375, height: 720 });
  await tab.shows("label", "Dein Name");
  assert.ok(await tab.fits());
  await tab.send("desk");
  await tab.shows("#name-error", "Dieser Name ist vergeben.");
  await tab.joins("gil", "Dein Name");
  await stage("say", {
    texts: [`${"long_".repeat(99)} https://example.org/${"x".repeat(99)}`],
  });
  await tab.shows(MESSAGES, "long_long");
  assert.ok(await tab.fits());
  const isLight = () =>
    tab.page.evaluate(() => /rgb\(2\d\d/.test(getComputedStyle(document.body).backgroundColor));
  assert.ok(await isLight());
  await tab.keys("Control+d");
  await until("it is dark", isLight, (light) => !light);
  await tab.page.reload();
  await tab.inRoom();
  assert.ok(!(await isLight()));
  await tab.close();
});

test("https with the room's own certificate is enough", async () => {
  const tab = await Tab.open(firefox, URLS.https);
  await tab.shows("summary", "Encrypted");
  await tab.joins("flo");
  await tab.send("encrypted");
  await tab.shows(MESSAGES, "encrypted");
  const flo = await inReport("flo");
  assert.equal(flo.tls, true);
  await tab.close();
});
