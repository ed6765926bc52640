/** Files on their way into the room: chosen, dropped or pasted, waiting above the field. @module */

import { t } from "../i18n/translate.js";
import { button, byId, h, icon, iconButton, sync } from "./dom.js";

/**
 * @import { Attachment, UploadRow } from "./contract.js"
 * @import { App } from "./screen.js"
 */

const UPLOADS = 5;
/** Characters of a pasted text from which on it is offered as a file. */
const LONG_TEXT = 8000;

/**
 * What a paste brings: the files, or a text too long for a message; null: an ordinary text.
 *
 * Office programs add a picture of the text that they copy, and some file managers the paths of
 * the files.
 *
 * @param {{files: ArrayLike<File>, getData: (type: string) => string}} data
 * @returns {{files: File[]} | {text: string} | null}
 */
export function pasted(data) {
  const files = [...Array.from(data.files)];
  const text = data.getData("text/plain");
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  const isPath = (/** @type {string} */ line) =>
    files.some(({ name }) => line.endsWith(name) || line.endsWith(encodeURIComponent(name)));
  if (files.length && lines.every(isPath))
    return { files: lines.length ? files : named(files) };
  return text.length > LONG_TEXT ? { text } : null;
}

/** Browsers call a picture without a file `image.png`; it is `pasted.png` in both clients. @param {File[]} files */
function named(files) {
  const [file] = files;
  if (!file || files.length > 1 || file.name !== "image.png") return files;
  return [new File([file], "pasted.png", { type: file.type })];
}

/** Take files from `+`, drops and pastes. @param {App} app */
function takeFiles(app) {
  const chooser = byId("chooser");
  const attach = (/** @type {FileList | undefined} */ files) =>
    files?.length && app.intents.attachments.add([...files]);
  byId("share").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    if (chooser.files.length) app.intents.files.share([...chooser.files]);
    chooser.value = "";
  });
  const hasFiles = (/** @type {DragEvent} */ event) =>
    app.inRoom() && event.dataTransfer?.types.includes("Files");
  const main = byId("main");
  main.dataset.drop = t("Drop files to share them");
  for (const kind of /** @type {const} */ (["dragover", "dragleave", "drop"]))
    document.addEventListener(kind, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      main.classList.toggle("dropping", kind === "dragover");
      if (kind !== "drop") return;
      attach(event.dataTransfer?.files);
      app.focusField();
    });
  document.addEventListener("paste", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const elsewhere = target.closest?.("dialog, input");
    const found =
      app.inRoom() && !elsewhere && event.clipboardData && pasted(event.clipboardData);
    if (!found) return;
    event.preventDefault();
    if ("files" in found) app.intents.attachments.add(found.files);
    else app.intents.attachments.addText(found.text);
  });
}

/** @param {App} app */
export function makeIncoming(app) {
  const row = byId("attached");
  const ups = byId("uploads");
  let count = 0;
  takeFiles(app);

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
    get count() {
      return count;
    },
    /** @param {Attachment[]} attachments */
    showAttachments(attachments) {
      if (attachments.length > count) app.focusField();
      count = attachments.filter(({ problem }) => !problem).length;
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
