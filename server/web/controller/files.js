/** Share files, open and save them (client_mvc/controller/files/). @module */

import { sentence } from "../i18n/errors.js";
import { size, t } from "../i18n/translate.js";
import { newId, NO_ROOM } from "./context.js";

/**
 * @import {NetworkEvent, Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 */

/** Milliseconds between two downloads: browsers drop some of those that begin together. */
const APART = 400;

export function makeFiles(/** @type {Context} */ context) {
  const { browser, conversation, membership, network, page, screen, timers, uploads } = context;

  function found(/** @type {string} */ id) {
    const file = conversation.file(id);
    if (!file) screen.say(t("That file is no longer in the loaded conversation."));
    return file;
  }

  function upload(/** @type {string} */ key, /** @type {Blob & {name: string}} */ file) {
    const most = membership.welcome?.limits.file ?? Infinity;
    uploads.add(key, file);
    if (file.size <= most) return network.upload(key, file);
    const problem = { code: "too_long", params: { rule: "file", have: file.size, most } };
    uploads.change(key, { state: "failed", problem });
  }

  /** Whether files can be shared now; says why not. */
  function mayShare() {
    if (!membership.welcome) screen.say(t(NO_ROOM));
    return membership.welcome !== null;
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
    mayShare,
    upload,
    intents: {
      share(/** @type {(Blob & {name: string})[]} */ files) {
        if (mayShare()) for (const each of files) upload(newId(), each);
      },
      /** Stop an upload, or remove a failed one from the list. */
      cancel(/** @type {string} */ key) {
        network.cancelUpload(key);
        uploads.remove(key);
      },
      /** Upload a failed file again, under its key: the server drops it if it has the file. */
      retry(/** @type {string} */ key) {
        const { file, state } = uploads.get(key) ?? {};
        if (file && state === "failed" && mayShare()) upload(key, file);
      },
      clearFailed() {
        for (const { key, state } of uploads.all) if (state === "failed") uploads.remove(key);
      },
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
    },
    /** Remove the upload that an event shows: the server has the file. */
    handleEvent(/** @type {Wire} */ { type, id }) {
      if (type === "shared" && id) uploads.remove(id);
    },
    handle(/** @type {NetworkEvent} */ event) {
      if (event.kind === "uploadProgress") {
        const { key, fraction } = event;
        uploads.change(key, { state: "sending", fraction, problem: undefined });
      } else if (event.kind === "uploadRetrying") {
        uploads.change(event.key, { state: "retrying", fraction: 0, problem: event.problem });
      } else if (event.kind === "uploadFailed") {
        uploads.change(event.key, { state: "failed", fraction: 0, problem: event.problem });
      } else if (event.kind === "uploadDone") uploads.remove(event.key);
    },
    /** The membership ended: what was not shared can be shared again. */
    end() {
      const problem = { code: "not_joined" };
      for (const { key } of uploads.all) uploads.change(key, { state: "failed", problem });
    },
  };
}
