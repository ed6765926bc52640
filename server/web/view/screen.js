/** The screen: all parts of the view, put together. @module */

import { language, t } from "../i18n/translate.js";
import { makeComposer } from "./composer.js";
import { button, byId, h, icon } from "./dom.js";
import { bindKeys } from "./keys.js";
import { makeLate } from "./late.js";
import { makeMembers } from "./members.js";
import { makeJoin, makeNotepage, showOnly } from "./pages.js";
import { makePane } from "./pane.js";
import { makePinBar } from "./pins.js";
import { announce, copy, ring, save, say, sayNotLoaded } from "./tools.js";

/**
 * @import { EmojiRow, Intents, MessageRules, RoomRules, Screen } from "./contract.js"
 * @typedef {object} App what the parts of the view share
 * @property {Intents} intents
 * @property {MessageRules} rules
 * @property {RoomRules} room
 * @property {ReturnType<typeof makeLate>} late
 * @property {Set<number | string>} unfolded rows that show all they have, by `seq`; outgoing
 *   messages, which have none yet, by their key
 * @property {() => boolean} inRoom
 * @property {() => void} focusField
 * @property {(row: HTMLElement) => void} focusRow
 * @property {(by: number) => void} step go up or down from message to message
 * @property {(seq: number, from: HTMLElement) => void} react choose a reaction beside `from`
 * @property {(from: HTMLElement, chosen: (emoji: string) => void, usual?: EmojiRow[]) => void}
 *   emoji choose one beside `from`
 * @property {() => void} closeSearch
 * @property {(text: string) => void} announce
 * @property {(text: string, said: string) => void} copy
 */

/** Translate the texts of index.html: the element's, or that of the attribute it names. */
function translatePage() {
  document.documentElement.lang = language();
  for (const node of document.querySelectorAll("[data-t]")) {
    const name = node.getAttribute("data-t");
    if (name) node.setAttribute(name, t(node.getAttribute(name) ?? ""));
    else node.textContent = t(node.textContent ?? "");
  }
}

/** Leave room for a keyboard on screen, where the browser does not (iOS). */
function fitKeyboard() {
  const seen = window.visualViewport;
  seen?.addEventListener("resize", () => {
    const covered = seen.scale === 1 && seen.height < innerHeight - 1;
    byId("room").style.height = covered ? `${seen.height}px` : "";
    if (covered) scrollTo(0, 0);
  });
}

/**
 * Offer the other hosts of the room, and say what lets this page connect to them: a browser asks
 * about their certificates only in a tab of their own.
 *
 * @param {HTMLElement} node
 * @param {string[]} urls
 */
function showHosts(node, urls) {
  node.hidden = !urls.length;
  if (node.dataset.urls === urls.join()) return;
  node.dataset.urls = urls.join();
  const links = urls.map((url) =>
    h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url),
  );
  const help = t(
    "The room has other hosts. If this page does not go on there by itself, open one, accept its certificate, and come back:",
  );
  node.replaceChildren(help, ...links.flatMap((link) => [" ", link]));
}

/** @param {App} app @returns {Screen["banner"]} */
function makeBanner(app) {
  const node = byId("banner");
  const text = h("span", { role: "status" });
  const count = h("span.grow");
  const act = button("", () => app.intents.banner.act());
  const hosts = h("p.hosts");
  node.append(text, count, act, hosts);
  return {
    show(banner) {
      node.hidden = !banner;
      node.className = `banner small ${banner?.kind}`;
      if (text.textContent !== banner?.text) text.textContent = banner?.text ?? "";
      count.textContent = "";
      act.textContent = banner?.action ?? "";
      act.hidden = !banner?.action;
      showHosts(hosts, banner?.links ?? []);
    },
    count: (left) => {
      count.textContent = left;
    },
  };
}

/** @param {App} app @returns {Screen["topBar"]} */
function makeTopBar(app) {
  const lock = byId("lock");
  return {
    show(room, count) {
      byId("title").textContent = room && `#${room}`;
      byId("people").title = count;
    },
    showSecurity(security) {
      const { encrypted, mark, details } = security;
      lock.classList.toggle("open", !encrypted);
      lock.replaceChildren(icon(encrypted ? "lock" : "unlock"), h("span", mark));
      lock.ariaLabel = mark;
      lock.title = details;
      lock.onclick = () => app.late.use(({ showSecurity }) => showSecurity(app, security));
    },
    showRules(rules) {
      const { topic, moderates } = rules;
      byId("sub").textContent = topic;
      byId("topic").title = topic;
      const ask = () => app.intents.moderation.askTopic();
      byId("topic").replaceChildren(
        moderates ? button(topic || t("Add a topic"), ask, "quiet") : topic,
      );
      const { locked, slow } = rules;
      byId("rules").textContent = [
        locked && t("Locked"),
        slow && t("Slow mode: {seconds} s", { seconds: slow }),
      ]
        .filter(Boolean)
        .join(", ");
      app.room = rules;
    },
  };
}

