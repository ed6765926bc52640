/**
 * Carries out changes of messages and files: what one that was sent looks like after them. Server
 * and desktop client do the same (shared/standing.py). The last change wins, for each member and
 * emoji; what is deleted stays deleted.
 *
 * @module
 */

import { oneLine } from "../text/texts.js";

/** @typedef {import("./page.js").Event} Event */

/** The most characters of a quote, */
export const QUOTE = 120;
/** and the most changes that are kept for answers that they overtake. */
const KEPT = 5_000;

const CONTENT = ["file", "edited", "reactions", "pinned", "reply_to", "quote"];
const CHANGES = ["deleted", "edited", "reacted", "pinned"];

/** Tell whether an event changes another one, its `target`. */
export const isChange = (/** @type {Event} */ event) => CHANGES.includes(event.type);

/** Tell whether an event shows at its target only; who pinned a message is a line, too. */
export const isSilent = (/** @type {Event} */ event) =>
  isChange(event) && event.type !== "pinned";

/** Return a message or file as it stands after this change of it. */
export function changed(/** @type {Event} */ sent, /** @type {Event} */ change) {
  if (sent.deleted) return sent;
  const { type, text, at, on, name } = change;
  if (type === "deleted") return erased(sent, { by: name, at });
  if (type === "reacted") return { ...sent, reactions: reacted(sent.reactions ?? {}, change) };
  if (type === "pinned") return { ...sent, pinned: on || undefined };
  return type === "edited" && sent.type === "said" && text
    ? { ...sent, text, edited: at }
    : sent;
}

/** @type {(sent: Event, deleted: {by: string, at: string}) => Event} */
function erased(sent, deleted) {
  /** @type {Event} */
  const left = { ...sent, deleted };
  for (const field of CONTENT) delete left[field];
  return sent.type === "said" ? { ...left, text: "" } : left;
}

/**
 * An emoji keeps its place among the others as long as anybody has it.
 *
 * @param {Record<string, {member: number, name: string}[]>} before
 * @param {Event} change
 */
function reacted(before, { emoji, member = 0, name, on }) {
  const own = Object.hasOwn(before, emoji) ? before[emoji] : [];
  const those = (own ?? []).filter((each) => each.member !== member);
  if (on) those.push({ member, name });
  const now = Object.entries({ ...before, [emoji]: those }).filter(([, all]) => all.length);
  return now.length ? Object.fromEntries(now) : undefined;
}

const cut = (/** @type {string} */ text) => Array.from(oneLine(text)).slice(0, QUOTE).join("");

/** Return the quote of a message or file in replies to it. */
export const quote = (/** @type {Event} */ { name, text, file }) => ({
  name,
  text: cut(text ?? file?.name ?? ""),
});

/**
 * Return an event that tells of another one, after a change of that: quotes of replies follow it,
 * and the edits of what was deleted are empty.
 */
export function followed(/** @type {Event} */ event, /** @type {Event} */ change) {
  const { type, target, text } = change;
  const gone = type === "deleted";
  if (gone && event.type === "edited" && event.target === target) return { ...event, text: "" };
  // Without text it was deleted, and stays so.
  if (event.reply_to !== target || !event.quote?.text) return event;
  const now = gone ? "" : type === "edited" && text ? cut(text) : event.quote.text;
  return { ...event, quote: { ...event.quote, text: now } };
}

/**
 * The last changes of the stream: they may overtake an answer, which has what they change as it
 * stood before.
 */
export class LastChanges {
  /** @type {Map<number, Map<string, Event>>} by target, then by what they take the place of */
  #all = new Map();
  #count = 0;

  add(/** @type {Event} */ change) {
    const { type, target, emoji, member, name } = change;
    let those = this.#all.get(target) ?? new Map();
    this.#all.delete(target);
    this.#count -= those.size;
    if (type === "deleted") those = new Map();
    const key = type === "reacted" ? `${emoji} ${member ?? name}` : type;
    those.delete(key);
    those.set(key, change); // in the order of `seq`
    this.#all.set(target, those);
    this.#count += those.size;
    for (const [oldest, { size }] of this.#all) {
      if (this.#count <= KEPT) break;
      this.#all.delete(oldest);
      this.#count -= size;
    }
  }

  /** Return an event of an answer as it stands now. */
  applied(/** @type {Event} */ event) {
    const content = event.type === "said" || event.type === "shared";
    for (const change of (content && this.#all.get(event.seq)?.values()) || []) {
      event = changed(event, change);
    }
    const other = event.type === "edited" ? event.target : event.reply_to;
    for (const change of this.#all.get(other)?.values() ?? []) event = followed(event, change);
    return event;
  }

  clear() {
    this.#all.clear();
    this.#count = 0;
  }
}
