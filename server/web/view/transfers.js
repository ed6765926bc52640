/** Files above the field: those that wait for Enter, and uploads. @module */

import { t } from "../i18n/translate.js";
import { button, byId, h, icon, iconButton, sync } from "./dom.js";

/**
 * @import { Attachment, UploadRow } from "./contract.js"
 * @import { App } from "./screen.js"
 */

const UPLOADS = 5;

/** @param {App} app */
export function makeTransfers(app) {
  const row = byId("attached");
  const ups = byId("uploads");

  function attachment(/** @type {Attachment} */ { key, name, size, url, problem }) {
    return h(
      "li",
      { class: problem ? "bad" : "" },
      url && !problem
        ? h("img", { src: url, alt: "", width: 48, height: 48 })
        : icon(problem ? "warn" : "file"),
      h(
        "div.grow",
        h("div.cut", { dir: "auto", title: name }, name),
        h("div", { class: problem ? "bad" : "tiny" }, problem || size),
      ),
      iconButton(
        t("Remove {name}", { name }),
        "x",
        () => app.intents.attachments.remove(key),
        "low",
      ),
    );
  }

  function uploadRow(
    /** @type {UploadRow} */ { key, name, size, state, fraction, note, retry },
  ) {
    const failed = state === "failed";
    const cancel = failed ? t("Remove {name}", { name }) : t("Cancel {name}", { name });
    const percent = Math.floor(fraction * 100);
    return h(
      "li",
      icon(failed ? "warn" : "file", failed ? "bad" : ""),
      h("span.cut", { dir: "auto" }, name),
      state === "sending" && h("progress", { max: 1, value: fraction, "aria-label": name }),
      state === "sending" && h("span.tiny.size", size),
      state === "sending"
        ? h("span.tiny", `${percent} %`)
        : h("span", { class: `grow ${failed ? "bad" : "muted"}` }, note || t("Waiting")),
      retry && button(t("Retry"), () => app.intents.files.retry(key), "link low"),
      iconButton(cancel, "x", () => app.intents.files.cancel(key), "low"),
    );
  }

  const lastRow = (/** @type {number} */ more, /** @type {number} */ failed) =>
    h(
      "li",
      h("span.muted.grow", more ? t("and {count} more", { count: more }) : ""),
      failed > 1 &&
        button(t("Clear failed"), () => app.intents.files.clearFailed(), "link low"),
    );

  return {
    /** @param {Attachment[]} attachments */
    showAttachments(attachments) {
      row.hidden = !attachments.length;
      sync(row, attachments, ({ key }) => key, attachment);
    },
    /** @param {UploadRow[]} uploads */
    showUploads(uploads) {
      ups.hidden = !uploads.length;
      const failed = uploads.filter(({ state }) => state === "failed").length;
      const more = Math.max(0, uploads.length - UPLOADS);
      /** @type {(UploadRow | {key: "", more: number, failed: number})[]} */
      const shown = uploads.slice(0, UPLOADS);
      if (more || failed > 1) shown.push({ key: "", more, failed });
      sync(
        ups,
        shown,
        ({ key }) => key,
        (each) => ("more" in each ? lastRow(each.more, each.failed) : uploadRow(each)),
      );
    },
  };
}