/** Who is writing, in a line that is always there. @param {string} text */
function showTyping(text) {
  byId("typing").hidden = !text;
  byId("typing").lastElementChild.textContent = text;
}

/** @param {App} app @returns {Screen["historyBanner"]} */
function makeHistoryBanner(app) {
  const node = byId("older");
  return {
    show(text) {
      node.hidden = text === null;
      if (text === null) return;
      byId("down").hidden = true;
      node.replaceChildren(
        icon("clock"),
        h("span.grow", { role: "status" }, text),
        button(t("Back to the newest"), () => app.intents.history.toNewest(), "line", "down"),
      );
    },
  };
}

/**
 * Make the screen of a page that has index.html. Nothing can be asked for before `bind`.
 *
 * @param {Document} page
 * @returns {{screen: Screen, load: () => Promise<unknown>, bind: (intents: Intents) => void}}
 */
export function makeScreen(page) {
  const root = page.documentElement;
  /** @type {App} */
  const app = {
    intents: /** @type {any} */ (null),
    rules: { remove: "none", reply: false, react: false, edit: false, pin: false },
    room: { topic: "", locked: false, slow: 0, moderates: false, canClaim: false },
    late: /** @type {any} */ (null),
    unfolded: new Set(),
    inRoom: () => !byId("room").hidden,
    focusField: () => byId("field").focus(),
    focusRow(row) {
      row.tabIndex = -1;
      row.focus();
    },
    step: (by) => app.late.use(({ reader }) => reader.step(by)),
    react: (seq, from) => app.late.use(({ reader }) => reader.react(seq, from)),
    emoji: (from, chosen, usual) =>
      app.late.use(({ openEmoji }) => openEmoji(app, from, chosen, usual)),
    closeSearch: () => {},
    announce,
    copy,
  };
  translatePage();
  const { rowAt, onReplaced, markWith, ...messages } = makePane(app);
  const { suggestWith, ...composer } = makeComposer(app);
  const late = makeLate(app, { rowAt, onReplaced, markWith, suggestWith });
  app.late = late;
  bindKeys(app);
  byId("find").addEventListener("click", () => app.intents.search.open());
  byId("menu").addEventListener("click", () => late.use(({ menu }) => menu.open()));
  fitKeyboard();

  /** @type {Screen} */
  const screen = {
    join: makeJoin(app),
    page: makeNotepage(app),
    room: {
      show() {
        if (!showOnly("room")) return;
        app.focusField();
        late.begin();
      },
    },
    topBar: makeTopBar(app),
    banner: makeBanner(app),
    messages,
    historyBanner: makeHistoryBanner(app),
    composer: composer.screen,
    typing: { show: showTyping },
    pins: makePinBar(app),
    members: makeMembers(app),
    transfers: composer.transfers,
    search: late.stand(
      ({ search }) => search,
      (name) => name === "open",
    ),
    windows: late.stand(
      ({ windows }) => windows,
      // Nothing is open, and this opens nothing.
      (name, values) =>
        !name.startsWith("close") && values[0] !== null && values.at(-1) !== false,
    ),
    look: {
      setTheme: (theme) => {
        root.dataset.theme = theme;
      },
      setSize: (percent) => {
        root.style.fontSize = percent === 100 ? "" : `${percent}%`;
      },
    },
    setTitle: (text) => {
      page.title = text;
    },
    copy,
    say,
    sayNotLoaded,
    announce,
    ring,
    save,
  };

  return {
    screen,
    /** Load what is shown only after an act of the reader. */
    load: late.load,
    bind(intents) {
      app.intents = intents;
      const tell = () => intents.seen(!page.hidden && page.hasFocus());
      page.addEventListener("visibilitychange", tell);
      addEventListener("focus", tell);
      addEventListener("blur", tell);
      tell();
    },
  };
}
