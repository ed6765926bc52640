/** The viewer of shared pictures. @module */

import { size } from "../i18n/translate.js";
import { pictureOf } from "./extras.js";

/** @import {Context} from "./context.js" */

export function makePictures(/** @type {Context} */ { conversation, network, screen }) {
  let open = "";

  const all = () => conversation.files().filter((file) => pictureOf(/** @type {any} */ (file)));

  function show(/** @type {string} */ id, lift = false) {
    const pictures = all();
    const place = pictures.findIndex((each) => each.id === id);
    const file = pictures[place];
    if (!file && !open) return;
    open = file ? id : "";
    if (!file) return screen.windows.showPicture(null, false);
    const facts = `${file.width} × ${file.height} · ${size(file.size)}`;
    const [before, after] = [place > 0, place < pictures.length - 1];
    const { name } = file;
    const url = network.place(file.url);
    screen.windows.showPicture({ fileId: id, name, facts, url, before, after }, lift);
  }

  const again = () => open && show(open);
  conversation.deleted.subscribe(again);
  conversation.cleared.subscribe(again);
  conversation.added.subscribe(({ type }) => type === "shared" && again());

  const intents = {
    open: (/** @type {string} */ id) => show(id, true),
    step(/** @type {number} */ step) {
      const pictures = all();
      const next = pictures[pictures.findIndex((each) => each.id === open) + step];
      if (open && next) show(next.id);
    },
    closed: () => void (open = ""),
  };
  return { intents };
}
