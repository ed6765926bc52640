/**
 * Texts, numbers and dates in the person's language. English texts are the keys; `de.js` and
 * `de_sentences.js` have the German ones.
 *
 * @module
 */

/** @typedef {Record<string, string | [string, string]>} Catalogue by English text; one and many */
/** @typedef {Record<string, unknown>} Values */

/** @type {{code: string, locale: string, texts: Catalogue, problems: Catalogue}} */
const chosen = { code: "en", locale: "en", texts: {}, problems: {} };

/** Translate `text`. */
export function t(/** @type {string} */ text, /** @type {Values} */ values = {}) {
  const found = chosen.texts[text];
  return fill(typeof found === "string" ? found : text, values);
}

/** Translate in the form for `count`, which {count} shows; `many` is the key. */
export function plural(
  /** @type {string} */ one,
  /** @type {string} */ many,
  /** @type {number} */ count,
  /** @type {Values} */ values = {},
) {
  const found = chosen.texts[many];
  const forms = Array.isArray(found) ? found : [one, many];
  return fill(forms[count === 1 ? 0 : 1] ?? many, { count: number(count), ...values });
}

/** Format a number: 1,234 or 2.4. */
export const number = (/** @type {number} */ value) =>
  value.toLocaleString(chosen.locale, { maximumFractionDigits: 1 });

/** Format so many bytes: 2.4 KB, where a KB is 1,024 bytes. `exact`: in bytes. */
export function size(/** @type {number} */ bytes, exact = false) {
  if (exact || bytes < 1024) return plural("{count} byte", "{count} bytes", bytes);
  let amount = bytes / 1024;
  let unit = 0;
  for (; amount >= 1023.95 && unit < 3; unit++) amount /= 1024;
  return `${number(amount)} ${["KB", "MB", "GB", "TB"][unit]}`;
}

/** Format as Friday, 20 November 2026. */
export const day = (/** @type {Date} */ when) =>
  when.toLocaleDateString(chosen.locale, { dateStyle: "full" });

/** Format as 20 Nov 2026. */
export const shortDay = (/** @type {Date} */ when) =>
  when.toLocaleDateString(chosen.locale, { dateStyle: "medium" });

/** Fill in `values` at the places {named} in it. */
export const fill = (/** @type {string} */ text, /** @type {Values} */ values) =>
  text.replace(/\{(\w+)\}/g, (place, key) => (key in values ? String(values[key]) : place));

/** @returns {string} the code of the language, as in `lang` of HTML */
export const language = () => chosen.code;

/** @returns {Catalogue} of problems, by code and rule */
export const problems = () => chosen.problems;

/** Choose the first of these languages ("de-AT") that has texts; else English. */
export async function choose(/** @type {readonly string[]} */ languages) {
  const locale = languages.find((each) => /^(de|en)\b/i.test(each)) ?? "en";
  const code = locale.slice(0, 2).toLowerCase();
  Object.assign(chosen, { code, locale, texts: {}, problems: {} });
  if (code !== "de") return;
  const [texts, sentences, talk, problems] = await Promise.all([
    import("./de.js"),
    import("./de_sentences.js"),
    import("./de_talk.js"),
    import("./de_problems.js"),
  ]);
  const all = { ...texts.default, ...sentences.default, ...talk.default };
  Object.assign(chosen, { texts: all, problems: problems.default });
}
