/**
 * The composer: commands, name completion, drafts; outgoing messages, each in the store before it
 * is sent (client_mvc/controller/composer/).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { plural, t } from "../i18n/translate.js";
import { tidy } from "../text/texts.js";
import { newId, NO_ROOM } from "./context.js";

/**
 * @import {NetworkEvent, Problem} from "../network/api.js"
 * @import {QueuedMessage} from "../model/outbox.js"
 * @import {Context} from "./context.js"
 * @import {makeHolding} from "./holding.js"
 * @typedef {Record<string, (rest: string) => void>} Commands what a command does; by its word
 */

/** Seconds from the last change of a draft to the write, and from the first one. */
const SAVE_AFTER = 1;
const SAVE_WITHIN = 4;

/** Remembers its last completion, so that Tab again gives the next name. */
export function makeCompleter() {
  let last = "";
  /** @type {string[]} */
  let choices = [];
  return (/** @type {string} */ before, /** @type {string[]} */ names) => {
    if (!last || before !== last) {
      const found = /(@?)([\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*)$/u.exec(before);
      if (!found) return null;
      const [, at = "", begun = ""] = found;
      const rest = before.slice(0, found.index);
      // At the start of a line the name addresses the member.
      const end = !at && /(^|\n)$/.test(rest) ? ": " : " ";
      choices = names
        .filter((name) => name.toLowerCase().startsWith(begun.toLowerCase()))
        .sort((one, other) => one.localeCompare(other))
        .map((name) => rest + at + name + end);
    }
    const next = choices[(choices.indexOf(before) + 1) % choices.length];
    if (next === undefined || next === before) return null;
    return (last = next);
  };
}

/** Keep the text in the composer until it is sent. */
export function makeDrafts(/** @type {Context} */ { store, clock, screen, membership }) {
  let text = "";
  let saveAt = Infinity;
  let saveBy = Infinity;

  function save() {
    if (saveAt === Infinity) return;
    saveAt = saveBy = Infinity;
    store.prefer("draft", text && { text, journal: membership.journal });
  }
  return {
    save,
    edited(/** @type {string} */ now) {
      if (now === text) return;
      text = now;
      saveBy = Math.min(saveBy, clock() + SAVE_WITHIN);
      saveAt = Math.min(clock() + SAVE_AFTER, saveBy);
    },
    tick: (/** @type {number} */ now) => now >= saveAt && save(),
    /** Show the draft of the room just joined, unless the person has typed meanwhile. */
    entered() {
      const draft = store.preference("draft");
      if (text || draft?.journal !== membership.journal) return;
      text = String(draft.text);
      screen.composer.replace(text);
    },
  };
}

/** Check messages, keep them in the store, then pass them to the network. */
export function makeOutgoing(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makeHolding>} */ holding,
) {
  const { outbox, membership, network, screen, store } = context;
  let session = 0;
  /** All writes: each begins at once, and messages are sent in the order of writing. */
  let writing = Promise.resolve();

  function write(/** @type {Promise<void>} */ change) {
    const done = change.catch(() => {}); // the browser keeps nothing: go on without
    return (writing = writing.then(() => done));
  }

  const keep = (/** @type {QueuedMessage} */ message) => {
    const kept = { ...message, wait: undefined };
    return write(store.keep(kept));
  };

  function send(/** @type {QueuedMessage} */ message) {
    const mine = session;
    void keep(message).then(() => {
      const now = outbox.get(message.id);
      // Of a later session it is a part already.
      if (mine === session && membership.active && now && !now.failed) {
        network.send({ id: message.id, text: message.text, tried: false });
      }
    });
  }

  function remove(/** @type {string} */ id) {
    if (!outbox.get(id)) return;
    outbox.remove(id);
    void write(store.forget(id));
  }

  function fail(/** @type {string} */ id, /** @type {Problem} */ failed) {
    const message = outbox.change(id, { failed, wait: undefined });
    if (message) void keep(message);
  }

  return {
    remove,
    fail,
    /** A session begins, with all messages that wait. */
    begin() {
      session++;
      return outbox.waiting.map(({ id, text, tried }) => ({ id, text, tried }));
    },
    /** Note that no wait longer matters: messages of this session may have been sent. */
    end() {
      session++;
      for (const { id } of outbox.waiting) outbox.change(id, { tried: true });
    },
    /** Send a message; false if it has to stay. */
    send(/** @type {string} */ typed) {
      const { welcome } = membership;
      if (!typed) return false;
      if (!welcome) {
        screen.say(t(NO_ROOM));
        return false;
      }
      if (holding.hold(context.clock())) return false;
      const text = tidy(typed, welcome.limits.text);
      if (typeof text !== "string") {
        const as = text.code === "too_long" ? ` ${t("Share it as a text file instead.")}` : "";
        screen.say(sentence(text) + as);
        return false;
      }
      const { you: name, journal } = membership;
      const after = context.conversation.newest || welcome.seq;
      send(outbox.add({ id: newId(), text, name, journal, after, tried: false }));
      return true;
    },
    handle(/** @type {NetworkEvent} */ event) {
      if (event.kind === "confirmed") remove(event.id);
      else if (event.kind === "delayed") {
        holding.refused(event.problem);
        outbox.change(event.id, { wait: event.problem });
      } else if (event.kind === "failed") {
        holding.refused(event.problem);
        fail(event.id, event.problem);
      }
    },
    intents: {
      /** Send a failed message again, behind all others. */
      retry(/** @type {string} */ id) {
        const message = outbox.get(id);
        const hold = holding.hold(context.clock());
        if (!membership.welcome) screen.say(t(NO_ROOM));
        else if (hold) screen.say(hold.reason);
        else if (message?.failed) {
          const { you: name, journal } = membership;
          send(outbox.add({ ...message, name, journal, failed: undefined, wait: undefined }));
        }
      },
      discard: remove,
      copyAll() {
        const texts = outbox.all.map((each) => each.text);
        const said = plural(
          "{count} message copied.",
          "{count} messages copied.",
          texts.length,
        );
        if (texts.length) screen.copy(texts.join("\n\n"), said);
        else screen.say(t("All messages are sent."));
      },
    },
  };
}

