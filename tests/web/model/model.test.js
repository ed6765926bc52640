import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../../server/web/model/conversation.js";
import { Members } from "../../../server/web/model/members.js";
import { Outbox } from "../../../server/web/model/outbox.js";
import { ROWS } from "../../../server/web/model/page.js";
import { choose, zoomed } from "../../../server/web/model/preferences.js";
import { RoomState } from "../../../server/web/model/room_state.js";
import { at, event, said, WELCOME } from "../fakes.js";

/** @param {number} from @param {number} to */
const run = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => said(from + i));

test("a page never has more rows than it may, and ends with the newest", () => {
  const { page, ...rest } = new Conversation();
  for (const each of run(1, 3 * ROWS)) page.add(each);
  assert.ok(page.events.length <= ROWS && page.events.length > ROWS - 100, String(rest));
  assert.equal(page.last, 3 * ROWS);
  assert.ok(page.live);
});

test("a reader further up loses no row: the page stops to be live and counts", () => {
  const { page } = new Conversation();
  for (const each of run(1, ROWS)) page.add(each);
  page.read(true);
  page.add(said(ROWS + 1));
  page.add(event("joined", ROWS + 2));
  assert.deepEqual([page.first, page.last, page.live, page.missed], [1, ROWS, false, 1]);
});

test("older events push the newest out, newer ones make the page live again", () => {
  const conversation = new Conversation();
  for (const each of run(1001, 2000)) conversation.add(each);
  const { page } = conversation;
  page.older(run(page.first - 200, page.first - 1), false);
  assert.ok(!page.live && page.events.length <= ROWS);
  page.older(run(1, 5), true);
  assert.notEqual(page.first, 1, "events that do not follow are not taken");
  while (!page.live) page.newer(conversation.after(page.last, 200), conversation.newest);
  assert.equal(page.last, 2000);
});

test("memory keeps the newest events only", () => {
  const conversation = new Conversation();
  for (const each of run(1, 20_000)) conversation.add(each);
  assert.ok(conversation.known().length <= 5_500);
  assert.equal(conversation.newest, 20_000);
  assert.deepEqual(conversation.after(1, 10), [], "there is a gap");
});

test("a deleted message stays deleted, also in an answer that was overtaken", () => {
  const conversation = new Conversation();
  /** @type {any[]} */
  const gone = [];
  conversation.deleted.subscribe((each) => gone.push(each.text));
  conversation.add(said(1));
  conversation.add(event("deleted", 2, { target: 1, name: "ada" }));
  const deleted = { by: "ada", at: at(2) };
  assert.deepEqual(conversation.find(1), { ...said(1), text: "", deleted });
  assert.deepEqual(conversation.asTheyStand([said(1)])[0]?.deleted, deleted);
  assert.deepEqual(conversation.page.events[0]?.text, "");
  assert.deepEqual(gone, ["text 1"]);
});

test("members follow the events after the snapshot, by number", () => {
  const members = new Members();
  members.snapshot([{ name: "bob", member: 2, state: "away", role: "owner" }], 10, 5);
  members.apply(event("left", 9));
  members.apply(event("joined", 11, { name: "eve", member: 3 }));
  members.apply(event("role", 12, { target: "eve", target_member: 99, role: "owner" }));
  members.apply(event("muted", 13, { target: "eve", target_member: 3, until: at(99) }));
  members.presence({ name: "nobody", state: "away" }, 7);
  assert.deepEqual(
    [...members.all.values()].map((each) => [
      each.name,
      each.awayAt,
      each.role,
      each.mutedUntil,
    ]),
    [
      ["bob", 5, "owner", ""],
      ["eve", null, "member", at(99)],
    ],
  );
  members.presence({ name: "bob", state: "active" }, 9);
  assert.equal(members.all.get("bob")?.awayAt, null);
});

test("the rules of the room follow the events after the welcome", () => {
  const members = new Members();
  const rules = new RoomState(members);
  members.snapshot(WELCOME.members, 5);
  rules.welcomed({ ...WELCOME, seq: 5, topic: "old" });
  rules.apply(event("topic", 5, { text: "older" }));
  assert.equal(rules.now.topic, "old");
  rules.apply(event("slowed", 6, { seconds: 30 }));
  rules.apply(event("muted", 7, { target: "ada", target_member: 7, until: at(60) }));
  assert.equal(rules.now.mutedUntil, "", "another member with that name");
  assert.deepEqual([rules.now.slow, rules.deleting, rules.moderates], [30, "own", false]);
  members.apply(event("role", 8, { target: "ada", target_member: 1, role: "moderator" }));
  assert.deepEqual([rules.deleting, rules.moderates], ["all", true]);
});

test("a message sent again is behind all others, and those loaded keep their order", () => {
  const outbox = new Outbox();
  const message = (/** @type {string} */ id) => ({
    id,
    text: id,
    name: "ada",
    journal: "j",
    tried: false,
  });
  outbox.load([{ ...message("a"), order: 7, failed: { code: "empty" } }]);
  outbox.add(message("b"));
  const again = outbox.add({ ...message("a"), failed: undefined });
  assert.deepEqual(
    outbox.all.map((each) => each.id),
    ["b", "a"],
  );
  assert.ok(again.order > 8);
  assert.equal(outbox.waiting.length, 2);
});

test("an invalid preference becomes the default of its field", () => {
  assert.deepEqual(
    choose({ theme: "pink", textSize: 120, sound: "yes", hours: 12, other: 1 }),
    {
      ...choose(null),
      textSize: 120,
      hours: 12,
    },
  );
  assert.deepEqual(
    [zoomed(100, 1), zoomed(250, 1), zoomed(70, -1), zoomed(180, 0)],
    [110, 250, 70, 100],
  );
});
