/**
 * The real screen with made-up values. `/#STATE` shows one state; `window.gallery` is for tests:
 * the screen, and what the person asked for.
 *
 * @module
 */

/* global document, window, location, requestAnimationFrame, PointerEvent, getComputedStyle */

import { makeScreen } from "../../../server/web/view/screen.js";
import { COLOURS, PICTURES, message, quote } from "./items.js";
import { albums, emoji, kinds, pins, poem, usual } from "./talk.js";
import {
  LONG,
  conversation,
  members,
  pending,
  report,
  reportOfHosts,
  security,
} from "./values.js";

/** @type {[string, unknown[]][]} */
const asked = [];
/** @type {Record<string, (...args: any[]) => any>} */
const answers = {
  "composer.send": () => true,
  "composer.recall": () => "the last text",
  "composer.complete": (before) => (before.endsWith("bo") ? `${before}b ` : null),
  "composer.suggest": suggest,
  "composer.emoji": (words) => emoji.filter(({ name }) => name.includes(words)),
  "composer.emojiReady": () => Promise.resolve(),
  "conversation.usualReactions": () => usual,
  "conversation.editLast": () => false,
  "search.open": () => screen.search.open(),
  "history.toNewest": () => screen.messages.toBottom(),
};

const pinned = /** @type {import("../../../server/web/view/contract.js").PinRow} */ (pins[0]);

/** What the controller would offer. @param {string} before */
function suggest(before) {
  const [, sign = "", typed = ""] = /(?:^|\s)([@:]|^\/)(\S*)$/.exec(before) ?? [];
  const rows = {
    "@": members
      .filter(({ name, you }) => !you && name.startsWith(typed))
      .map(({ name, colour, away, role }) => ({
        insert: `@${name} `,
        label: name,
        detail: away ? "reconnecting" : role === "member" ? "" : role,
        mark: away ? "away" : "active",
        colour,
      })),
    "/": [
      ["/away", "TEXT: say why you are away, beside your name"],
      ["/help", "show all keys and commands"],
      ["/nick", "NAME: have another name"],
    ].map(([label = "", detail = ""]) => ({
      insert: `${label} `,
      label,
      detail,
      mark: "",
      colour: null,
    })),
    ":": [
      ["🎉", "party popper"],
      ["🌮", "taco"],
      ["🏷️", "label"],
    ].map(([mark = "", label = ""]) => ({
      insert: `${mark} `,
      label,
      detail: "",
      mark,
      colour: null,
    })),
  }[sign];
  const kind = { "@": "member", "/": "command", ":": "emoji" }[sign];
  return rows?.length ? { kind, typed: typed.length + 1, rows } : null;
}

/** Every intent, remembered. @param {string[]} path @returns {any} */
const recorder = (path) =>
  new Proxy(() => {}, {
    get: (_, name) => recorder([...path, String(name)]),
    apply: (_, __, args) => {
      asked.push([path.join("."), args]);
      return answers[path.join(".")]?.(...args);
    },
  });

const { screen, bind, load } = makeScreen(document);
bind(recorder([]));

const form = {
  room: "lan-party",
  topic: "Hall 2, from noon. Bring a cable.",
  count: "7 of 12 are here",
  name: "",
  password: false,
  security,
  unsent: [],
};

const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (document.querySelector(selector));

function room({ owner = true } = {}) {
  screen.topBar.show("lan-party", "7 here");
  screen.topBar.showSecurity(security);
  screen.topBar.showRules({
    topic: form.topic,
    locked: false,
    slow: 0,
    moderates: owner,
    canClaim: !owner,
  });
  screen.composer.showRoom("lan-party");
  screen.members.show(members, "7 of 12");
  screen.messages.allow({ remove: "all", reply: true, react: true, edit: true, pin: owner });
  screen.pins.show({ ...pinned, count: 2 });
  screen.composer.showTakes("Share files: all kinds, at most 100 MB");
  screen.typing.show("田中 is typing");
  screen.room.show();
  screen.messages.append(conversation, false);
  screen.messages.toBottom();
}

/** @param {Partial<import("../../../server/web/view/contract.js").Notepage>} page */
const note = (page) =>
  screen.page.show({
    title: "",
    text: "",
    note: "",
    action: "",
    ready: true,
    unsent: [],
    icon: "problem",
    ...page,
  });

const frame = () =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

async function top() {
  room();
  await frame();
  screen.messages.showPlace(0, false);
  await frame();
  await frame();
  screen.messages.append(
    ["One more thing.", "And the cake?", "See you!"].map((text) =>
      message("bob", "10:14", text),
    ),
    true,
  );
}