/** Carry out what is typed; `commands` and `sent` are what the others do. */
export function makeComposer(
  /** @type {Context} */ { members, membership, screen },
  /** @type {ReturnType<typeof makeOutgoing>} */ outgoing,
  /** @type {Commands} */ commands,
  /** @type {() => void} */ sent,
) {
  const complete = makeCompleter();
  let last = "";

  /** Return whether a line was a command; null: a message. */
  function command(/** @type {string} */ typed) {
    const [word = "", rest = ""] = typed.trim().split(/\s+(.*)/s);
    const known = Object.hasOwn(commands, word) ? commands[word] : undefined;
    if (known && (!rest || known.length)) {
      known(rest);
      return true;
    }
    if (!typed.startsWith("/") || typed.startsWith("//")) return null;
    const values = { word: word.slice(0, 40) };
    if (known) screen.say(t("Nothing may follow {word}.", values));
    else
      screen.say(
        t("There is no command {word}. Type /help for a list, // to send a slash.", values),
      );
    return false;
  }

  return {
    send(/** @type {string} */ typed) {
      const done = command(typed);
      if (done !== null) return done;
      const text = typed.startsWith("//") ? typed.slice(1) : typed;
      if (!outgoing.send(text.trim() && text)) return false;
      last = typed;
      sent();
      return true;
    },
    recall: () => last,
    complete: (/** @type {string} */ before) =>
      complete(
        before,
        [...members.all.keys()].filter((name) => name !== membership.you),
      ),
    mention: (/** @type {string} */ name) => screen.composer.insert(`@${name} `),
  };
}
