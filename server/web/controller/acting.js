/**
 * What a person does beside writing messages: commands, what the word before the cursor could
 * become, and the acts on messages.
 *
 * @module
 */

import { carryOut, makeCommands } from "./commands.js";
import { makeSuggesting } from "./suggesting.js";
import { makeTalking } from "./talking.js";

/**
 * @import {Acts} from "./commands.js"
 * @import {Context} from "./context.js"
 * @import {makeDrafts} from "./drafts.js"
 * @typedef {ReturnType<typeof makeActing>} Acting
 */

/** `acts` is what the commands do that other parts carry out. */
export function makeActing(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makeDrafts>} */ drafts,
  /** @type {Pick<Acts, "leave" | "report" | "help" | "topic">} */ acts,
) {
  const { rules, screen } = context;
  const talking = makeTalking(context, drafts);
  const all = {
    ...acts,
    nick: (/** @type {string} */ name, /** @type {string} */ id) =>
      context.ask({ type: "rename", name }, id),
    note: (/** @type {string} */ text, /** @type {string} */ id) =>
      context.ask({ type: "note", text }, id),
    ignore: (/** @type {string} */ name) => talking.ignore(name.replace(/^@/, "")),
    unignore: (/** @type {string} */ name) => talking.ignore(name.replace(/^@/, ""), false),
  };
  /** The commands that this room has. */
  const commands = () => makeCommands(all, (feature) => rules.can(feature));
  return {
    talking,
    commands,
    carryOut: (/** @type {string} */ typed, /** @type {string} */ id) =>
      carryOut(typed, commands(), screen.say, id),
    suggest: makeSuggesting(context, commands),
    failed: talking.failed,
    answered: talking.answered,
    intents: talking.intents,
  };
}
