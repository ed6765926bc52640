/** Open and save shared files (client_mvc/controller/files/). @module */

import { addSentences, sentence } from "../i18n/errors.js";
import { FILE_SENTENCES } from "../i18n/file_errors.js";
import { size, t } from "../i18n/translate.js";

/** @import {Context} from "./context.js" */

/** Milliseconds between two downloads: browsers drop some of those that begin together. */
const APART = 400;

export function makeFileActs(/** @type {Context} */ context) {
  const { browser, conversation, network, page, screen, timers } = context;
  addSentences(FILE_SENTENCES);

  function found(/** @type {string} */ id) {
    const file = conversation.file(id);
    if (!file) screen.say(t("That file is no longer in the loaded conversation."));
    return file;
  }

  async function open(/** @type {string} */ id) {
    const file = found(id);
    if (!file) return;
    try {
      const { text, cut } = await network.fetchText(file);
      const note = cut ? t("The file is longer. Save it to read all of it.") : "";
      const { name } = file;
      const url = network.place(file.url);
      screen.windows.showFile({ fileId: id, name, facts: size(file.size), text, note, url });
    } catch (error) {
      const problem = /** @type {any} */ (error).problem ?? { code: "connection_lost" };
      const values = { file: file.name, reason: sentence(problem) };
      screen.say(t("{file} could not be downloaded. {reason}", values));
    }
  }

  conversation.deleted.subscribe(({ file }) => file && screen.windows.closeFile(file.id));

  return {
    open: (/** @type {string} */ id) => void open(id),
    save(/** @type {string} */ id) {
      const file = found(id);
      if (file) browser.download(network.place(file.url), file.name);
    },
    copyLink(/** @type {string} */ id) {
      const file = found(id);
      if (!file) return;
      const url = network.place(file.url);
      screen.copy(url.startsWith("/") ? page.origin + url : url, t("Link copied."));
    },
    /** Save each shared file whose event is loaded. */
    saveAll() {
      const files = conversation.files();
      if (!files.length) screen.say(t("No file was shared in this conversation."));
      files.forEach(({ url, name }, place) =>
        timers.later(() => browser.download(network.place(url), name), place * APART),
      );
    },
  };
}
