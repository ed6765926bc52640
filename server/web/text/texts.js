/** The rules for texts (shared/texts.py). Of a message, only line ends are ever changed. @module */

// Category Cc without line feed and tab.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;
const ALL = new RegExp(CONTROL, "g");

const lineFeeds = (/** @type {string} */ text) => text.replace(/\r\n?/g, "\n");

/** Make `text` safe to show: control characters become U+FFFD. */
export const defuse = (/** @type {string} */ text) => lineFeeds(text).replace(ALL, "\ufffd");

/** Return `text` on one line. */
export const oneLine = (/** @type {string} */ text) =>
  defuse(text).split(/\s+/).join(" ").trim();

/**
 * Return the text as it is sent, or why it cannot be.
 *
 * @param {string} text
 * @param {number} most characters
 * @returns {string | {code: string, params: Record<string, unknown>}}
 */
export function tidy(text, most) {
  text = lineFeeds(text);
  const have = [...text].length;
  if (!have) return { code: "empty", params: { rule: "text" } };
  if (have > most) return { code: "too_long", params: { rule: "text", most, have } };
  const control = CONTROL.exec(text);
  if (control) {
    const codepoint = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return { code: "bad_request", params: { rule: "control_character", codepoint } };
  }
  if (/\p{Cs}/u.test(text)) return { code: "half_character", params: {} };
  return text;
}
