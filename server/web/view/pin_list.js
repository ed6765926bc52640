/** The dialog of all pinned messages. @module */

import { t } from "../i18n/translate.js";
import { dialog, openDialog } from "./dialog.js";
import { button, h, nameOf, sync } from "./dom.js";

/**
 * @import { PinRow, WindowsScreen } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @param {App} app @returns {Pick<WindowsScreen, "showPins">} */
export function makePinDialog(app) {
  const list = h("ul");

  function row(/** @type {PinRow & {may: boolean}} */ pin) {
    const { seq, day, time, name, colour, text, may } = pin;
    const go = () => {
      dialog("pins")?.close();
      app.intents.history.goTo(seq);
    };
    return h(
      "li.line-up",
      h(
        "button.hit",
        { type: "button", onclick: go },
        h("span.head", nameOf(name, colour), h("time", `${day} ${time}`)),
        h("span", { dir: "auto" }, text),
      ),
      may && button(t("Unpin"), () => app.intents.conversation.pin(seq, false), "line"),
    );
  }

  return {
    showPins(pins, mayUnpin, lift) {
      const opens = !dialog("pins");
      if (opens) {
        if (!lift) return;
        list.replaceChildren();
        openDialog("pins", t("Pinned messages"), {
          closed: () => app.intents.conversation.pinsClosed(),
        });
      }
      sync(
        list,
        pins.map((pin) => ({ ...pin, may: mayUnpin })),
        ({ seq }) => String(seq),
        row,
      );
      dialog("pins")?.fill(pins.length ? list : h("p", t("Nothing is pinned.")));
      if (opens) list.querySelector("button")?.focus();
    },
  };
}
