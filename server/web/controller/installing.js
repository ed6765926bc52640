/** How others come in: the link to the room, and the desktop client to install from it. @module */

import { sentence } from "../i18n/errors.js";
import { size } from "../i18n/translate.js";

/** @import {Context} from "./context.js" */

/** The line that installs the desktop client from this room, and starts it. */
function installing(/** @type {Context["page"]} */ { origin, key, windows }) {
  const { host, protocol } = new URL(origin);
  // The room made its certificate itself.
  const trust = protocol === "https:" ? ` --trusted-host ${host}` : "";
  const pip = `pip install --no-index --find-links ${origin}/get/${trust} chatroom`;
  const start = `chatroom --server "chatroom://${host}/${key && `#sha256=${key}`}"`;
  return windows
    ? `py -m venv chatroom; chatroom\\Scripts\\${pip}; chatroom\\Scripts\\${start}`
    : `python3 -m venv chatroom && chatroom/bin/${pip} && chatroom/bin/${start}`;
}

export function makeInstalling(/** @type {Context} */ { browser, page, screen }) {
  async function invite() {
    const link = await browser.getJson("/invite");
    if (link) screen.windows.showInvite({ code: "", ...link });
    else screen.say(sentence({ code: "no_welcome" }));
  }

  async function offers() {
    const found = await browser.getJson("/get");
    const own = Array.isArray(found) ? found.filter(({ name }) => /^chatroom-/.test(name)) : [];
    screen.windows.showOffers(
      own.map(({ name, size: bytes, url }) => ({
        name,
        size: size(bytes),
        url,
        command: installing(page),
      })),
    );
  }
  return { intents: { invite: () => void invite(), offers: () => void offers() } };
}
