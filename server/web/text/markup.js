/**
 * The markup of a message as people type it: `code`, a block between ```, *bold*, links, @names
 * (client_mvc/text/markup.py). All of the text stays, also the marks. Blocks bind tighter than
 * code, code tighter than links, and links tighter than bold.
 *
 * @module
 */

import { isPlain, links } from "./links.js";

/**
 * @typedef {"plain" | "bold" | "code" | "block" | "mark" | "link" | "mention"} Style
 * @typedef {{text: string, style: Style, href?: string}} Run
 * @typedef {[number, number]} Span start and end
 */

const LANGUAGE = /[\p{L}\p{N}_+#.-]*\n/uy;
const CODE = /(?<!`)`([^`\n]+)`(?!`)/g;
// Stars that lean on words: 2*3*4 and * a list have none. A keycap emoji begins with a star.
const BOLD =
  /(?<![\p{L}\p{N}_*])(\*{1,2})(?![\s*]|\ufe0f?\u20e3)([^*\n]*[^*\s])\1(?![\p{L}\p{N}_*]|\ufe0f?\u20e3)/gu;
const NAME =
  /(?<![\p{L}\p{N}_.@/-])@[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_])?/gu;
const ENDS = ["`", "**", "*"];
// Stand-ins for pieces whose style is known: a line break, and an ordinary character.
const APART = "\n";
const INERT = "\ufffc";

/** @type {(text: string, spans: Span[], filler: string) => string} */
function without(text, spans, filler) {
  let [rest, at] = ["", 0];
  for (const [start, end] of spans) {
    rest += text.slice(at, start) + filler.repeat(end - start);
    at = end;
  }
  return rest + text.slice(at);
}

/** Split a text into runs. */
export function split(/** @type {string} */ text) {
  if (!/[`*@]|:\/\//.test(text)) return [{ text, style: /** @type {Style} */ ("plain") }];
  /** @type {Style[]} */
  const styles = new Array(text.length).fill("plain");
  const put = (
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {Style} */ style,
  ) => styles.fill(style, start, end);
  let rest = without(text, blocks(text, put), APART);
  rest = put1(rest, CODE, (start, end) => {
    put(start, end, "mark");
    put(start + 1, end - 1, "code");
  });
  const urls = links(rest);
  for (const [start, end] of urls) put(start, end, "link");
  rest = without(rest, urls, INERT);
  rest = put1(rest, NAME, (start, end) => put(start, end, "mention"));
  for (const found of rest.matchAll(BOLD)) {
    const end = found.index + found[0].length;
    const marks = found[1]?.length ?? 0;
    for (let place = found.index + marks; place < end - marks; place++) {
      if (styles[place] === "plain") styles[place] = "bold";
    }
    put(found.index, found.index + marks, "mark");
    put(end - marks, end, "mark");
  }
  return runs(text, styles, new Set(urls.map(([, end]) => end)));
}

/**
 * A text as it is read, for a line that shows no styles. Its line breaks may be blanks already.
 *
 * @param {string} text
 * @param {boolean} cut more may follow: a style at the end may have lost the mark that ends it
 */
export function withoutMarks(text, cut = false) {
  if (!/[`*]/.test(text)) return text;
  let parts = split(text);
  for (const end of cut ? ENDS : []) {
    const longer = split(text.trimEnd() + end);
    if (longer.at(-1)?.style !== "mark") continue;
    parts = longer;
    break;
  }
  const shown = parts.filter(({ style }) => style !== "mark").map((run) => run.text);
  // A fence without its other one begins a block that is cut off.
  return shown.join("").replaceAll("```", "");
}

/** @type {(text: string, pattern: RegExp, put: (start: number, end: number) => void) => string} */
function put1(text, pattern, put) {
  /** @type {Span[]} */
  const spans = [...text.matchAll(pattern)].map((m) => [m.index, m.index + m[0].length]);
  for (const [start, end] of spans) put(start, end);
  return without(text, spans, INERT);
}

/** @type {(text: string, put: (start: number, end: number, style: Style) => void) => Span[]} */
function blocks(text, put) {
  /** @type {Span[]} */
  const found = [];
  for (let at = 0, start; (start = text.indexOf("```", at)) >= 0;) {
    let inner = start + 3;
    const innerEnd = text.indexOf("```", inner);
    if (innerEnd < 0) break;
    at = innerEnd + 3;
    LANGUAGE.lastIndex = inner;
    const language = LANGUAGE.exec(text);
    if (language && LANGUAGE.lastIndex <= innerEnd) inner = LANGUAGE.lastIndex;
    if (text.slice(inner, innerEnd).trim()) {
      put(start, at, "mark");
      put(inner, innerEnd, "block");
      found.push([start, at]);
    }
  }
  return found;
}

/** @type {(text: string, styles: Style[], ends: Set<number>) => Run[]} `ends`: of links */
function runs(text, styles, ends) {
  /** @type {Run[]} */
  const found = [];
  for (let start = 0, end = 1; start < text.length; end++) {
    if (end < text.length && styles[end] === styles[start] && !ends.has(end)) continue;
    const run = { text: text.slice(start, end), style: /** @type {Style} */ (styles[start]) };
    if (run.style !== "link") found.push(run);
    // A link that looks like another one is shown, but leads nowhere.
    else if (isPlain(run.text)) found.push({ ...run, href: run.text });
    else found.push({ ...run, style: "plain" });
    start = end;
  }
  return found;
}
