/** The dialogs for a date, a question, a line of text, a text, an invitation, offers. @module */

import { t } from "../i18n/translate.js";
import { dialog, openDialog } from "./dialog.js";
import { button, h, icon } from "./dom.js";
import { showFile } from "./file_viewer.js";
import { makePictures } from "./pictures.js";
import { makePinDialog } from "./pin_list.js";
import { makePreferences } from "./preferences.js";
import { makeTables } from "./tables.js";

/**
 * @import { WindowsScreen } from "./contract.js"
 * @import { App } from "./screen.js"
 */

let fields = 0;

/** A field with its label and its error. @param {string} label @param {Record<string, any>} props */
export function labelled(label, props) {
  const id = `field-${++fields}`;
  const field = h("input", { id, "aria-describedby": `${id}-error`, ...props });
  const error = h("p.err", { id: `${id}-error`, role: "alert" });
  const node = h("div", h("label", { for: id }, label), h("div.field", field), error);
  const fail = (/** @type {string} */ text) => {
    field.ariaInvalid = String(Boolean(text));
    error.replaceChildren(...(text ? [icon("warn"), text] : []));
    field.focus();
  };
  return { node, field, fail };
}

/** A text to copy. @param {App} app @param {string} label @param {string} text */
export const copyable = (app, label, text) =>
  h(
    "div",
    h("p.small", label),
    h(
      "div.line-up",
      h("code.print", text),
      button(t("Copy"), () => app.copy(text, t("Copied.")), "line", "copy"),
    ),
  );

/**
 * @param {App} app
 * @returns {WindowsScreen}
 */
export function makeDialogs(app) {
  /** @type {Record<string, (text: string) => void>} */
  const failing = {};
  const paragraph = (/** @type {string} */ text) => h("p.pre", text);
  const main = (/** @type {string} */ text, /** @type {() => void} */ act) =>
    button(text, act, "main");

  return {
    showDate(suggested) {
      const go = () => app.intents.history.goToDate(field.value);
      const { node, field, fail } = labelled(t("Date"), { type: "date", value: suggested });
      failing.date = fail;
      openDialog("date", t("Go to a date"), {
        no: t("Cancel"),
        buttons: [main(t("Go"), go)],
        submit: go,
      }).fill(node);
      field.focus();
    },
    showDateError: (text) => dialog("date") && failing.date?.(text),
    closeDate: () => dialog("date")?.close(),

    ask({ title, text, yes }, agreed) {
      const agree = () => {
        dialog("question")?.close();
        agreed();
      };
      const shown = openDialog("question", title, {
        no: t("Cancel"),
        buttons: [main(yes, agree)],
      });
      shown.fill(paragraph(text));
      /** @type {HTMLElement} */ (shown.node.querySelector("footer .b")).focus();
    },

    prompt({ title, text, label, yes, value, limit, optional, secret }, done) {
      const go = () => field.reportValidity() && done(field.value);
      const { node, field, fail } = labelled(label, {
        value,
        maxLength: limit,
        required: !optional,
        type: secret ? "password" : "text",
        autocomplete: "off",
      });
      failing.prompt = fail;
      openDialog("prompt", title, {
        no: t("Cancel"),
        buttons: [main(yes, go)],
        submit: go,
      }).fill(paragraph(text), node);
      field.select();
      field.focus();
    },
    showPromptError: (text) => dialog("prompt") && failing.prompt?.(text),
    closePrompt: () => dialog("prompt")?.close(),

    showText: (title, text) =>
      openDialog("text", title, { look: "wide" }).fill(
        h("pre.scroll.wrap", { tabIndex: 0, role: "region", "aria-label": title }, text),
      ),

    showInvite({ https, chatroom, code, qr }) {
      openDialog("invite", t("Invite")).fill(
        paragraph(t("Whoever has this link can join from the same network.")),
        h("img.qr", { src: qr, alt: t("The link as a QR code"), width: 224, height: 224 }),
        copyable(app, t("For a browser"), https),
        copyable(app, t("For the desktop client"), chatroom),
        ...(code ? [copyable(app, t("Code"), code)] : []),
      );
    },

    showOffers(offers) {
      const none = t("This room offers nothing to install. Ask who runs it.");
      openDialog("offers", t("Get the desktop client")).fill(
        ...(offers.length ? [] : [paragraph(none)]),
        ...offers.flatMap(({ name, size, url, command }) => [
          h(
            "p.line-up",
            icon("save"),
            url ? h("a", { href: url, download: "" }, name) : name,
            h("span.tiny", size),
          ),
          ...(command ? [copyable(app, t("Then start it with"), command)] : []),
        ]),
      );
    },

    showFile: (file) => showFile(app, file),
    closeFile: (fileId) => {
      const shown = dialog("file");
      if (shown?.node.dataset.file === fileId) shown.close();
    },
    ...makePictures(app),
    ...makePinDialog(app),
    ...makePreferences(app),
    ...makeTables(app),
  };
}

/** What protects the connection. @param {App} app @param {import("./contract.js").Security} security */
export function showSecurity(app, { mark, details, fingerprint }) {
  openDialog("security", mark).fill(
    h("p.pre", details),
    ...(fingerprint ? [copyable(app, t("Fingerprint of the room's key"), fingerprint)] : []),
  );
}
