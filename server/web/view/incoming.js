/** Files on their way into the room: chosen, dropped or pasted; `transfers.js` shows them. @module */

import { t } from "../i18n/translate.js";
import { byId } from "./dom.js";

/**
 * @import { Attachment, UploadRow } from "./contract.js"
 * @import { App } from "./screen.js"
 */

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

  return {
    get count() {
      return count;
    },
    /** @param {Attachment[]} attachments */
    showAttachments(attachments) {
      if (attachments.length > count) app.focusField();
      count = attachments.filter(({ problem }) => !problem).length;
      if (attachments.length || !row.hidden)
        app.late.use(({ transfers }) => transfers.showAttachments(attachments));
    },
    /** @param {UploadRow[]} uploads */
    showUploads(uploads) {
      if (uploads.length || !ups.hidden)
        app.late.use(({ transfers }) => transfers.showUploads(uploads));
    },
  };
}
