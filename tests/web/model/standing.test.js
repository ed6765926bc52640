/** How messages and files stand after changes of them (shared/standing.py). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../../server/web/model/conversation.js";
import { changed, quote } from "../../../server/web/model/standing.js";
import { at, event, said } from "../fakes.js";

/** @typedef {any} Any */
/** @param {number} seq @param {number} target @param {string} text */
const edited = (seq, target, text) => event("edited", seq, { target, text });
/** @param {number} seq @param {number} target @param {string} emoji @param {number} member */
const reacted = (seq, target, emoji, member, on = true) =>
  event("reacted", seq, { target, emoji, member, name: `m${member}`, on });
const reply = (/** @type {number} */ seq, /** @type {number} */ to, text = "text 1") =>
  said(seq, "ada", "yes", { reply_to: to, quote: { name: "bob", text } });
/** As JSON has it: without what is undefined. @param {Any} value @returns {Any} */
const plain = (value) => JSON.parse(JSON.stringify(value));

/** @param {Any[]} events */
function holding(...events) {
  const conversation = new Conversation();
  for (const each of events) conversation.add(each);
  return conversation;
}

test("an edit changes the text, and says when", () => {
  const now = holding(said(1), edited(2, 1, "new")).find(1);
  assert.deepEqual(now, { ...said(1), text: "new", edited: at(2) });
});

test("an edit of a message that was deleted since says nothing", () => {
  assert.deepEqual(holding(said(1), edited(2, 1, "")).find(1), said(1));
});

test("an emoji keeps its place as long as anybody has it", () => {
  const one = [reacted(2, 1, "👍", 1), reacted(3, 1, "🎉", 1), reacted(4, 1, "👍", 2)];
  const more = [reacted(5, 1, "👍", 1, false), reacted(6, 1, "👍", 2)];
  const both = { "👍": [{ member: 2, name: "m2" }], "🎉": [{ member: 1, name: "m1" }] };
  const conversation = holding(said(1), ...one, ...more);
  assert.deepEqual(Object.entries(conversation.find(1)?.reactions), Object.entries(both));
  conversation.add(reacted(7, 1, "👍", 2, false));
  conversation.add(reacted(8, 1, "🎉", 1, false));
  assert.deepEqual(plain(conversation.find(1)), said(1));
});

test("an emoji with the name of a property is one like any other", () => {
  const found = holding(said(1), reacted(2, 1, "constructor", 1)).find(1);
  assert.deepEqual(Object.keys(found?.reactions), ["constructor"]);
});

test("deleted is final, and takes everything along", () => {
  const conversation = holding(
    reply(1, 9),
    edited(2, 1, "new"),
    reacted(3, 1, "👍", 1),
    event("pinned", 4, { target: 1, on: true }),
    event("deleted", 5, { target: 1, name: "ada" }),
    edited(6, 1, "back"),
    reacted(7, 1, "👍", 2),
  );
  const deleted = { by: "ada", at: at(5) };
  assert.deepEqual(conversation.find(1), { ...said(1, "ada", ""), deleted });
});

test("a file loses its file, and cannot be edited", () => {
  const shared = event("shared", 1, { file: { id: "f", name: "a.txt" } });
  assert.equal(changed(shared, edited(2, 1, "x")), shared);
  const conversation = holding(shared, event("deleted", 2, { target: 1 }));
  assert.deepEqual(conversation.find(1), {
    ...event("shared", 1),
    deleted: { by: "bob", at: at(2) },
  });
});

test("the quotes of replies follow their parent", () => {
  const conversation = holding(said(1), reply(2, 1), edited(3, 1, "much\n  better"));
  assert.equal(conversation.find(2)?.quote.text, "much better");
  assert.equal(conversation.page.events[1]?.quote.text, "much better");
  conversation.add(event("deleted", 4, { target: 1 }));
  assert.deepEqual(conversation.find(2)?.quote, { name: "bob", text: "" });
});

test("a quote is one line of the begin, a file is quoted by its name", () => {
  assert.deepEqual(
    quote(said(1, "bob", `a\n\tb ${"🙂".repeat(200)}`)).text.length,
    4 + 116 * 2,
  );
  assert.equal(quote(event("shared", 1, { file: { name: "a.txt" } })).text, "a.txt");
});

test("live changes that overtake an answer hold in it, in the order of seq", () => {
  const conversation = holding(
    said(10),
    edited(11, 3, "first"),
    reacted(12, 3, "👍", 1),
    edited(13, 3, "second"),
    reacted(14, 3, "👍", 1, false),
    edited(15, 4, "parent"),
  );
  const reactions = {
    "👍": [
      { member: 1, name: "m1" },
      { member: 2, name: "m2" },
    ],
  };
  const answer = [
    said(3, "bob", "old", { reactions }),
    said(4),
    reply(5, 4),
    edited(6, 3, "no"),
  ];
  const [three, four, five, six] = conversation.asTheyStand(answer);
  assert.deepEqual([three?.text, three?.edited], ["second", at(13)]);
  assert.deepEqual(three?.reactions, { "👍": [{ member: 2, name: "m2" }] });
  assert.equal(four?.text, "parent");
  assert.equal(five?.quote.text, "parent");
  assert.deepEqual(six, answer[3], "a change in an answer is carried out already");
});

test("changes in an answer change nothing: what it has stands as it is", () => {
  const conversation = holding(said(10), said(11));
  conversation.page.older(conversation.asTheyStand([said(8), edited(9, 10, "older")]), true);
  assert.equal(conversation.find(10)?.text, "text 10");
});

test("the changes that are kept are bounded, the last ones stay", () => {
  const conversation = new Conversation();
  for (let seq = 1; seq <= 12_000; seq++) conversation.add(edited(seq, 100_000 + seq, "new"));
  const [old, last] = conversation.asTheyStand([said(100_001), said(112_000)]);
  assert.deepEqual([old?.text, last?.text], ["text 100001", "new"]);
});

test("another room has other changes", () => {
  const conversation = holding(edited(2, 1, "new"));
  conversation.clear();
  assert.equal(conversation.asTheyStand([said(1)])[0]?.text, "text 1");
});
