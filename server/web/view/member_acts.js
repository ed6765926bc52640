/** The menu of what the reader can do to another member. @module */

import { t } from "../i18n/translate.js";
import { byId } from "./dom.js";
import { openMenu } from "./menu.js";

/**
 * @import { MemberRow } from "./contract.js"
 * @import { Entry } from "./menu.js"
 * @import { App } from "./screen.js"
 */

const mutes = (/** @type {App} */ app, /** @type {string} */ name) =>
  /** @type {[string, number | null][]} */ ([
    [t("Mute for 10 minutes"), 10],
    [t("Mute for 1 hour"), 60],
    [t("Mute until undone"), null],
  ]).map(([text, minutes]) => ({
    text,
    symbol: "mute",
    act: () => app.intents.moderation.mute(name, minutes),
  }));

const bans = (/** @type {App} */ app, /** @type {string} */ name) =>
  /** @type {[string, number][]} */ ([
    [t("Ban for 1 hour…"), 60],
    [t("Ban for 1 day…"), 24 * 60],
    [t("Ban for good…"), 0],
  ]).map(([text, minutes]) => ({
    text,
    symbol: "x",
    bad: true,
    act: () => app.intents.moderation.ban(name, minutes),
  }));

/**
 * @param {App} app
 * @param {HTMLElement} from
 * @param {MemberRow} member
 * @param {() => void} leave close the drawer, if the members are in one
 */
export function openActs(app, from, { name, acts }, leave) {
  const { composer, conversation, moderation } = app.intents;
  const mention = () => {
    leave();
    composer.mention(name);
  };
  const entries = [
    { text: t("Mention"), symbol: "at", act: mention },
    acts.includes("ignore") && {
      text: t("Ignore"),
      symbol: "hide",
      act: () => conversation.ignore(name, true),
    },
    acts.includes("show") && {
      text: t("Stop ignoring"),
      symbol: "show",
      act: () => conversation.ignore(name, false),
    },
    acts.some((act) => act !== "ignore" && act !== "show") ? null : undefined,
    acts.includes("promote") && {
      text: t("Make moderator"),
      symbol: "shield",
      act: () => moderation.setRole(name, "moderator"),
    },
    acts.includes("demote") && {
      text: t("Make member"),
      symbol: "shield",
      act: () => moderation.setRole(name, "member"),
    },
    ...(acts.includes("mute") ? mutes(app, name) : []),
    acts.includes("unmute") && {
      text: t("Unmute"),
      symbol: "mute",
      act: () => moderation.mute(name, 0),
    },
    acts.includes("remove") && {
      text: t("Remove…"),
      symbol: "out",
      bad: true,
      act: () => moderation.kick(name),
    },
    ...(acts.includes("ban") ? bans(app, name) : []),
  ].filter((entry) => entry === null || entry);
  openMenu(from, name, /** @type {Entry[]} */ (entries), byId("members"));
}
