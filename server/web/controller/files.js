/** Share files (client_mvc/controller/files/); `file_acts.js` opens and saves them. @module */

import { size, t } from "../i18n/translate.js";
import { waiting } from "./banner.js";
import { newId, NO_ROOM } from "./context.js";

/**
 * @import {NetworkEvent, Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @import {makePresenter} from "./presenter.js"
 */

const UPLOADS_SHOWN = ["sending", "retrying", "failed", "waiting"];
/** Problems of a file that another try does not solve. */
const FINAL = ["too_long", "not_text", "file_too_large", "file_unreadable", "form_encoded"];

export function makeFiles(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makePresenter>} */ { changed },
) {
  const { membership, network, screen, uploads } = context;

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

  /** Show the running upload first, then interrupted, failed and waiting ones. */
  function showUploads() {
    const rank = (/** @type {{state: string}} */ { state }) => UPLOADS_SHOWN.indexOf(state);
    const all = uploads.all.sort((one, other) => rank(one) - rank(other));
    screen.transfers.show(
      all.map(({ key, file, state, fraction, problem }) => {
        const note = problem ? waiting(/** @type {any} */ (problem)) : "";
        const retry = state === "failed" && !FINAL.includes(problem?.code);
        return { key, name: file.name, size: size(file.size), state, fraction, note, retry };
      }),
    );
  }

  uploads.changed.subscribe(() => changed(showUploads));

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
