/** A shared file to read: with line numbers, wrapped or not. @module */

import { t } from "../i18n/translate.js";
import { openDialog } from "./dialog.js";
import { button, h } from "./dom.js";

/** @param {import("./screen.js").App} app @param {import("./contract.js").FileText} file */
export function showFile(app, { fileId, name, facts, text, note }) {
  const lines = h(
    "pre.lines",
    { dir: "auto" },
    ...text
      .replace(/\n$/, "")
      .split("\n")
      .map((line, place) => h("span", { "data-n": place + 1 }, line)),
  );
  const wrap = h("input", {
    type: "checkbox",
    onchange: () => lines.classList.toggle("wrap", wrap.checked),
  });
  const shown = openDialog("file", name, {
    look: "wide",
    buttons: [
      button(t("Copy"), () => app.copy(text, t("Copied.")), "line", "copy"),
      button(t("Save"), () => app.intents.files.save(fileId), "main", "save"),
    ],
  });
  shown.node.dataset.file = fileId;
  shown.fill(
    h("div.line-up", h("p.small.muted.grow", facts), h("label.choice", wrap, t("Wrap lines"))),
    h("div.scroll", { tabIndex: 0, role: "region", "aria-label": name }, lines),
    ...(note ? [h("p.small", note)] : []),
  );
}
