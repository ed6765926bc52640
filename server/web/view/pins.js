/** The pinned messages: the newest in a bar above the conversation, all in a dialog. @module */

import { plural, t } from "../i18n/translate.js";
import { dialog, openDialog } from "./dialog.js";
import { button, byId, h, icon, iconButton, nameOf, sync } from "./dom.js";

/**
 * @import { PinRow, Screen, WindowsScreen } from "./contract.js"
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
