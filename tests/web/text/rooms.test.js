import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { addSentences, sentence } from "../../../server/web/i18n/errors.js";
import { LINK_SENTENCES } from "../../../server/web/i18n/link_errors.js";
import { pageOf } from "../../../server/web/text/rooms.js";
import { decode } from "../../../server/web/text/short_code.js";

/** Python plays the same cases (tests/shared/test_short_code.py). */
const cases = JSON.parse(
  readFileSync(new URL("../../short_codes.json", import.meta.url), "utf8"),
);
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The reason why something is refused. @param {any} found */
const reason = ({ rule, problem }) =>
  sentence(problem ?? { code: "bad_link", params: { rule } });

test("codes are those of the server, as people type them", () => {
  for (const [code, address] of Object.entries({ ...cases.codes, ...cases.typed }))
    assert.deepEqual(decode(code), { address }, code);
});

before(() => void addSentences(LINK_SENTENCES));

test("what is no code is refused in the sentence of the desktop client", () => {
  for (const [typed, why] of Object.entries(cases.refused))
    assert.equal(reason(decode(typed)), why, typed);
});

test("every wrong character and every swap is found", () => {
  for (const code of Object.keys(cases.codes)) {
    const letters = [...code.replaceAll("-", "")];
    letters.forEach((letter, place) => {
      for (const other of DIGITS.replace(letter, ""))
        assert.deepEqual(decode(letters.with(place, other).join("")), { rule: "code_check" });
      letters.slice(0, place).forEach((earlier, swap) => {
        if (earlier === letter) return;
        const swapped = letters.with(place, earlier).with(swap, letter).join("");
        assert.deepEqual(decode(swapped), { rule: "code_check" }, swapped);
      });
    });
  }
});

test("a code, a link or an address leads to the page of its room", () => {
  for (const [typed, url] of /** @type {[string, string][]} */ ([
    [" r2m0 25o8 ", "https://192.168.1.20:18000/"],
    ["0A00-00E7-WG3", "https://10.0.0.7:8080/"],
    ["FW00-0084", "http://127.0.0.1:18000/"],
    ["chat.example.org", "https://chat.example.org:18000/"],
    ["  Chat.Example.org:7000 ", "https://chat.example.org:7000/"],
    ["lanparty:18000", "https://lanparty:18000/"],
    ["desk-2", "https://desk-2:18000/"],
    ["192.168.1.5:18001/", "https://192.168.1.5:18001/"],
    ["::1", "http://[::1]:18000/"],
    ["fe80::1", "https://[fe80::1]:18000/"],
    ["[fd00::2]:7000", "https://[fd00::2]:7000/"],
    ["localhost:18003", "http://localhost:18003/"],
    ["localhost.example", "https://localhost.example:18000/"],
    ["chatroom://host", "https://host:18000/"],
    ["chatroom://R2M0-2508/", "https://r2m0-2508:18000/"],
    ["chatroom://a:7000,b:18000/#sha256=ab&owner=s3-cr_t", "https://a:7000/#owner=s3-cr_t"],
    ["CHATROOM://127.0.0.1:18000/#owner=k", "http://127.0.0.1:18000/#owner=k"],
    ["chatroom://host/#owner=&disowner=x", "https://host:18000/"],
    ["https://chat.example.org", "https://chat.example.org/"],
    ["HTTPS://Host:18000/files/a?x=1#owner=k&later=1", "https://host:18000/#owner=k"],
    ["https://localhost:18000/", "https://localhost:18000/"],
    ["http://192.168.1.5:18000", "http://192.168.1.5:18000/"],
    ["https://münchen.example:7000/", "https://münchen.example:7000/"],
  ]))
    assert.deepEqual(pageOf(typed), { url }, typed);
});

test("a mistyped code says so, also where it could be a name", () => {
  const named = /^This code has a typing error\. .* port: R2M0-2509:18000$/;
  assert.match(reason(pageOf("R2M0-2509")), named);
  assert.equal(reason(pageOf("R2M0 2509")), "This code has a typing error.");
  assert.equal(reason(pageOf("R2M0 250")), "A code has 8 or 11 characters.");
  assert.match(reason(pageOf("R2M0 25U8")), /no U/);
});

test("anything else is no room", () => {
  for (const typed of [
    ...[" ", "ftp://host", "javascript:alert(1)", "javascript://host/%0aalert(1)", "http://"],
    ...["https:///x", "chatroom://:18000", "user@host", "https://user:pw@host/", "host:x"],
    ...["host:123456", "https://host\\@other/", "[::1", "ho%st", "<host>", "a host:18000"],
    ...["wss://host", "data:text/html,x", "//host", "#owner=k", "?x"],
  ])
    assert.match(reason(pageOf(typed)), /^This is not a code, link|^A code has/, typed);
});
