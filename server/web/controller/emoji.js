/** The emoji: the usual ones, and the table of all, which is loaded when it is needed first. @module */

import { language, t } from "../i18n/translate.js";

/**
 * @import {EmojiRow} from "../view/contract.js"
 * @import {Browser} from "./types.js"
 */

export function makeEmoji(/** @type {Browser} */ browser) {
  /** @type {((words: string) => EmojiRow[]) | null} */
  let search = null;
  /** @type {Promise<void> | null} */
  let loading = null;

  const usual = () => [
    { emoji: "👍", name: t("thumbs up") },
    { emoji: "❤️", name: t("red heart") },
    { emoji: "😂", name: t("face with tears of joy") },
    { emoji: "🎉", name: t("party popper") },
    { emoji: "😮", name: t("face with open mouth") },
    { emoji: "👀", name: t("eyes") },
  ];

  async function load() {
    const found = Promise.all([browser.getText("emoji.txt"), import("./emoji_table.js")]);
    const [text, { makeTable }] = await found;
    const first = usual().map(({ emoji }) => emoji);
    search = makeTable(text, first, language() === "de");
  }

  return {
    usual,
    /** Load the table. It may fail without a connection, and be tried again. */
    ready() {
      loading ??= load().catch(() => void (loading = null));
      return loading;
    },
    /** Find by name; without words all. Those that are not loaded are not found. */
    find(/** @type {string} */ words) {
      if (search) return search(words);
      return words.trim() ? [] : usual();
    },
  };
}
