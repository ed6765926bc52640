/** The commands of the composer, in one table. @module */

import { t } from "../i18n/translate.js";
import { emoted, literal } from "./extras.js";

/**
 * @typedef {object} Command
 * @property {string} usage as one types it
 * @property {string} help
 * @property {string} [feature] the part of the protocol that it needs
 * @property {"none" | "some" | "must"} [rest] whether something follows the word
 * @property {Act} [act] without it the line is a message
 *
 * @typedef {Record<string, Command>} Commands by their word
 * @typedef {(rest: string, id: string) => string | void} Act returns `id` if it made a request
 *   with that
 * @typedef {Record<"leave" | "report" | "help" | "topic" | "nick" | "note" | "ignore" | "unignore",
 *   Act>} Acts
 */

/** @returns {Commands} those of a room with these features */
export function makeCommands(
  /** @type {Acts} */ acts,
  /** @type {(feature: string) => boolean} */ can,
) {
  /** @type {Commands} */
  const all = {
    "/me": { usage: "/me TEXT", help: t("say what you do: “ann waves”"), rest: "must" },
    "/nick": {
      usage: "/nick NAME",
      help: t("change your name"),
      rest: "must",
      feature: "renaming",
      act: acts.nick,
    },
    "/away": {
      usage: "/away TEXT",
      help: t("show a note beside your name"),
      rest: "some",
      feature: "notes",
      act: (text, id) => acts.note(text || t("away"), id),
    },
    "/back": {
      usage: "/back",
      help: t("remove the note"),
      feature: "notes",
      act: (_, id) => acts.note("", id),
    },
    "/ignore": {
      usage: "/ignore NAME",
      help: t("hide the messages of a member"),
      rest: "must",
      act: acts.ignore,
    },
    "/unignore": {
      usage: "/unignore NAME",
      help: t("show them again"),
      rest: "must",
      act: acts.unignore,
    },
    "/topic": {
      usage: "/topic TEXT",
      help: t("set the topic (moderators)"),
      rest: "some",
      feature: "moderation",
      act: acts.topic,
    },
    "/report": {
      usage: "/report",
      help: t("show the active members and their connections"),
      act: acts.report,
    },
    "/help": { usage: "/help", help: t("show keys and commands"), act: acts.help },
    "/quit": { usage: "/quit", help: t("leave the room"), act: acts.leave },
  };
  const here = Object.entries(all).filter(([, { feature }]) => !feature || can(feature));
  return Object.fromEntries(here);
}

/**
 * Carry out a line if it is a command. Returns whether it was carried out, `id` if it made a
 * request with that; null: it is a message.
 *
 * @param {string} typed
 * @param {Commands} commands
 * @param {(text: string) => void} say
 * @param {string} id
 */
export function carryOut(typed, commands, say, id) {
  const [word = "", rest = ""] = typed.trim().split(/\s+(.*)/s);
  const name = word === "q" && !rest ? "/quit" : word;
  if (name === word && !/^\/(?!\/)/.test(typed)) return null;
  const known = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const wrong = known ? mistake(known, word, rest) : t(UNKNOWN, { word: word.slice(0, 40) });
  if (wrong) say(wrong);
  if (wrong || !known) return false;
  return known.act ? known.act(rest, id) || true : null;
}

/** What to type to send a message, which begins and ends with no white space. */
export function typedFor(/** @type {string} */ message) {
  const isCommand = message.startsWith("/") && emoted(message) === null;
  return isCommand ? `/${literal(message)}` : message;
}

const UNKNOWN = "There is no command {word}. Type /help for a list, // to send a slash.";

/** @type {(command: Command, word: string, rest: string) => string} */
function mistake({ rest: takes = "none", usage }, word, rest) {
  if (rest && takes === "none") return t("Nothing may follow {word}.", { word });
  return !rest && takes === "must"
    ? t("Write it like this: {example}", { example: usage })
    : "";
}
