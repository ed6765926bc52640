/** What the word before the cursor could become: a member, a command, an emoji. @module */

import { t } from "../i18n/translate.js";

/**
 * @import {RoomMember} from "../model/members.js"
 * @import {Suggestion, Suggestions} from "../view/contract.js"
 * @import {Commands} from "./commands.js"
 * @import {Context} from "./context.js"
 */

const MOST = 8;

/** Whether a name begins so and goes on: a whole name needs no suggestion. */
const starts = (/** @type {string} */ name, /** @type {string} */ prefix) =>
  name.length > prefix.length && name.toLowerCase().startsWith(prefix.toLowerCase());

export function makeSuggesting(
  /** @type {Context} */ context,
  /** @type {() => Commands} */ commands,
) {
  const { emoji, members, rules } = context;

  /** @returns {Suggestion} */
  function memberRow(/** @type {RoomMember} */ { name, awayAt, colour, note, role }) {
    const away = awayAt !== null;
    const roles = { owner: t("owner"), moderator: t("moderator"), member: "" };
    const detail = away ? t("reconnecting") : note || roles[role];
    return { insert: `@${name} `, label: name, detail, mark: away ? "away" : "active", colour };
  }

  const named = (/** @type {string} */ prefix) =>
    [...members.all.values()]
      .filter(({ name, number }) => starts(name, prefix) && !rules.isOwn(name, number))
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(memberRow);

  /** @returns {Suggestion[]} */
  const begun = (/** @type {string} */ typed) =>
    Object.entries(commands())
      .filter(([word]) => starts(word, typed))
      .map(([word, { usage, help, rest }]) => ({
        insert: rest ? `${word} ` : word,
        label: usage,
        detail: help,
        mark: "",
        colour: null,
      }));

  /** @returns {Suggestion[]} */
  const drawn = (/** @type {string} */ words) =>
    emoji.find(words.replaceAll("_", " ")).map(({ emoji: mark, name }) => ({
      insert: mark,
      label: name,
      detail: "",
      mark,
      colour: null,
    }));

  /** @returns {Suggestions | null} */
  return (/** @type {string} */ before) => {
    const found = /(?:^|\s)(?:@(\S*)|:([\p{L}\p{N}_+-]{2,}))$|^(\/\w*)$/u.exec(before);
    if (!found) return null;
    const [, name, words, command] = found;
    if (words) void emoji.ready();
    /** @type {[Suggestions["kind"], number, Suggestion[]]} */
    const [kind, typed, rows] =
      name !== undefined
        ? ["member", name.length + 1, named(name)]
        : words
          ? ["emoji", words.length + 1, drawn(words)]
          : ["command", before.length, begun(command ?? "")];
    return rows.length ? { kind, typed, rows: rows.slice(0, MOST) } : null;
  };
}
