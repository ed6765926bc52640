/** Excerpts of search results. @module */

import { oneLine } from "./texts.js";

const BEFORE = 30;
const EXCERPT = 140;

/** Fold each character to one without case and accents, so that places stay the same. */
const fold = (/** @type {string[]} */ characters) =>
  characters.map((each) => (each.normalize("NFKD")[0] ?? each).toLowerCase()[0]).join("");

/** Return one line of `text` that starts a little before the first word of `query`. */
export function excerpt(/** @type {string} */ text, /** @type {string} */ query) {
  const line = Array.from(oneLine(text));
  const folded = fold(line);
  const words = fold(Array.from(query)).split(/\s+/).filter(Boolean);
  const firsts = words.map((word) => folded.indexOf(word)).filter((place) => place > 0);
  let start = Math.max(0, Math.min(...(firsts.length ? firsts : [0])) - BEFORE);
  if (start) start = folded.indexOf(" ", start) + 1;
  const cut = line.slice(start, start + EXCERPT).join("");
  return (start ? "…" : "") + cut + (line.length > start + EXCERPT ? "…" : "");
}