const dialogs = {
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
const states = {
  join: () => screen.join.show(form),
  taken() {
    screen.join.show({ ...form, name: "bob" });
    screen.join.error("name", "That name is taken.");
  },
  password: () =>
    screen.join.show({
      ...form,
      name: "alice",
      password: true,
      security: {
        encrypted: false,
        mark: "Not encrypted: others on this network can read along",
        details: "Others on this network can read and change everything, also the password.",
        fingerprint: "",
      },
    }),
  joining() {
    screen.join.show({ ...form, name: "alice" });
    screen.join.wait("Joining…");
  },
  unsent: () =>
    screen.join.show({ ...form, unsent: ["Great, I’ll bring plates.", "Who has the key?"] }),
  full: () =>
    note({
      title: "The room is full",
      text: "All 12 places in lan-party are taken. This page joins as soon as somebody leaves.",
      note: "Next try in 8 s",
      action: "Try now",
      icon: "full",
    }),
  removed: () =>
    note({
      title: "You were removed",
      text: "alice removed you from #lan-party.",
      note: "You can join again in 42 s.",
      action: "Join again",
      ready: false,
      unsent: ["Great, I’ll bring plates."],
      icon: "removed",
    }),
  changed: () =>
    note({
      title: "This is another room",
      text: "There is another room at this address now. Nothing was sent to it.",
      action: "Join this room",
      icon: "changed",
    }),
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
  sending() {
    room();
    screen.messages.showPending(pending);
    screen.transfers.show([
      {
        key: "u1",
        name: "server.log",
        size: "5.2 of 8.4 MB",
        state: "sending",
        fraction: 0.62,
        note: "",
        retry: false,
      },
      {
        key: "u2",
        name: "seating.csv",
        size: "",
        state: "waiting",
        fraction: 0,
        note: "",
        retry: false,
      },
      {
        key: "u3",
        name: "hall.mov",
        size: "",
        state: "failed",
        fraction: 0,
        note: "This file is not text. This room accepts text files only.",
        retry: false,
      },
    ]);
    screen.messages.toBottom();
  },
  mention() {
    room();
    screen.composer.insert("Great! @");
  },
  emoji() {
    room();
    screen.composer.insert("See you at noon :ta");
  },
  command() {
    room();
    screen.composer.insert("/");
  },
  grown() {
    room();
    screen.composer.showContext({
      kind: "reply",
      title: "Replying to bob",
      text: "Yes. Here are my setup notes, line 3 is the one that helps:",
    });
    screen.composer.insert(
      "Thanks, that helped.\n\nThree things are still open:\n- who brings the second switch\n- whether the projector has HDMI",
    );
  },
  editing() {
    room();
    screen.composer.showContext({
      kind: "edit",
      title: "Editing",
      text: "The plan is at https://wiki.example.org/lan as always.",
    });
    screen.composer.replace("The plan is at https://wiki.example.org/lan-party as always.");
  },
  attached() {
    room();
    screen.composer.showAttachments([
      {
        key: "a1",
        name: "Screenshot.png",
        size: "212 KB",
        url: PICTURES[0]?.[1].url ?? "",
        problem: "",
      },
      { key: "a2", name: "seating.csv", size: "3 KB", url: "", problem: "" },
      {
        key: "a3",
        name: "hall.mov",
        size: "1.2 GB",
        url: "",
        problem: "The file has 1.2 GB; this room accepts 100 MB at most.",
      },
    ]);
  },
  async react() {
    await states.hover?.();
    /** @type {HTMLElement} */ (document.querySelector(".acts .b")).click();
    if (getComputedStyle(find(".acts")).display === "none") await states.more?.();
  },
  async picker() {
    room();
    find("#emoji").click();
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
  viewer() {
    room();
    dialogs.viewer();
  },
  pins() {
    room();
    dialogs.pins();
  },
  hold() {
    room();
    screen.composer.insert("One more");
    screen.composer.hold({ reason: "Slow mode: one message in 30 s.", left: "12 s" });
  },
  drawer() {
    room();
    find("#people").click();
    if (getComputedStyle(find("#members")).display === "none") find("#people").click();
  },
  async owner() {
    states.drawer?.();
    await frame();
    /** @type {HTMLElement} */ (document.querySelectorAll(".who .b")[0]).click();
  },
  menu() {
    room();
    find("#menu").click();
  },
  report() {
    room();
    screen.windows.showReport(report, true);
  },
  reportHosts() {
    room();
    screen.windows.showReport(reportOfHosts, true);
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
  offline() {
    room();
    screen.banner.show({
      kind: "warning",
      text: "Connection lost. What you write is sent after reconnecting.",
      action: "Try now",
      links: [],
    });
    screen.banner.count("Reconnecting in 4 s");
    screen.members.show(
      members.map((each) => ({ ...each, away: true, unknown: true, left: "", acts: [] })),
      "",
    );
  },
  hosts() {
    room();
    screen.banner.show({
      kind: "warning",
      text: "The room at 192.168.1.5:18000 is closed, or the network is down. What you write is sent when you are back.",
      action: "Try now",
      links: ["https://192.168.1.6:18000", "https://192.168.1.7:18000"],
    });
    screen.banner.count("Reconnecting in 4 s (attempt 3).");
  },
  undecided() {
    room();
    screen.banner.show({
      kind: "info",
      text: "The room cannot take messages now: too few of its hosts reach each other. What you send is kept and sent again.",
      action: "",
      links: ["https://192.168.1.6:18000", "https://192.168.1.7:18000"],
    });
  },
  older() {
    room();
    screen.historyBanner.show("You are reading older messages. 3 new messages since.");
    screen.messages.showLoading("Loading older messages…");
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
        text: "Enter the owner's key. The server shows it: chatroom-server owner-key",
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
  other() {
    screen.join.show(form);
    screen.windows.prompt(
      {
        title: "Another room",
        text: "The room's page opens in this tab, encrypted. If the room has no encryption, enter its address with http://",
        label: "Code, link or address of the room",
        yes: "Open",
        value: "R2M0-2509",
        limit: 1000,
        optional: false,
        secret: false,
      },
      (text) => asked.push(["done", [text]]),
    );
    screen.windows.showPromptError(
      "This code has a typing error. Enter a computer's name with its port: R2M0-2509:18000",
    );
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
};

/** @type {any} */ (window).gallery = {
  screen,
  asked,
  message,
  ...dialogs,
  states: Object.keys(states),
  frame,
  async show(/** @type {string} */ state) {
    await load();
    await states[state]?.();
    await frame();
    await frame();
  },
};

const state = location.hash.slice(1);
if (state) /** @type {any} */ (window).gallery.show(state);
