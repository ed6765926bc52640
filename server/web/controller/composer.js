/**
 * The composer: what is typed is a message, an edit of one, or a command; completes names
 * (client_mvc/controller/composer/).
 *
 * @module
 */

import { carryOut, messageOf } from "./commands.js";
import { newId } from "./context.js";
import { EMOTE } from "./extras.js";

/**
 * @import {Commands} from "./commands.js"
 * @import {Context} from "./context.js"
 * @import {makeDrafts} from "./drafts.js"
 * @import {makeOutgoing} from "./outgoing.js"
 * @import {makeTalking} from "./talking.js"
 *
 * @typedef {object} Around what the composer works with
 * @property {() => boolean} sendFiles send the files above the field; false: there are none
 * @property {() => Commands} commands
 * @property {ReturnType<typeof makeDrafts>} drafts
 * @property {ReturnType<typeof makeOutgoing>} outgoing
 * @property {ReturnType<typeof makeTalking>} talking
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

/** Carry out what is typed. */
export function makeComposer(/** @type {Context} */ context, /** @type {Around} */ around) {
  const { members, membership, network, screen } = context;
  const { commands, drafts, outgoing, sendFiles, sent, talking } = around;
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
    if (!outgoing.send(text, talking.reply)) return false;
    talking.end();
    last = typed;
    sent();
    return true;
  }

  return {
    intents: {
      send(/** @type {string} */ typed) {
        if (talking.isEdit) return talking.sendEdit(typed);
        const id = newId();
        asked.set(id, typed);
        const done = carryOut(typed, commands(), screen.say, id);
        if (done === id) return asked.has(id); // it may have failed at once
        asked.delete(id);
        if (done !== null) return done !== false;
        const text = messageOf(typed);
        return send(text.trim() && text, typed);
      },
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
        if (drafts.edited(text) && isMessage && !talking.isEdit) network.typing();
      },
      endContext: talking.endContext,
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
