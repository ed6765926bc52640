import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import page from "../../../server/web/i18n/de.js";
import help from "../../../server/web/i18n/de_help.js";
import said from "../../../server/web/i18n/de_sentences.js";
import germanProblems from "../../../server/web/i18n/de_problems.js";
import talk from "../../../server/web/i18n/de_talk.js";
import { addSentences, sentence, SENTENCES } from "../../../server/web/i18n/errors.js";
import { FILE_SENTENCES } from "../../../server/web/i18n/file_errors.js";
import { LINK_SENTENCES } from "../../../server/web/i18n/link_errors.js";
import * as i18n from "../../../server/web/i18n/translate.js";
import { scripts, sources } from "./texts.js";

before(() => {
  addSentences(FILE_SENTENCES);
  addSentences(LINK_SENTENCES);
});
after(() => i18n.choose([]));

/** @type {import("../../../server/web/i18n/translate.js").Catalogue} */
const german = { ...page, ...said, ...talk };

/** @param {string | [string, string]} text */
const places = (text) => [...new Set(String(text).match(/\{\w+\}/g))].sort();

test("German has each text of the sources, and no other", () => {
  const { texts, plurals } = sources();
  const wanted = new Set([...texts.keys(), ...plurals.keys()]);
  assert.ok(wanted.size > 150);
  assert.deepEqual(
    [...wanted].filter((text) => !(text in german)),
    [],
    "missing",
  );
  assert.deepEqual(
    Object.keys(german).filter((text) => !wanted.has(text)),
    [],
    "unused",
  );
});

test("a translation fills the same places, and a plural has two forms", () => {
  const { plurals } = sources();
  for (const [text, translated] of Object.entries(german)) {
    assert.equal(Array.isArray(translated), plurals.has(text), text);
    const one = plurals.get(text)?.join() ?? text;
    assert.deepEqual(places(translated), places(one), text);
  }
});

test("no text has two translations, and the help has all lines short", () => {
  assert.deepEqual(
    Object.keys(page).filter((text) => text in said),
    [],
  );
  const lines = Object.values(help).join("\n").split("\n");
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
});

test("both languages have a sentence for each code of the protocol", async () => {
  const document = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
  const chapter = document.slice(document.indexOf("## 4. Errors"), document.indexOf("## 5."));
  const codes = [...chapter.matchAll(/^\| (?:\d+ \| )?`(\w+)` \|/gm)].map(
    (match) => match[1] ?? "",
  );
  assert.ok(codes.length > 40);
  for (const language of ["en", "de"]) {
    await i18n.choose([language]);
    for (const code of codes) {
      assert.doesNotMatch(
        sentence({ code }),
        /refused the request|abgelehnt|[{}]/,
        `${language} ${code}`,
      );
    }
  }
});

test("each English problem has its German sentence", () => {
  assert.deepEqual(
    Object.keys(SENTENCES).filter((code) => !(code in germanProblems)),
    [],
  );
});

test("each problem of the network has a sentence", () => {
  const code = /(?:code: |problemError\(|CLOSED = .*|: )"([a-z]+_[a-z_]+)"/g;
  for (const [, found = ""] of scripts(["network", "protocol"]).matchAll(code)) {
    if (!/^(bad_token|other_room)$/.test(found)) assert.ok(found in SENTENCES, found);
  }
});

test("a problem is worded by code, rule and values; else by the server's sentence", async () => {
  await i18n.choose(["de-AT", "en"]);
  const params = { rule: "too_long", most: 32 };
  assert.equal(
    sentence({ code: "bad_name", params, reason: "x" }),
    "Ein Name hat höchstens 32 Zeichen.",
  );
  assert.equal(
    sentence({ code: "bad_name", params: { rule: "too_long" } }),
    "Dieser Name ist nicht erlaubt.",
  );
  assert.equal(sentence({ code: "new_code", reason: "Something new." }), "Something new.");
  await i18n.choose(["en"]);
  assert.equal(
    sentence({ code: "bad_name", params, reason: "A name is long." }),
    "A name is long.",
  );
  assert.equal(sentence({ code: "name_taken" }), "That name is taken.");
  assert.equal(sentence({ code: "new_code" }), "The server refused the request (new_code).");
  const file = { rule: "file", have: 2_000_000, most: 1_048_576 };
  const large = "The file has 1.9 MB; this room accepts 1 MB at most.";
  assert.equal(sentence({ code: "too_long", params: file }), large);
  assert.match(
    sentence({ code: "muted", params: { until: "2999-01-01T00:00:00Z" } }),
    /until a moderator/,
  );
  assert.doesNotMatch(
    sentence({ code: "muted", params: { until: "2026-11-29T10:00:00Z" } }),
    /T10|\{/,
  );
});

test("the language is the first one that there are texts for", async () => {
  for (const [languages, code] of /** @type {[string[], string][]} */ ([
    [["fr", "de-CH", "en"], "de"],
    [["en-US", "de"], "en"],
    [["pl"], "en"],
    [[], "en"],
    [["den"], "en"],
  ])) {
    await i18n.choose(languages);
    assert.equal(i18n.language(), code, String(languages));
  }
});

test("numbers, sizes and days are those of the language", async () => {
  await i18n.choose(["de"]);
  assert.equal(i18n.number(1234.56), "1.234,6");
  assert.equal(i18n.size(2_458), "2,4 KB");
  assert.equal(i18n.day(new Date(2026, 10, 20)), "Freitag, 20. November 2026");
  assert.equal(i18n.plural("{count} day", "{count} days", 2), "2 Tagen");
  await i18n.choose(["en"]);
  assert.equal(i18n.size(1), "1 byte");
  assert.equal(i18n.size(1_048_575), "1 MB");
  assert.equal(i18n.t("{name} joined", { name: "{name}" }), "{name} joined");
});
