import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { carryOut, makeCommands, messageOf } from "../../../server/web/controller/commands.js";
import { emoted } from "../../../server/web/controller/extras.js";

/** Python plays the same cases (tests/client_mvc/controller/test_commands.py). */
const cases = JSON.parse(
  readFileSync(new URL("../../command_cases.json", import.meta.url), "utf8"),
);

/** What a typed text leads to. @param {string} typed */
function outcome(typed) {
  /** @type {object | undefined} */
  let done;
  const record = (/** @type {string} */ command) => (/** @type {string} */ rest) => {
    done = { command, rest };
  };
  const names = ["leave", "report", "help", "topic", "nick", "note", "ignore", "unignore"];
  const acts = Object.fromEntries(
    names.map((name) => [name, record(name === "leave" ? "/quit" : `/${name}`)]),
  );
  const say = (/** @type {string} */ reason) => {
    const [word = ""] = typed.trim().split(/\s/);
    assert.ok(reason.includes(word), reason);
    done = { refused: word };
  };
  const commands = makeCommands(/** @type {any} */ (acts), () => true);
  const carried = carryOut(typed, commands, say, "id");
  return carried === null ? { message: messageOf(typed) } : done;
}

test("any white space ends the word of a command", () => {
  for (const { typed, ...expected } of cases.commands)
    assert.deepEqual(outcome(typed), expected, JSON.stringify(typed));
});

test("what an emote says", () => {
  for (const [said, does] of Object.entries(cases.emotes))
    assert.equal(emoted(said), does, JSON.stringify(said));
});
