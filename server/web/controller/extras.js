/** What stands around a message or file: quote, reactions, edits, pin, picture (typesetting.js). @module */

import { t } from "../i18n/translate.js";
import { QUOTE } from "../model/standing.js";
import { withoutMarks } from "../text/markup.js";
import { oneLine } from "../text/texts.js";
import { listed, moment } from "./context.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Chip, Extras, Picture, Quote} from "../view/contract.js"
 * @import {Context} from "./context.js"
 */

/** The most pixels of a picture in the conversation, */
const [WIDTH, HEIGHT] = [384, 256];
/** and the most names of those who reacted. */
const NAMED = 10;

export const EMOTE = /^\/me\s+(?=\S)/;

/** Return what somebody does, of a message that says so ("/me waves"); null: it says none. */
export const emoted = (/** @type {string} */ text) =>
  EMOTE.test(text) ? text.replace(EMOTE, "") : null;

/** A slash that is not shown: "//me too" is the message "/me too", and no emote. */
const NO_EMOTE = /^\/(?=\/+me\s+\S)/;

/** Return the text of a message without the slash that makes it no emote, if it has one. */
export const literal = (/** @type {string} */ text) => text.replace(NO_EMOTE, "");

/** Return the message that is shown as `text`, whatever that begins with. */
export const noEmote = (/** @type {string} */ text) =>
  NO_EMOTE.test(`/${text}`) ? `/${text}` : text;

/** Return a text as it is shown: "/me waves" is "ann waves", "//me too" is "/me too". */
export function asShown(/** @type {string} */ name, /** @type {string} */ text) {
  const does = emoted(text);
  return does === null ? literal(text) : `${name} ${does}`;
}

/** Return one line of a message or a file, without marks of styles. */
export function lineOf(/** @type {Wire} */ { text = "", file }) {
  if (file) return file.name;
  return oneLine(withoutMarks(emoted(text) ?? literal(text), text.length >= QUOTE));
}

/** The sentence in the place of an ignored member's message. */
export const hiddenText = (/** @type {string} */ name) =>
  t("Message from {name} hidden", { name });

/** The size at which a thumbnail is shown; null: the file is shown as a card. */
export function pictureOf(
  /** @type {Wire} */ { url, thumb, width, height },
  /** @type {(path: string) => string} where a path of the room is */ place = (path) => path,
) {
  if (!thumb || !url || !width || !height) return null;
  const scale = Math.min(1, WIDTH / width, HEIGHT / height);
  const fitted = (/** @type {number} */ side) => Math.max(1, Math.round(side * scale));
  /** @type {Picture} */
  const picture = {
    url: place(url),
    thumb: place(thumb),
    width: fitted(width),
    height: fitted(height),
  };
  return picture;
}

/** Make the extras of messages, as the reader sees them. */
export function makeExtras(/** @type {Context} */ context) {
  const { conversation, ignored, members, rules } = context;

  /** @type {(seq: number, told: {name: string, text: string} | undefined) => Quote} */
  function quote(seq, told) {
    const parent = conversation.find(seq);
    const { name = "" } = told ?? {};
    const number = parent?.member;
    const gone = !told?.text;
    let text = gone ? t("Message deleted") : lineOf(told);
    if (!gone && ignored.has(name, number)) text = hiddenText(name);
    return { seq, name, colour: members.colourOf(name, number), text, gone };
  }

  /** @type {(reactions: Record<string, {name: string, member: number}[]>) => Chip[]} */
  const chips = (reactions) =>
    Object.entries(reactions).map(([emoji, all]) => {
      const mine = all.some(({ name, member }) => rules.isOwn(name, member));
      const others = all
        .filter(({ name, member }) => !rules.isOwn(name, member))
        .map(({ name, member }) => members.find("", member)?.name ?? name);
      const names = mine ? [t("You"), ...others] : others;
      return { emoji, count: all.length, mine, names: listed(names, NAMED) };
    });

  return {
    quote,
    /** Until when the reader can edit this, in seconds since 1970; 0: not at all. */
    editableUntil(/** @type {Wire} */ event) {
      const own =
        event.type === "said" && !event.deleted && rules.isOwn(event.name, event.member);
      if (!own || !rules.can("editing")) return 0;
      return (moment(event.at)?.getTime() ?? NaN) / 1000 + rules.now.edit || 0;
    },
    /** @returns {Extras} */
    of(/** @type {Wire} */ event) {
      const { reply_to: seq, quote: told, edited, reactions = {}, pinned = false } = event;
      const [when, said] = [moment(edited), moment(event.at)];
      const time = when && said ? context.until(when, said) : "";
      return {
        quote: seq ? quote(seq, told) : null,
        chips: chips(reactions),
        edited: edited ? t("Edited at {time}", { time }) : "",
        pinned,
        editableUntil: this.editableUntil(event),
      };
    },
  };
}

/** The line about those who are writing. */
export function typingText(/** @type {string[]} */ names) {
  const [name = "", other = ""] = names;
  if (names.length === 1) return t("{name} is typing", { name });
  if (names.length === 2) return t("{name} and {other} are typing", { name, other });
  return names.length ? t("Several people are typing") : "";
}
