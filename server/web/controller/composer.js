/**
 * The composer: what is typed is a message, an edit of one, or a command; completes names
 * (client_mvc/controller/composer/).
 *
 * @module
 */

import { newId } from "./context.js";
import { EMOTE, emoted, noEmote } from "./extras.js";

/**
 * @import {Acting} from "./acting.js"
 * @import {Context} from "./context.js"
 * @import {Later} from "./later.js"
 * @import {makeDrafts} from "./drafts.js"
 * @import {makeOutgoing} from "./outgoing.js"
 *
 * @typedef {object} Around what the composer works with
 * @property {() => boolean} sendFiles send the files above the field; false: there are none
 * @property {Later<Acting>} acting
 * @property {ReturnType<typeof makeDrafts>} drafts
 * @property {ReturnType<typeof makeOutgoing>} outgoing
 * @property {() => void} sent a message or a file is on its way
 */

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

/** The message that a text is which is no command: without the slash that makes it none. */
export function messageOf(/** @type {string} */ typed) {
  const does = emoted(typed);
  if (does !== null) return `/me ${does.trim()}`;
  return typed.startsWith("//") ? noEmote(typed.slice(1)) : typed;
}

/** Whether a text may be a command. */
const isCommand = (/** @type {string} */ typed) => /^\s*(\/(?!\/)|q\s*$)/.test(typed);

/** Carry out what is typed. */
export function makeComposer(/** @type {Context} */ context, /** @type {Around} */ around) {
  const { members, membership, network, screen } = context;
  const { acting, drafts, outgoing, sendFiles, sent } = around;
  const talking = () => acting.part?.talking;
  const complete = makeCompleter();
  let last = "";
  /** @type {Map<string, string>} commands that the server has to answer, by the id of the request */
  const asked = new Map();

  /** Send files and a message; false if the text has to stay. */
  function send(/** @type {string} */ text, /** @type {string} */ typed) {
    const files = sendFiles();
    if (!text) {
      if (files) sent();
      return files;
    }
    if (!outgoing.send(text, talking()?.reply ?? {})) return false;
    talking()?.end();
    last = typed;
    sent();
    return true;
  }

  /** Let the text stay in the field until it can be sent or carried out. */
  function submitSoon(/** @type {string} */ typed) {
    acting.use(() => {
      if (drafts.text === typed && submit(typed)) drafts.replace("");
    });
    return false;
  }

  /** Carry out a command; null: it is a message. */
  function command(/** @type {string} */ typed) {
    const { part } = acting;
    if (!part) return submitSoon(typed);
    const id = newId();
    asked.set(id, typed);
    const done = part.carryOut(typed, id);
    if (done === id) return asked.has(id); // it may have failed at once
    asked.delete(id);
    return done === null ? null : done !== false;
  }

  /** Send or carry out what is typed; false if it has to stay. @returns {boolean} */
  function submit(/** @type {string} */ typed) {
    // What was chosen before decides what becomes of it: an answer, for example.
    if (acting.isAwaited) return submitSoon(typed);
    const part = talking();
    if (part?.isEdit) return part.sendEdit(typed);
    const done = isCommand(typed) ? command(typed) : null;
    if (done !== null) return done;
    const text = messageOf(typed);
    return send(text.trim() && text, typed);
  }

  return {
    intents: {
      send: submit,
      recall: () => last,
      complete: (/** @type {string} */ before) =>
        complete(
          before,
          [...members.all.keys()].filter((name) => name !== membership.you),
        ),
      mention: (/** @type {string} */ name) => screen.composer.insert(`@${name} `),
      /** Keep the draft; tell the others that the person is writing. */
      edited(/** @type {string} */ text) {
        const isMessage = text.trim() && (!/^\/(?!\/)/.test(text) || EMOTE.test(text));
        if (drafts.edited(text) && isMessage && !talking()?.isEdit) network.typing();
      },
      endContext: () => talking()?.endContext(),
    },
    /** Show why the server did not carry out a command, and bring its text back. */
    failed(/** @type {string} */ id, /** @type {string} */ reason) {
      const typed = asked.get(id);
      if (!typed) return false;
      asked.delete(id);
      if (!drafts.text) drafts.replace(typed);
      screen.say(reason);
      return true;
    },
    answered: (/** @type {string | undefined} */ id) => void asked.delete(id ?? ""),
  };
}
