/**
 * Outgoing messages: each is in the store before it is sent, and stays until the server has it
 * (client_mvc/controller/composer/sending.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { plural, t } from "../i18n/translate.js";
import { tidy } from "../text/texts.js";
import { newId, NO_ROOM } from "./context.js";

/**
 * @import {NetworkEvent, OutgoingMessage, Problem} from "../network/api.js"
 * @import {QueuedMessage} from "../model/outbox.js"
 * @import {Context} from "./context.js"
 * @import {makeHolding} from "./holding.js"
 */

/** @type {(message: QueuedMessage) => OutgoingMessage} */
const asSent = ({ id, text, tried, reply_to }) => ({
  id,
  text,
  tried,
  ...(reply_to && { reply_to }),
});

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
        network.send({ ...asSent(message), tried: false });
      }
    });
  }

  // Nothing stays of a deleted message that waiting ones reply to, which may not be loaded.
  context.conversation.changes.subscribe(({ type, target }) => {
    for (const { id, reply_to: to, quote } of type === "deleted" ? outbox.all : []) {
      const message =
        to === target && quote && outbox.change(id, { quote: { ...quote, text: "" } });
      if (message) void keep(message);
    }
  });

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
      return outbox.waiting.map(asSent);
    },
    /** Note that no wait longer matters: messages of this session may have been sent. */
    end() {
      session++;
      for (const { id } of outbox.waiting) outbox.change(id, { tried: true });
    },
    /** The member has another name: what waits is still its own. */
    renamed(/** @type {string} */ from, /** @type {string} */ to) {
      for (const { id, name } of outbox.all) {
        const message = name === from && outbox.change(id, { name: to });
        if (message) void keep(message);
      }
    },
    /** Send a message; false if it has to stay. `reply`: what it answers, if it does. */
    send(
      /** @type {string} */ typed,
      /** @type {Pick<QueuedMessage, "reply_to" | "quote">} */ reply = {},
    ) {
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
      send(outbox.add({ id: newId(), text, name, journal, after, tried: false, ...reply }));
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
