/** Names, notes, colours, pins, and who is writing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ignored } from "../../../server/web/model/ignored.js";
import { Members } from "../../../server/web/model/members.js";
import { Pins } from "../../../server/web/model/pins.js";
import { RoomState } from "../../../server/web/model/room_state.js";
import { Typing } from "../../../server/web/model/typing.js";
import { event, said, WELCOME } from "../fakes.js";

/** @param {number[]} numbers */
function holding(...numbers) {
  const members = new Members();
  members.snapshot(
    numbers.map((member) => ({ name: `m${member}`, member, state: "active" })),
    10,
  );
  return members;
}
const joined = (/** @type {number} */ seq, /** @type {number} */ member) =>
  event("joined", seq, { name: `m${member}`, member });

test("a member keeps its place, role and number under a new name", () => {
  const members = holding(1, 2, 3);
  members.apply(event("role", 11, { target: "m2", target_member: 2, role: "owner" }));
  members.apply(event("renamed", 10, { name: "m1", member: 1, to: "old" }));
  members.apply(event("renamed", 12, { name: "m2", member: 2, to: "bob" }));
  assert.deepEqual([...members.all.keys()], ["m1", "bob", "m3"]);
  assert.equal(members.all.get("bob")?.role, "owner");
  assert.equal(members.roleOf("m2", 2), "owner", "older messages have the older name");
  members.apply(joined(13, 4));
  members.apply(event("renamed", 14, { name: "m4", member: 4, to: "m2" }));
  assert.equal(members.roleOf("m2", 4), "member");
});

test("a note comes and goes with the presence, and with a snapshot", () => {
  const members = holding(1);
  const presence = { name: "m1", member: 1, state: "active" };
  members.presence({ ...presence, note: "at lunch" }, 5);
  assert.equal(members.all.get("m1")?.note, "at lunch");
  members.presence({ ...presence, state: "away", note: "at lunch" }, 6);
  members.presence({ ...presence, state: "away" }, 9);
  assert.deepEqual([members.all.get("m1")?.note, members.all.get("m1")?.awayAt], ["", 6]);
  members.snapshot([{ name: "m1", member: 1, state: "away", note: "back soon" }], 20, 30);
  assert.deepEqual(
    [members.all.get("m1")?.note, members.all.get("m1")?.awayAt],
    ["back soon", 6],
  );
});

test("twelve members have twelve colours, by number where that is free", () => {
  const members = holding(1, 13, 2, 25);
  const colours = () => [...members.all.values()].map((each) => each.colour);
  assert.deepEqual(colours(), [1, 3, 2, 4], "in the order of their numbers");
  for (let number = 30; number < 38; number++) members.apply(joined(number, number));
  assert.equal(new Set(colours()).size, 12);
  members.apply(joined(40, 38));
  assert.equal(members.colourOf("m38", 38), 2, "all are taken");
  members.apply(event("left", 41, { name: "m13", member: 13, reason: "quit" }));
  assert.equal(members.colourOf("m13", 13), 1, "the absent have that of their number");
});

test("a colour stays while its member does", () => {
  const members = holding(1, 13);
  members.apply(event("left", 11, { name: "m1", member: 1, reason: "quit" }));
  members.snapshot(
    [
      { name: "m13", member: 13 },
      { name: "m25", member: 25 },
    ],
    20,
  );
  assert.deepEqual([members.colourOf("", 13), members.colourOf("", 25)], [2, 1]);
});

test("one's own new name is you, and one's number stays", () => {
  const members = new Members();
  const rules = new RoomState(members);
  members.snapshot(WELCOME.members, 5);
  rules.welcomed({ ...WELCOME, seq: 5, limits: { edit: 60 } });
  rules.apply(event("renamed", 5, { name: "ada", member: 1, to: "before" }));
  rules.apply(event("renamed", 6, { name: "ada", member: 9, to: "other" }));
  assert.deepEqual([rules.now.you, rules.now.edit], ["ada", 60]);
  rules.apply(event("renamed", 7, { name: "ada", member: 1, to: "ann" }));
  assert.equal(rules.now.you, "ann");
  assert.ok(rules.isOwn("ann", undefined) && rules.isOwn("ada", 1));
});

test("pins follow the welcome, and the events after it", () => {
  const pins = new Pins();
  const seqs = () => pins.all.map((each) => each.seq);
  const pinned = (/** @type {number} */ seq, /** @type {number} */ target, on = true) =>
    event("pinned", seq, { target, on });
  pins.welcomed({ pins: [said(1), said(2)], seq: 10 });
  pins.apply(pinned(9, 1, false), undefined);
  pins.apply(pinned(11, 3), said(3));
  pins.apply(pinned(12, 1), said(1));
  assert.deepEqual(seqs(), [2, 3, 1], "those pinned last are at the end");
  pins.apply(event("edited", 13, { target: 2, text: "new" }), undefined);
  assert.equal(pins.all[0]?.text, "new");
  pins.apply(event("deleted", 14, { target: 3 }), undefined);
  pins.apply(pinned(15, 1, false), said(1));
  assert.deepEqual(seqs(), [2]);
  pins.apply(pinned(16, 7), undefined);
  assert.deepEqual(pins.all[1], { seq: 7 }, "its text is not known yet");
  pins.loaded(7, said(7));
  pins.loaded(8, said(8));
  pins.loaded(2, undefined);
  assert.deepEqual([/** @type {any} */ (pins.all[1]).text, pins.all.length], ["text 7", 2]);
});

test("who is writing is forgotten after six seconds, or with a message", () => {
  const typing = new Typing();
  let count = 0;
  typing.changed.subscribe(() => count++);
  const names = () => typing.all.map((each) => each.name);
  const [ann, bob] = [{ name: "ann", member: 5 }, { name: "bob" }];
  typing.note(ann, 0);
  typing.note(bob, 1);
  typing.note(ann, 3);
  typing.tick(6.9);
  assert.deepEqual(names(), ["ann", "bob"]);
  typing.tick(7);
  typing.apply(event("renamed", 1, { ...ann, to: "anna" }));
  assert.deepEqual(names(), ["anna"]);
  typing.apply(event("reacted", 2, ann));
  typing.apply({ ...said(3, "anna"), member: 5 });
  assert.deepEqual([names(), count], [[], 5]);
  typing.note(bob, 9);
  typing.clear();
  assert.deepEqual(names(), []);
});

test("who is ignored is known by number and by name", () => {
  const ignored = new Ignored();
  ignored.load([{ name: "Bob", number: 2 }, { name: 5 }, null]);
  assert.ok(ignored.has("bob", 9), "it came back");
  assert.ok(ignored.has("rob", 2), "it has another name");
  assert.ok(!ignored.has("eve", 3));
  ignored.show(7);
  ignored.set("eve", 0, true);
  assert.deepEqual([ignored.shown.size, ignored.has("eve", 3)], [0, true]);
  ignored.set("rob", 2, false);
  assert.deepEqual(ignored.all, [{ name: "eve", number: 0 }]);
});
