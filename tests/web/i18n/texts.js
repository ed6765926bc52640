/** Finds the texts that the sources translate, by reading the sources. */

import { readFileSync, readdirSync } from "node:fs";

const WEB = new URL("../../../server/web/", import.meta.url);
const STRING = String.raw`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`;
const ONE = new RegExp(String.raw`\bt\(\s*${STRING}`, "g");
const TWO = new RegExp(String.raw`\bplural\(\s*${STRING},\s*${STRING}`, "g");
const NAMED = /\bt\(\s*([A-Z][A-Z_]+)\b/g;

/** The value of a string literal. */
const value = (/** @type {string | undefined} */ literal) =>
  String(Function(`return ${literal}`)());

const read = (/** @type {string} */ name) => readFileSync(new URL(name, WEB), "utf8");
const names = () => readdirSync(WEB, { recursive: true, encoding: "utf8" });

/** The scripts of some folders, as one text. @param {string[]} folders */
export const scripts = (folders) =>
  names()
    .filter((name) => name.endsWith(".js") && folders.includes(name.split("/")[0] ?? ""))
    .map(read)
    .join("\n");

/** All texts, and the pairs of one and many. */
export function sources() {
  /** @type {Map<string, string>} text and its file */
  const texts = new Map();
  /** @type {Map<string, [string, string]>} by the form for many */
  const plurals = new Map();
  const files = names().filter((name) => name.endsWith(".js") && !/\/de\w*\.js$/.test(name));
  const all = files.map(read).join("\n");
  for (const name of files) {
    const source = read(name);
    for (const match of source.matchAll(ONE)) texts.set(value(match[1]), name);
    for (const match of source.matchAll(TWO)) {
      plurals.set(value(match[2]), [value(match[1]), value(match[2])]);
    }
    for (const match of source.matchAll(NAMED)) {
      const found = new RegExp(`const ${match[1]} =\\s*${STRING}`).exec(all);
      if (!found) throw new Error(`${name}: ${match[1]} is no text`);
      texts.set(value(found[1]), name);
    }
  }
  const page = read("index.html");
  for (const [, tag = "", attribute, text = ""] of page.matchAll(
    /<([^>]*\bdata-t(?:="([^"]*)")?[^>]*)>([^<]*)/g,
  )) {
    const there = attribute ? new RegExp(`\\b${attribute}="([^"]*)"`).exec(tag)?.[1] : text;
    texts.set((there ?? "").trim(), "index.html");
  }
  return { texts, plurals };
}
