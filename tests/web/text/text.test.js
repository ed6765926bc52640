import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt } from "../../../server/web/text/folding.js";
import { isPlain, links } from "../../../server/web/text/links.js";
import { split, withoutMarks } from "../../../server/web/text/markup.js";
import { COLOURS, colour, mentions } from "../../../server/web/text/names.js";
import { defuse, oneLine, tidy } from "../../../server/web/text/texts.js";

const styled = (/** @type {string} */ text) =>
  split(text)
    .filter(({ style }) => style !== "plain")
    .map(({ text, style }) => `${style}:${text}`);

test("marks stay in the text and set the style of what they enclose", () => {
  assert.deepEqual(styled("say *this* now"), ["mark:*", "bold:this", "mark:*"]);
  assert.deepEqual(styled("say **this** now"), ["mark:**", "bold:this", "mark:**"]);
  assert.deepEqual(styled("`a * b * c`"), ["mark:`", "code:a * b * c", "mark:`"]);
  assert.deepEqual(styled("```js\nlet a = `b`\n```"), [
    "mark:```js\n",
    "block:let a = `b`\n",
    "mark:```",
  ]);
});

test("no text is lost or changed by its markup", () => {
  for (const text of [
    "*a* `b` ```c``` https://d.e @f",
    "*".repeat(50),
    "```",
    "a*b*c",
    "2*3*4",
    "",
  ]) {
    assert.equal(
      split(text)
        .map((run) => run.text)
        .join(""),
      text,
    );
  }
});

test("stars that lean on no word are stars", () => {
  for (const text of ["2*3*4", "* a list\n* of two", "a*b*", "*️⃣ key *️⃣"])
    assert.deepEqual(styled(text), []);
});

test("what is code has no links, names or stars in it", () => {
  assert.deepEqual(styled("`https://a.b @c`"), ["mark:`", "code:https://a.b @c", "mark:`"]);
});

test("links stop before the punctuation of the sentence", () => {
  const found = (/** @type {string} */ text) =>
    links(text).map(([from, to]) => text.slice(from, to));
  assert.deepEqual(found("see https://a.b/c, and (https://d.e/(f))."), [
    "https://a.b/c",
    "https://d.e/(f)",
  ]);
  assert.deepEqual(found("no http:// here"), []);
  const long = `https://a.b/${")".repeat(100_000)}`;
  assert.deepEqual(found(long), ["https://a.b/"]);
});

test("two links that follow each other are two", () => {
  const runs = split("https://a.b\u200bhttps://c.d");
  assert.deepEqual(
    runs.filter((run) => run.href).map((run) => run.href),
    ["https://a.b", "https://c.d"],
  );
});

test("only a link that leads where it seems to is one", () => {
  for (const url of [
    "https://example.org",
    "http://10.0.0.1:80/x",
    "http://[::1]:8/",
    "https://münchen.de/",
    "https://пример/",
    "https://日本.jp",
  ]) {
    assert.ok(isPlain(url), url);
  }
  for (const url of [
    "https://bank.com@evil.org/",
    "https://bank.com\\@evil.org",
    "https://xn--80ak6aa92e.com",
    "https://аpple.com",
    "https://0x7f.1",
    "https://3232235777/",
    "https://exa\u00admple.org",
    "https://ｅxample.org",
  ]) {
    assert.ok(!isPlain(url), url);
    assert.equal(
      split(url).find((run) => run.href),
      undefined,
      url,
    );
  }
});

test("a name after @ is a mention, an address is none", () => {
  assert.deepEqual(styled("hi @bob, and a@b.c or @Éloïse."), [
    "mention:@bob",
    "mention:@Éloïse",
  ]);
});

test("a name is found as a word", () => {
  const bob = mentions("bob");
  for (const text of ["bob", "Hi BOB!", "@bob.", "(bob)"]) assert.ok(bob(text), text);
  for (const text of ["bobby", "bob-2", "x.bob", "abob", ""]) assert.ok(!bob(text), text);
  assert.ok(!mentions("")("any text"));
  // Every character that a name can have.
  const odd = mentions("bob-2_x.y");
  assert.ok(odd("hi bob-2_x.y!") && !odd("bob-2_xzy"));
});

test("a name has the colour of its member's number, or one of its own", () => {
  assert.deepEqual([colour("ada", 1), colour("eve", 14)], [1, 2]);
  assert.equal(colour("ada", undefined), colour("ADA", undefined));
  const colours = ["", "Éloïse", "田中", "🙂"].map((name) => colour(name, undefined));
  assert.ok(colours.every((each) => each >= 0 && each < COLOURS));
});

test("control characters are shown as a sign, line ends as line feeds", () => {
  assert.equal(defuse("a\r\nb\u0007\tc"), "a\nb\ufffd\tc");
  assert.equal(oneLine(" a \n\t b "), "a b");
});

test("a text that cannot be sent says why", () => {
  assert.equal(tidy("a\r\nb", 10), "a\nb");
  assert.equal(tidy("👍👍", 2), "👍👍");
  const code = (/** @type {any} */ problem) =>
    [problem.code, problem.params.rule].filter(Boolean).join(".");
  assert.equal(code(tidy("", 10)), "empty.text");
  assert.equal(code(tidy("abc", 2)), "too_long.text");
  assert.equal(code(tidy("a\u0000", 10)), "bad_request.control_character");
  assert.equal(code(tidy("a\ud83d", 10)), "half_character");
});

test("an excerpt begins a little before the first word found", () => {
  const text = `${"word ".repeat(40)}Łódź straße Éclair ${"more ".repeat(40)}`;
  const cut = excerpt(text, "eclair");
  assert.match(cut, /^…(\S+ ){1,7}.*Éclair more/);
  assert.ok(cut.endsWith("…") && cut.length < 150);
  assert.equal(excerpt("short\ntext", "text"), "short text");
});

test("a line without styles has no marks", () => {
  for (const [text, line, cut] of /** @type {[string, string, boolean][]} */ ([
    ["plain", "plain", false],
    ["run `make` and **wait**", "run make and wait", false],
    ["see ```a = 1``` below", "see a = 1 below", false],
    ["see ```py a = 1", "see py a = 1", false],
    ["2*3 and a ` alone", "2*3 and a ` alone", false],
    ["*not ended", "*not ended", false],
    ["then *not ended ", "then not ended", true],
    ["then **not", "then not", true],
    ["*all* but `this", "all but this", true],
    ["2*3", "2*3", true],
  ])) {
    assert.equal(withoutMarks(text, cut), line);
  }
});
