/** Finds the links in a text (client_mvc/text/links.py). @module */

// A link ends before a character that would reorder or hide a part of it.
const URLS = /https?:\/\/[^\s<>"\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/gi;
/** @type {Record<string, string>} */
const CLOSERS = { ")": "(", "]": "[", "}": "{" };
const SENTENCE_END = ".,;:!?'*_~…»”’";

/** Return start and end of each link, without the punctuation of the sentence around it. */
export function links(/** @type {string} */ text) {
  /** @type {[number, number][]} */
  const found = [];
  for (const match of text.matchAll(URLS)) {
    const end = match.index + bare(match[0]);
    if (end > match.index + 8) found.push([match.index, end]);
  }
  return found;
}

/** Return the length of `url` without punctuation and unmatched brackets at its end. */
function bare(/** @type {string} */ url) {
  /** @type {Record<string, number>} counted once: a text may come from anybody */
  const unmatched = {};
  let end = url.length;
  for (; end > 0; end--) {
    const last = url[end - 1] ?? "";
    const opener = CLOSERS[last];
    if (opener) {
      unmatched[last] ??= url.split(last).length - url.split(opener).length;
      if (unmatched[last] <= 0) break;
      unmatched[last]--;
    } else if (!SENTENCE_END.includes(last)) break;
  }
  return end;
}

const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\u115f\u1160\u3164\uffa0\\]|\u034f|\u17b4|\u17b5/u;
const AUTHORITY = /^https?:\/\/(\[[0-9a-f:.]+\]|[^/?#@:[\]]+)(:\d*)?(?=[/?#]|$)/i;
const IPV4 = /^(?:(?:0|[1-9]\d{0,2})(?:\.|$)){4}$/;
// One script, or those of one language; of Latin no letters that look like others.
const ONE_SCRIPT = [
  /^[a-z0-9\u00df-\u00f6\u00f8-\u0130\u0132-\u0137\u0139-\u0148\u014a-\u017e.-]+$/u,
  /^[a-z0-9\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー.-]+$/u,
  /^[a-z0-9\p{sc=Han}\p{sc=Hang}.-]+$/u,
  ...["Cyrl", "Grek", "Arab", "Hebr", "Thai", "Deva", "Armn", "Geor"].map(
    (script) => new RegExp(`^[0-9\\p{sc=${script}}\\p{Mn}.-]+$`, "u"),
  ),
];

/** Tell whether a link leads where it seems to lead (client_mvc/text/link_hosts.py). */
export function isPlain(/** @type {string} */ url) {
  const host = AUTHORITY.exec(url)?.[1]?.toLowerCase();
  if (!host || HIDDEN.test(url)) return false;
  if (host.startsWith("[")) return true;
  if (/^[a-z0-9_.-]+$/.test(host)) {
    const numeric = /(^|\.)(0x[0-9a-f]*|\d+)\.?$/.test(host);
    return !/(^|\.)(xn--|\.)/.test(host) && (!numeric || IPV4.test(host));
  }
  return host.normalize("NFKC") === host && ONE_SCRIPT.some((script) => script.test(host));
}
