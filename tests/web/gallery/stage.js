/** The real screen, what the person asked of it, and the room with its members. @module */

/* global document, requestAnimationFrame */

import { makeScreen } from "../../../server/web/view/screen.js";
import { message } from "./items.js";
import { emoji, pins, usual } from "./talk.js";
import { conversation, members, security } from "./values.js";

/** @type {[string, unknown[]][]} */
export const asked = [];
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

export const { screen, bind, load } = makeScreen(document);
bind(recorder([]));

export const form = {
  room: "lan-party",
  topic: "Hall 2, from noon. Bring a cable.",
  count: "7 of 12 are here",
  name: "",
  password: false,
  security,
  unsent: [],
};

export const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (document.querySelector(selector));

export function room({ owner = true } = {}) {
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
export const note = (page) =>
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

export const frame = () =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

export async function top() {
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
