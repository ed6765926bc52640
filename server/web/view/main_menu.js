/** The menu of the top bar, and the keys that do the same. @module */

import { t } from "../i18n/translate.js";
import { byId } from "./dom.js";
import { openMenu } from "./menu.js";

/** @import { App } from "./screen.js" */

const SLOW = [0, 5, 10, 30, 60];

/** @param {App} app */
export function makeMainMenu(app) {
  const from = byId("menu");

  const save = () =>
    openMenu(from, t("Save conversation"), [
      { text: t("As text"), act: () => app.intents.saveConversation("text") },
      { text: t("As a web page"), act: () => app.intents.saveConversation("html") },
      { text: t("As JSON"), act: () => app.intents.saveConversation("json") },
    ]);

  const slow = () =>
    openMenu(
      from,
      t("Slow mode"),
      SLOW.map((seconds) => ({
        text: seconds ? t("One message in {seconds} s", { seconds }) : t("Off"),
        checked: seconds === app.room.slow,
        act: () => app.intents.moderation.slow(seconds),
      })),
    );

  function open() {
    const { moderation, report, history, preferences, files, membership } = app.intents;
    const { locked, moderates, canClaim } = app.room;
    const own = [
      { text: t("Topic…"), symbol: "pen", act: moderation.askTopic },
      {
        text: locked ? t("Unlock the room") : t("Lock the room"),
        symbol: locked ? "unlock" : "lock",
        act: () => moderation.lock(!locked),
      },
      { text: t("Slow mode…"), symbol: "clock", act: slow },
      { text: t("Bans…"), symbol: "x", act: moderation.askBans },
    ];
    const claim = { text: t("I am the owner…"), symbol: "star", act: moderation.claim };
    openMenu(from, t("Menu"), [
      { text: t("Invite…"), symbol: "people", act: app.intents.invite },
      { text: t("Get the desktop client…"), symbol: "table", act: app.intents.offers },
      null,
      { text: t("Active users report…"), symbol: "table", key: "Alt R", act: report.ask },
      { text: t("Save conversation…"), symbol: "save", key: "Ctrl S", act: save },
      { text: t("Save all files…"), symbol: "save", key: "Ctrl ⇧ S", act: files.saveAll },
      { text: t("Go to a date…"), symbol: "clock", key: "Ctrl G", act: history.askDate },
      { text: t("Pinned messages…"), symbol: "pin", act: app.intents.conversation.showPins },
      { text: t("Go to the first unread"), symbol: "down", act: history.firstUnread },
      null,
      ...(moderates ? [...own, null] : []),
      ...(canClaim ? [claim, null] : []),
      {
        text: t("Dark or light theme"),
        symbol: "moon",
        key: "Ctrl D",
        act: preferences.toggleTheme,
      },
      { text: t("Preferences…"), symbol: "pen", key: "Ctrl ,", act: preferences.open },
      { text: t("Keys and commands"), symbol: "bars", key: "F1", act: app.intents.help },
      { text: t("About"), symbol: "room", act: app.intents.about },
      null,
      { text: t("Leave the room"), symbol: "out", act: membership.leave },
    ]);
  }

  return { open, save };
}
