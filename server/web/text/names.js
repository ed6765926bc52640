/** Names: their colours, and whether a text mentions them. @module */

export const COLOURS = 12;

/** @returns {number} the colour of a name without regard to others: by number, if there is one */
export function colour(/** @type {string} */ name, /** @type {number | undefined} */ number) {
  if (number) return number % COLOURS;
  let sum = 0;
  for (const each of name.toLowerCase()) sum = (sum * 31 + (each.codePointAt(0) ?? 0)) % 9973;
  return sum % COLOURS;
}

/** Return a test whether a text has `name` as a word: not in "bob-2", but in "bob.". */
export function mentions(/** @type {string} */ name) {
  if (!name) return () => false;
  const word = "[\\p{L}\\p{M}\\p{N}_]";
  const exact = name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const pattern = new RegExp(`(?<!${word}[-.]?)${exact}(?!${word}|[-.]${word})`, "iu");
  return (/** @type {string} */ text) => pattern.test(text);
}
