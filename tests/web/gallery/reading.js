/** The room as one reads it: messages, members, search, banners. @module */

/* global document, getComputedStyle, PointerEvent */

import { COLOURS, message, quote } from "./items.js";
import { find, frame, room, screen, top } from "./stage.js";
import { albums, kinds, poem } from "./talk.js";
import { LONG, members } from "./values.js";

const OTHER_HOSTS = ["https://192.168.1.6:18000", "https://192.168.1.7:18000"];

/** Show the banner of a lost connection. @param {string} text @param {string} count */
function showLost(text, count) {
  screen.banner.show({ kind: "warning", text, action: "Try now", links: OTHER_HOSTS });
  screen.banner.count(count);
}

/** @type {Record<string, () => unknown>} */
export const reading = {
  room,
  member: () => room({ owner: false }),
  top,
  async hover() {
    await top();
    await frame();
    find("#messages .msg").dispatchEvent(
      new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }),
    );
    find("#messages .msg").classList.add("on");
  },
  async more() {
    await top();
    await frame();
    const down = new PointerEvent("pointerdown", { bubbles: true, pointerType: "touch" });
    find("#messages .msg.first .body").dispatchEvent(down);
    await new Promise((done) => setTimeout(done, 700));
  },
  async react() {
    await reading.hover?.();
    /** @type {HTMLElement} */ (document.querySelector(".acts .b")).click();
    if (getComputedStyle(find(".acts")).display === "none") await reading.more?.();
  },
  async pictures() {
    room();
    screen.messages.append(albums, false);
    await frame();
    screen.messages.toBottom();
  },
  files() {
    room();
    screen.messages.append(kinds, false);
    screen.messages.toBottom();
  },
  async folded() {
    room();
    screen.messages.append(
      [
        {
          kind: "hidden",
          seq: 360,
          text: "Message from 田中 hidden",
          heading: null,
          time: "10:26",
          iso: "2026-11-20T10:26:00Z",
          name: "田中",
        },
        message("bob", "10:26", "bob waves", { emote: true }),
        message(
          "chandra",
          "10:27",
          "It was a good one.",
          {},
          {
            quote: quote(0, "", COLOURS.bob, "message deleted", true),
            edited: "Edited at 10:28",
            pinned: true,
          },
        ),
        poem,
      ],
      false,
    );
    screen.messages.toBottom();
    await frame();
    /** @type {HTMLElement} */ (find("#messages .note .b")).click();
  },
  async search() {
    room();
    screen.search.open();
    const field = /** @type {HTMLInputElement} */ (find("#search input"));
    field.value = "hall 2";
    await frame();
    const count = screen.messages.mark("hall 2");
    screen.messages.showFound(0);
    screen.search.showState(`${count} in the loaded messages`);
    screen.search.showResults({
      rows: [
        {
          seq: 3,
          day: "Today",
          time: "10:08",
          name: "Éloïse",
          colour: 1,
          text: "Hall 2 this morning. The rack is up, the cake is safe.",
        },
        {
          seq: 2,
          day: "Today",
          time: "10:01",
          name: "alice",
          colour: 0,
          text: "Morning! The room moves to hall 2 today.",
        },
        {
          seq: 1,
          day: "Monday 16 November",
          time: "20:14",
          name: "chandra",
          colour: 4,
          text: "Is hall 2 the one with the good floor?",
        },
      ],
      summary: "3 results, there may be more",
      more: true,
    });
  },
  older() {
    room();
    screen.historyBanner.show("You are reading older messages. 3 new messages since.");
    screen.messages.showLoading("Loading older messages…");
  },
  empty() {
    room();
    screen.messages.clear();
    screen.messages.append(
      [{ kind: "beginning", text: "This is where the history begins." }],
      false,
    );
  },
  long() {
    room();
    screen.topBar.show(LONG.slice(0, 64), "7 here");
    screen.topBar.showRules({
      topic: LONG,
      locked: true,
      slow: 30,
      moderates: true,
      canClaim: false,
    });
    screen.members.show(
      members.map((each) => ({ ...each, name: each.name + LONG.slice(0, 26) })),
      "7 of 12",
    );
    screen.messages.append(
      [
        message("bob", "10:20", LONG),
        message("alice", "10:21", `${"many words ".repeat(120)}`),
      ],
      false,
    );
    screen.composer.insert(LONG);
    screen.messages.toBottom();
  },
  rtl() {
    room();
    screen.messages.append(
      [
        message("محمد", "10:20", "شكراً! سأصل في الساعة 11:30 ومعي ثلاث شاشات."),
        message("bob", "10:21", "See you, محمد, at 11:30!"),
        message("נועה", "10:22", "אני מביאה מתג עם 24 יציאות. ".repeat(9)),
      ],
      false,
    );
    screen.composer.insert("شكراً");
    screen.messages.toBottom();
  },
  offline() {
    room();
    showLost(
      "Connection lost. What you write is sent after reconnecting.",
      "Reconnecting in 4 s",
    );
    screen.members.show(
      members.map((each) => ({ ...each, away: true, unknown: true, left: "", acts: [] })),
      "",
    );
  },
  hosts() {
    room();
    showLost(
      "The room at 192.168.1.5:18000 is closed, or the network is down. What you write is sent when you are back.",
      "Reconnecting in 4 s (attempt 3).",
    );
  },
  undecided() {
    room();
    screen.banner.show({
      kind: "info",
      text: "The room cannot take messages now: too few of its hosts reach each other. What you send is kept and sent again.",
      action: "",
      links: OTHER_HOSTS,
    });
  },
  drawer() {
    room();
    find("#people").click();
    if (getComputedStyle(find("#members")).display === "none") find("#people").click();
  },
  async owner() {
    reading.drawer?.();
    await frame();
    /** @type {HTMLElement} */ (document.querySelectorAll(".who .b")[0]).click();
  },
};
