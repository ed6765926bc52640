/** Keys and commands, as a text. @module */

import { language } from "../i18n/translate.js";

/** @import {Commands} from "./commands.js" */

const ENGLISH = {
  keys: `Enter              send the message; in a block of code: start a new line
Shift+Enter        start a new line in the message
Up                 in an empty field: edit your last message
Ctrl+Up            in an empty field: bring back the last text sent
Tab                complete the name before the cursor; again: the next match
@  :  /            suggest members, emoji, commands; Tab or Enter takes one

Alt+Up, Alt+Down   choose a message; Enter replies, R reacts, M opens its menu,
                   Escape goes back to the field
Alt+R              show the active members and their connections
Ctrl+S             save the conversation
Ctrl+Shift+S       save all files of the conversation
Ctrl+F             search: Enter or F3 goes up, with Shift down; if no loaded
                   message matches, Enter searches all history
Ctrl+G             go to a date
Alt+End            go back to the newest message
Ctrl+D             switch between dark and light
Ctrl+comma         preferences
F1                 show this text
`,
  rest: `//text             send "/text"

Drop or paste files, or press + (Ctrl+O), to share them.

A message stays grey until the server has it. While you are disconnected, it
waits. It is sent later, also after you reload the page.
`,
};
const COLUMN = 19;

/** Return the text, with the commands that this room has. */
export async function helpText(/** @type {Commands} */ commands) {
  const lines = Object.values(commands).map(({ usage, help }) => usage.padEnd(COLUMN) + help);
  const german = language() === "de";
  const { keys, rest } = german ? (await import("../i18n/de_help.js")).default : ENGLISH;
  return `${keys}\n${lines.join("\n")}\n${rest}`;
}
