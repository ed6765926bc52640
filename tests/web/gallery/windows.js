/** Menus and dialogs. @module */

import { PICTURES } from "./items.js";
import { asked, find, room, screen } from "./stage.js";
import { pins } from "./talk.js";
import { report, reportOfHosts } from "./values.js";

export const dialogs = {
  viewer: () =>
    screen.windows.showPicture(
      {
        fileId: "f210",
        name: "hall.jpg",
        facts: "840 × 540 · 84 KB",
        url: PICTURES[0]?.[1].url ?? "",
        before: true,
        after: true,
      },
      true,
    ),
  pins: () => screen.windows.showPins(pins, true, true),
};

/** @type {Record<string, () => unknown>} */
export const windows = {
  menu() {
    room();
    find("#menu").click();
  },
  viewer() {
    room();
    dialogs.viewer();
  },
  pins() {
    room();
    dialogs.pins();
  },
  report() {
    room();
    screen.windows.showReport(report, true);
  },
  reportHosts() {
    room();
    screen.windows.showReport(reportOfHosts, true);
  },
  preferences() {
    room();
    screen.windows.showPreferences(
      {
        theme: "system",
        textSize: 100,
        sound: true,
        notify: "mentions",
        hours: 24,
        seconds: false,
        canNotify: false,
        notifyHint: "Notifications need an encrypted connection.",
        showJoins: true,
      },
      true,
    );
  },
  file() {
    room();
    const text = Array.from(
      { length: 60 },
      (_, place) => `${place + 1}: ${"word ".repeat(place % 40)}`,
    );
    screen.windows.showFile({
      fileId: "f1",
      name: "setup-notes.txt",
      facts: "2.4 KB, UTF-8",
      text: text.join("\n"),
      note: "The file is longer. Save it to read all of it.",
      url: "/files/f1",
    });
  },
  question() {
    room();
    screen.windows.ask(
      {
        title: "Delete this message?",
        text: "Everybody sees that it was deleted.",
        yes: "Delete",
      },
      () => asked.push(["yes", []]),
    );
  },
  prompt() {
    room();
    screen.windows.prompt(
      {
        title: "I am the owner",
        text: "Enter the owner's key. The server shows it: python -m server owner-key",
        label: "Owner's key, or the link that has it",
        yes: "Become owner",
        value: "abc",
        limit: 200,
        optional: false,
        secret: false,
      },
      (text) => asked.push(["done", [text]]),
    );
    screen.windows.showPromptError("This is not an owner's key.");
  },
  date() {
    room();
    screen.windows.showDate("2026-11-20");
  },
  keys() {
    room();
    screen.windows.showText(
      "Keys and commands",
      "Enter  send\nShift+Enter  new line\nCtrl+F  search",
    );
  },
  bans() {
    room();
    const ban = { by: "alice", at: "10:02", text: "Spam" };
    screen.windows.showBans(
      [
        { ban: 1, name: "mallory", until: "for good", ...ban },
        { ban: 2, name: "eve", until: "20 Nov 2026, 12:00", ...ban },
      ],
      true,
    );
  },
  invite() {
    room();
    const squares = Array.from({ length: 21 * 21 }, (_, at) =>
      (at * 7919) % 5 < 2 ? `M${at % 21} ${Math.floor(at / 21)}h1v1h-1z` : "",
    );
    screen.windows.showInvite({
      https: "https://hall2:18000/",
      chatroom: "chatroom://hall2:18000/#key=fzqRwgte1Egi6WoQx_WDvQ",
      code: "7F3A 91C2",
      qr: `data:image/svg+xml,${encodeURIComponent(
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21"><path d="${squares.join("")}"/></svg>`,
      )}`,
    });
  },
  offers() {
    room();
    screen.windows.showOffers([
      {
        name: "chatroom-1.0-py3-none-any.whl",
        size: "412 KB",
        url: "/get/chatroom.whl",
        command:
          "uvx --from https://hall2:18000/get/chatroom.whl chatroom --server hall2:18000",
      },
    ]);
  },
  security() {
    room();
    find("#lock").click();
  },
};
