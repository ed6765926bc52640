/** The field for a message: its keys, what the message is (a reply, an edit), holds. @module */

import { t } from "../i18n/translate.js";
import { byId, h, icon, iconButton } from "./dom.js";
import { makeIncoming } from "./incoming.js";

/**
 * @import { ComposerContext, Screen } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/**
 * @param {App} app
 * @returns {{screen: Screen["composer"], transfers: Screen["transfers"],
 *   suggestWith: (make: typeof import("./suggestions.js").makeSuggestions) => void}}
 */
export function makeComposer(app) {
  const field = byId("field");
  const send = byId("send");
  const contextRow = byId("context");
  /** @type {ComposerContext | null} */
  let context = null;
  let held = "";
  /** @type {ReturnType<typeof import("./suggestions.js").makeSuggestions> | null} */
  let suggestions = null;
  const incoming = makeIncoming(app);

  const before = () => field.value.slice(0, field.selectionStart);

  function changed() {
    if (!CSS.supports("field-sizing", "content")) {
      field.style.height = "auto";
      field.style.height = `${field.scrollHeight}px`;
    }
    app.intents.composer.edited(field.value);
    const found = app.intents.composer.suggest(before());
    if (suggestions) suggestions.show(found);
    else if (found) app.late.prepare(); // for the next key
  }

  function put(/** @type {string} */ text, start = 0, end = field.value.length) {
    field.setRangeText(text, start, end, "end");
    changed();
  }

  function insert(/** @type {string} */ text) {
    field.focus();
    put(text, field.selectionStart, field.selectionEnd);
  }

  function submit() {
    if (held || !(field.value.trim() || incoming.count)) return;
    if (app.intents.composer.send(field.value)) put("");
  }

  // --- keys ----------------------------------------------------------------------------------

  function complete() {
    const { selectionStart: at, selectionEnd } = field;
    const completed =
      at === selectionEnd && at ? app.intents.composer.complete(before()) : null;
    if (completed === null) return false;
    put(completed, 0, at);
    return true;
  }

  /** Send, and tell so; with Shift, and in a block of code, Enter begins a line. */
  function onEnter(/** @type {boolean} */ shift, /** @type {boolean} */ control) {
    const inBlock = before().split("```").length % 2 === 0;
    if (shift || (inBlock && !control)) return false;
    submit();
    return true;
  }

  function onKey(/** @type {KeyboardEvent} */ { key, shiftKey, ctrlKey, metaKey }) {
    if (key === "Enter") return onEnter(shiftKey, ctrlKey || metaKey);
    else if (key === "ArrowUp" && (ctrlKey || metaKey)) put(app.intents.composer.recall());
    else if (key === "ArrowUp" && !field.value) return app.intents.conversation.editLast();
    else if (key === "Escape" && context) app.intents.composer.endContext();
    else if (key !== "Tab" || shiftKey || !complete()) return false;
    return true;
  }

  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.altKey) return;
    if (suggestions?.onKey(event) || onKey(event)) event.preventDefault();
  });
  field.addEventListener("input", changed);
  field.addEventListener("blur", () => suggestions?.show(null));
  send.addEventListener("click", () => {
    submit();
    field.focus();
  });
  const emoji = byId("emoji");
  emoji.addEventListener("click", () => app.emoji(emoji, insert));

  return {
    suggestWith(make) {
      suggestions = make(field, (text, characters) => {
        const end = field.selectionStart;
        put(text, end - characters, end);
      });
    },
    screen: {
      showRoom(room) {
        const text = room ? t("Message #{room}", { room }) : "";
        field.placeholder = text;
        field.ariaLabel = text || t("Message");
      },
      insert,
      replace: (text) => put(text),
      hold(hold) {
        const why = hold?.reason ?? "";
        if (why !== held) app.announce(why);
        held = why;
        send.disabled = Boolean(hold);
        byId("hold").hidden = !hold;
        byId("hold").replaceChildren(
          icon("clock"),
          h("span.grow", why),
          h("span.tiny", hold?.left ?? ""),
        );
      },
      showContext(now) {
        context = now;
        const does = now?.kind === "edit" ? t("Save") : t("Send");
        send.ariaLabel = does;
        send.querySelector("span")?.replaceChildren(does);
        contextRow.hidden = !now;
        contextRow.replaceChildren();
        if (!now) return;
        const end = iconButton(
          now.kind === "edit" ? t("Do not edit") : t("Do not reply"),
          "x",
          () => {
            app.intents.composer.endContext();
            field.focus();
          },
          "low",
        );
        contextRow.append(
          icon(now.kind === "edit" ? "pen" : "reply"),
          h("span.title", now.title),
          h("span.cut.muted.grow", { dir: "auto" }, now.text),
          end,
        );
        app.announce(now.title);
        field.focus();
      },
      showAttachments: incoming.showAttachments,
      showTakes(text) {
        byId("share").title = text;
      },
    },
    transfers: { show: incoming.showUploads },
  };
}
