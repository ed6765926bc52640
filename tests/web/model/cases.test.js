/** Plays the recorded cases; their format stands in test_conversation_cases.py, which plays them too. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Conversation } from "../../../server/web/model/conversation.js";
import { decode } from "../../../server/web/protocol/checks.js";

const folder = new URL("../../conversation_cases/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

/** @typedef {any} Any */
/** An event as the client reads it. @param {Any} wire @returns {Any} */
const read = (wire) => decode(JSON.stringify(wire));
/** As JSON has it: without what is undefined. @param {Any} value @returns {Any} */
const plain = (value) => JSON.parse(JSON.stringify(value));

for (const name of names) {
  test(name, () => {
    const {
      about,
      steps,
      conversation: expected,
    } = JSON.parse(readFileSync(new URL(name, folder), "utf-8"));
    const conversation = new Conversation();
    for (const [number, step] of steps.entries()) {
      if (step.event) conversation.add(read(step.event));
      else if (step.clear) conversation.clear();
      else {
        const found = conversation.asTheyStand(step.answer.map(read));
        assert.deepEqual(plain(found), step.expect, `${about}: step ${number}`);
      }
    }
    assert.deepEqual(plain(conversation.known()), expected, about);
    assert.deepEqual(plain(conversation.page.events), expected, about);
  });
}

test("there are cases", () => assert.ok(names.length >= 10));
