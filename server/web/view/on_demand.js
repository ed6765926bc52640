/**
 * What the reader sees only after an act: menus, dialogs, search, emoji, the acts on messages.
 * A script of its own, which `late.js` loads, with the style sheet `later.css`.
 *
 * @module
 */

import { makeDialogs, showSecurity } from "./dialogs.js";
import { openEmoji } from "./emoji.js";
import { addIcons } from "./icons.js";
import { makeMainMenu } from "./main_menu.js";
import { makeMarks } from "./marks.js";
import { openActs } from "./member_acts.js";
import { makeReader } from "./reader.js";
import { makeSearch } from "./search.js";
import { makeSuggestions } from "./suggestions.js";
import { makeTransfers } from "./transfers.js";

/**
 * @import { App } from "./screen.js"
 * @import { Seen } from "./pane.js"
 * @import { makeComposer } from "./composer.js"
 * @typedef {Seen & Pick<ReturnType<typeof makeComposer>, "suggestWith">} Meets what these parts
 *   have in common with those that are there before
 * @typedef {ReturnType<typeof makeOnDemand>} OnDemand
 */

/** @param {App} app @param {Meets} meets */
export function makeOnDemand(app, { rowAt, onReplaced, markWith, suggestWith }) {
  addIcons();
  const reader = makeReader(app, rowAt);
  onReplaced(reader.replaced);
  markWith(makeMarks);
  suggestWith(makeSuggestions);
  return {
    reader,
    menu: makeMainMenu(app),
    search: makeSearch(app),
    transfers: makeTransfers(app),
    windows: makeDialogs(app),
    openActs,
    openEmoji,
    showSecurity,
  };
}
