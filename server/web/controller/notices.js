/** The quiet lines: who came and left, and the acts of moderators (notices.py). @module */

import { UNDONE } from "../i18n/errors.js";
import { t } from "../i18n/translate.js";
import { defuse } from "../text/texts.js";
import { moment } from "./context.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 */

/** Return who did it; the server's own acts have a reserved name. */
export const actor = (/** @type {string} */ name, begins = true) =>
  name !== "server" ? name : begins ? t("The server") : t("the server");

const withReason = (
  /** @type {string} */ sentence,
  /** @type {string | undefined} */ reason,
) => (reason ? `${sentence}: ${defuse(reason)}` : sentence);

/** Return "Message deleted", and who did it if it was not its sender. */
export function deletedText(/** @type {Wire} */ { type, name, deleted }) {
  const file = type === "shared";
  if (deleted.by === name) return file ? t("File deleted") : t("Message deleted");
  const by = actor(deleted.by, false);
  return file ? t("File deleted by {by}", { by }) : t("Message deleted by {by}", { by });
}

/** @type {Record<string, (event: Wire, by: string, context: Context) => string>} */
const NOTICES = {
  joined: ({ name }) => t("{name} joined", { name }),
  left({ name, reason, by, text }) {
    if (reason === "kicked") {
      if (!by) return t("{name} was removed", { name });
      return withReason(t("{by} removed {name}", { by: actor(by), name }), text);
    }
    if (reason === "lost") return t("{name} lost the connection", { name });
    // With `by` the line above says who banned them, and why.
    if (reason === "banned" && !by) return t("{name} was banned", { name });
    return t("{name} left", { name });
  },
  role({ name: doer, target: name, role }, by) {
    if (role === "owner") {
      if (name === doer) return t("{name} is the owner now", { name });
      return t("{by} made {name} an owner", { by, name });
    }
    if (role === "moderator") return t("{by} made {name} a moderator", { by, name });
    return t("{by} made {name} a member", { by, name });
  },
  banned({ target: name, until, at, text }, by, context) {
    const end = until && moment(until);
    if (!end) return withReason(t("{by} banned {name} for good", { by, name }), text);
    const time = context.until(end, moment(at) ?? end);
    return withReason(t("{by} banned {name} until {time}", { by, name, time }), text);
  },
  unbanned: ({ target: name }, by) => t("{by} ended the ban of {name}", { by, name }),
  muted({ target: name, until, at }, by, context) {
    const end = until && moment(until);
    if (!end) return t("{by} ended the mute of {name}", { by, name });
    const since = moment(at) ?? end;
    if ((end.getTime() - since.getTime()) / 1000 >= UNDONE) {
      return t("{by} muted {name} until undone", { by, name });
    }
    return t("{by} muted {name} until {time}", { by, name, time: context.until(end, since) });
  },
  slowed: ({ seconds }) =>
    seconds ? t("Slow mode: one message in {seconds} s", { seconds }) : t("Slow mode is off"),
  locked: ({ on }, by) =>
    on ? t("{by} locked the room", { by }) : t("{by} unlocked the room", { by }),
  renamed: ({ name, to }) => t("{name} is called {to} now", { name, to }),
  topic: ({ text }, by) =>
    text ? t("Topic: {text}", { text: defuse(text) }) : t("{by} removed the topic", { by }),
  deleted: (_, by) => t("{by} deleted a message or a file", { by }),
  edited: (_, by) => t("{by} edited a message", { by }),
  reacted: ({ emoji, on }, by) =>
    on
      ? t("{by} reacted with {emoji}", { by, emoji })
      : t("{by} took back {emoji}", { by, emoji }),
  pinned: ({ on }, by) =>
    on ? t("{by} pinned a message", { by }) : t("{by} unpinned a message", { by }),
};

/** Tell whether this version has no words for an event. */
export const isUnknown = (/** @type {Wire} */ event) => !Object.hasOwn(NOTICES, event.type);

/** Return a sentence such as "bob lost the connection" or "ann removed eve: spam". */
export function notice(/** @type {Wire} */ event, /** @type {Context} */ context) {
  if (event.deleted) return deletedText(event);
  const say = isUnknown(event) ? undefined : NOTICES[event.type];
  if (!say) return t("Something that this version cannot show");
  return say(event, actor(event.name ?? ""), context);
}
