/** The table of emoji, searched by name (shared/emoji.py). @module */

/** @import {EmojiRow} from "../view/contract.js" */

const NONE = 4;

const fold = (/** @type {string} */ text) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replace(/[_:]/g, " ");

/**
 * 0 where the first name is the word, 1 where another one is, 2 where one begins so, 3 where a
 * part of one does.
 */
function rank(/** @type {string[]} */ names, /** @type {string} */ word) {
  if (names.includes(word)) return Number(names[0] !== word);
  if (names.some((name) => name.startsWith(word))) return 2;
  return names.some((name) => name.includes(` ${word}`)) ? 3 : NONE;
}

/**
 * Read the table; return what finds emoji that each word names, best first, `usual` ones before
 * all others.
 *
 * @param {string} text
 * @param {string[]} usual
 * @param {boolean} german
 */
export function makeTable(text, usual, german) {
  const rows = text
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const [emoji = "", , , english = "", local = ""] = line.split("\t");
      const names = [...(german ? local.split(",") : []), ...english.split(",")];
      return {
        emoji,
        name: names[0] ?? "",
        names: names.map(fold),
        last: !usual.includes(emoji),
      };
    });
  const row = (/** @type {EmojiRow} */ { emoji, name }) => ({ emoji, name });
  return (/** @type {string} */ words) => {
    const wanted = fold(words).split(/\s+/).filter(Boolean);
    const found = rows
      .map((each) => ({
        each,
        worst: Math.max(0, ...wanted.map((one) => rank(each.names, one))),
      }))
      .filter(({ worst }) => worst < NONE)
      .sort((one, other) => +one.each.last - +other.each.last || one.worst - other.worst);
    return found.map(({ each }) => row(each));
  };
}
