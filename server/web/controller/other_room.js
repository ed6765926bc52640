/** The way to another room. @module */

import { addSentences, sentence } from "../i18n/errors.js";
import { LINK_SENTENCES } from "../i18n/link_errors.js";
import { t } from "../i18n/translate.js";
import { pageOf } from "../text/rooms.js";

/** @import {Context} from "./context.js" */

/** Ask for another room, and open its page; what was not sent here stays here. */
export function askOtherRoom(/** @type {Context} */ context) {
  const { windows } = context.screen;
  addSentences(LINK_SENTENCES);
  const form = {
    title: t("Another room"),
    text: t(
      "The room's page opens in this tab, encrypted. If the room has no encryption, enter its address with http://",
    ),
    label: t("Code, link or address of the room"),
    yes: t("Open"),
    value: "",
    limit: 1000,
    optional: false,
    secret: false,
  };
  windows.prompt(form, (typed) => {
    const found = pageOf(typed);
    if ("problem" in found) return windows.showPromptError(sentence(found.problem));
    if (!URL.canParse(found.url))
      return windows.showPromptError(sentence({ code: "bad_link" }));
    windows.closePrompt();
    context.browser.go(found.url);
  });
}
