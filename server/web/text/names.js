/** Names: their colours, and whether a text mentions them. @module */

const COLOURS = 8;

/** @returns {number} the index of a name's colour, the same on every machine (CRC-32) */
export function colour(/** @type {string} */ name) {
  const folded = name
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/\p{Cs}/gu, "?");
  const bytes = unescape(encodeURIComponent(folded));
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0) % COLOURS;
}

/** Return a test whether a text has `name` as a word: not in "bob-2", but in "bob.". */
export function mentions(/** @type {string} */ name) {
  if (!name) return () => false;
  const word = "[\\p{L}\\p{M}\\p{N}_]";
  const exact = name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const pattern = new RegExp(`(?<!${word}[-.]?)${exact}(?!${word}|[-.]${word})`, "iu");
  return (/** @type {string} */ text) => pattern.test(text);
}
