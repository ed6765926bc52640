/** The newest pinned message, in a bar above the conversation. @module */

import { plural, t } from "../i18n/translate.js";
import { byId, h, icon, iconButton, nameOf } from "./dom.js";

/**
 * @import { Screen } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @param {App} app @returns {Screen["pins"]} */
export function makePinBar(app) {
  const bar = byId("pins");
  let hidden = 0; // the message whose bar was closed
  return {
    show(pin) {
      bar.hidden = !pin || pin.seq === hidden;
      if (!pin || bar.hidden) return;
      const { name, colour, text, count, seq } = pin;
      const all = h(
        "button.pinned",
        { type: "button", onclick: () => app.intents.conversation.showPins() },
        icon("pin"),
        h("span.sr", `${t("Pinned")}: `),
        nameOf(name, colour),
        h("span.cut.grow", { dir: "auto" }, text),
        count > 1 &&
          h(
            "span.tiny.wide-only",
            plural("{count} pinned message", "{count} pinned messages", count),
          ),
      );
      const close = iconButton(
        t("Hide pinned message"),
        "x",
        () => {
          hidden = seq;
          bar.hidden = true;
          app.focusField();
        },
        "quiet",
      );
      bar.replaceChildren(all, close);
    },
  };
}
