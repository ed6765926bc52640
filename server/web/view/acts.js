/** What the reader can do with a message or file, as the rules of the room allow it. @module */

import { t } from "../i18n/translate.js";

/**
 * @import { Intents, Item, MessageRules } from "./contract.js"
 * @typedef {{id: "copy" | "link" | "edit" | "pin" | "mention" | "ignore" | "delete",
 *   text: string, symbol: string, bad?: boolean, act: () => void}} Act
 */

/**
 * The acts of the menu "More", the destructive ones last.
 *
 * @param {Item | undefined} item
 * @param {MessageRules} rules
 * @param {Intents} intents
 * @param {number} now in seconds since 1970
 * @returns {Act[]}
 */
export function actsOf(item, rules, intents, now) {
  if (item?.kind !== "message" && item?.kind !== "file") return [];
  const { seq, own, extras } = item;
  const { conversation, moderation } = intents;
  const isMessage = item.kind === "message";
  const name = isMessage ? item.name : item.speaker;
  /** @type {[boolean, Act][]} */
  const acts = [
    [isMessage, act("copy", "copy", t("Copy text"), () => conversation.copyText(seq))],
    [true, act("link", "link", t("Copy link to message"), () => conversation.copyLink(seq))],
    [
      isMessage && rules.edit && extras.editableUntil > now,
      act("edit", "pen", t("Edit"), () => conversation.edit(seq)),
    ],
    [
      rules.pin,
      act("pin", "pin", extras.pinned ? t("Unpin") : t("Pin"), () =>
        conversation.pin(seq, !extras.pinned),
      ),
    ],
    [
      !own,
      act("mention", "at", t("Mention {name}", { name }), () => conversation.mention(seq)),
    ],
    [
      !own,
      act("ignore", "hide", t("Ignore {name}", { name }), () => conversation.ignoreSender(seq)),
    ],
    [
      rules.remove === "all" || (rules.remove === "own" && own),
      { ...act("delete", "bin", t("Delete…"), () => moderation.remove(seq)), bad: true },
    ],
  ];
  return acts.filter(([may]) => may).map(([, each]) => each);
}

/** @type {(id: Act["id"], symbol: string, text: string, act: () => void) => Act} */
const act = (id, symbol, text, run) => ({ id, symbol, text, act: run });
