/** Files that were pasted or dropped: a row above the composer, sent with the next message. @module */

import { sentence } from "../i18n/errors.js";
import { number, size, t } from "../i18n/translate.js";
import { newId } from "./context.js";

/**
 * @import {Problem} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @import {makeFiles} from "./files.js"
 * @typedef {Blob & {name: string}} Source
 */

/** Pictures that browsers show, as long as that is cheap. */
const SHOWN = /^image\/(png|jpeg|gif|webp)$/;
const SHOWN_BYTES = 30 * 1024 * 1024;

export function makeAttachments(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makeFiles>} */ files,
) {
  const { browser, membership, network, screen } = context;
  /** @type {Map<string, {file: Source, url: string, problem: Problem | null}>} */
  const all = new Map();

  const show = () =>
    screen.composer.showAttachments(
      [...all].map(([key, { file, url, problem }]) => ({
        key,
        name: file.name,
        size: size(file.size),
        url,
        problem: problem ? sentence(problem) : "",
      })),
    );

  function forget(/** @type {string} */ key) {
    const url = all.get(key)?.url;
    if (url) browser.revokeUrl(url);
    return all.delete(key);
  }

  /** Find out whether the room takes it, before it is sent. */
  async function check(/** @type {string} */ key, /** @type {Source} */ file) {
    const problem = await network.unfit(file);
    const found = all.get(key);
    if (!problem || !found) return;
    all.set(key, { ...found, problem });
    show();
  }

  function add(/** @type {Source[]} */ added) {
    if (!files.mayShare()) return;
    for (const file of added) {
      const key = newId();
      const isShown = SHOWN.test(file.type) && file.size <= SHOWN_BYTES;
      all.set(key, { file, url: isShown ? browser.makeUrl(file) : "", problem: null });
      void check(key, file);
    }
    show();
  }

  membership.changed.subscribe(() => {
    if (membership.active || !all.size) return;
    for (const key of all.keys()) forget(key);
    show();
  });

  return {
    /** How many there are. */
    get count() {
      return all.size;
    },
    /** Send those that the room takes; false: there are none. */
    send() {
      const ready = [...all].filter(([, { problem }]) => !problem);
      if (!ready.length || !files.mayShare()) return false;
      for (const [key, { file }] of ready) {
        files.upload(key, file);
        forget(key);
      }
      show();
      return true;
    },
    intents: {
      add,
      remove: (/** @type {string} */ key) => void (forget(key) && show()),
      /** Offer to send a text as a file. */
      addText(/** @type {string} */ text) {
        const values = {
          count: number([...text].length),
          most: number(membership.welcome?.limits.text ?? 0),
        };
        const question = {
          title: t("Send this text as a file?"),
          text: t("It has {count} characters; a message has at most {most}.", values),
          yes: t("Send as a file"),
        };
        const act = () => add([new File([text], t("text.txt"), { type: "text/plain" })]);
        screen.windows.ask(question, act);
      },
    },
  };
}
