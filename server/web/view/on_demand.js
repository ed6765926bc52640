/**
 * What the reader sees only after an act: menus, dialogs, search, emoji, the acts on messages.
 * A script of its own, which `late.js` loads, with the style sheet `later.css`.
 *
 * @module
 */

import { makeDialogs, showSecurity } from "./dialogs.js";
import { openEmoji } from "./emoji.js";
import { makeMainMenu } from "./main_menu.js";
import { makeMarks } from "./marks.js";
import { openActs } from "./member_acts.js";
import { makeReader } from "./reader.js";
import { makeSearch } from "./search.js";

/**
 * @import { App } from "./screen.js"
 * @import { Seen } from "./pane.js"
 * @typedef {ReturnType<typeof makeOnDemand>} OnDemand
 */

/** @param {App} app @param {Seen} pane */
export function makeOnDemand(app, pane) {
  const reader = makeReader(app, pane.rowAt);
  pane.onReplaced(reader.replaced);
  pane.markWith(makeMarks);
  return {
    reader,
    menu: makeMainMenu(app),
    search: makeSearch(app),
    windows: makeDialogs(app),
    openActs,
    openEmoji,
    showSecurity,
  };
}
