/**
 * What a person does beside writing messages: commands, what the word before the cursor could
 * become, acts on messages, files, going elsewhere in the history, preferences. Alerts come with
 * it: they matter for those who have been here for a while.
 *
 * @module
 */

import { makeAlerts } from "./alerts.js";
import { makeAttachments } from "./attachments.js";
import { carryOut, makeCommands } from "./commands.js";
import { makeFileActs } from "./file_acts.js";
import { makeFiles } from "./files.js";
import { makeJumping } from "./jumping.js";
import { makePinList } from "./pin_list.js";
import { makePreferences } from "./preferences.js";
import { makeSuggesting } from "./suggesting.js";
import { makeTalking } from "./talking.js";

/**
 * @import {Acts} from "./commands.js"
 * @import {Context} from "./context.js"
 * @import {makeDrafts} from "./drafts.js"
 * @import {makePaging} from "./paging.js"
 * @import {makePinning} from "./pinning.js"
 * @import {makePresenter} from "./presenter.js"
 * @typedef {object} There the parts that are there before
 * @property {ReturnType<typeof makeDrafts>} drafts
 * @property {ReturnType<typeof makePaging>} paging
 * @property {ReturnType<typeof makePinning>} pinning
 * @property {ReturnType<typeof makePresenter>} presenter
 * @property {() => void} showLook shows theme and size as chosen
 * @typedef {ReturnType<typeof makeActing>} Acting
 */

/** `acts` is what the commands do that other parts carry out. */
export function makeActing(
  /** @type {Context} */ context,
  /** @type {There} */ { drafts, paging, pinning, presenter, showLook },
  /** @type {Pick<Acts, "leave" | "report" | "help" | "topic">} */ acts,
) {
  const { rules, screen } = context;
  const talking = makeTalking(context, drafts);
  const files = makeFiles(context, presenter);
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
    intents: { ...talking.intents, ...makePinList(context, pinning, presenter) },
    alerts: makeAlerts(context),
    attachments: makeAttachments(context, files),
    files,
    fileActs: { ...files.intents, ...makeFileActs(context) },
    jumps: makeJumping(context, presenter, paging),
    preferences: makePreferences(context, presenter, showLook),
  };
}
