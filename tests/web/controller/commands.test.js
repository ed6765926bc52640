import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { carryOut, makeCommands, typedFor } from "../../../server/web/controller/commands.js";
import { messageOf } from "../../../server/web/controller/composer.js";
import { asShown, emoted } from "../../../server/web/controller/extras.js";

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

test("what a message of ann is shown as", () => {
  for (const [said, shown] of Object.entries(cases.shown))
    assert.equal(asShown("ann", said), shown, JSON.stringify(said));
});

test("a slash more makes a message of a command", () => {
  const words = Object.keys(makeCommands(/** @type {any} */ ({}), () => true));
  for (const word of words)
    for (const text of [word, `${word} bob`, `/${word} bob`])
      assert.equal(asShown("ann", messageOf(`/${text}`)), text);
});

test("a message in the composer is sent as it was", () => {
  for (const message of cases.typedAgain)
    assert.equal(messageOf(typedFor(message)), message, JSON.stringify(message));
});
