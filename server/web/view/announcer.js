/** What screen readers are told: new messages, once, several at once as their number. @module */

import { t } from "../i18n/translate.js";

/**
 * @param {(text: string) => void} say
 * @param {(run: () => void, milliseconds: number) => void} later
 */
export function makeAnnouncer(say, later) {
  /** @type {string[]} */
  let waiting = [];
  return {
    /** @param {string} text of one new message, with the name */
    add(text) {
      waiting.push(text);
      if (waiting.length > 1) return;
      later(() => {
        const count = waiting.length;
        if (count) say(count > 1 ? t("{count} new messages", { count }) : (waiting[0] ?? ""));
        waiting = [];
      }, 1000);
    },
    /** Say nothing of what waits: the reader went elsewhere. */
    forget() {
      waiting = [];
    },
  };
}
