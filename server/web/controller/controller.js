/**
 * The controller: passes the person's intents and the network's events to the parts. It knows no
 * page: clock, timers and browser are given, so tests run it without one and without waiting.
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { catalogue, size, t } from "../i18n/translate.js";
import { makeAlerts } from "./alerts.js";
import { makeComposer, makeDrafts, makeOutgoing } from "./composer.js";
import { makeConnecting } from "./connecting.js";
import { makeContext, stamp } from "./context.js";
import { exported, save } from "./export.js";
import { makeFiles } from "./files.js";
import { makeHolding } from "./holding.js";
import { makeModeration } from "./moderation.js";
import { makePaging } from "./paging.js";
import { makePreferences } from "./preferences.js";
import { makePresenter } from "./presenter.js";
import { makeReport } from "./report.js";
import { makeSearch } from "./searching.js";

/**
 * @import {NetworkEvent, Problem, Wire} from "../network/api.js"
 * @import {Intents} from "../view/contract.js"
 * @import {Parts} from "./types.js"
 */

const HELP = `Enter              send the message
Shift+Enter        start a new line in the message
Up                 in an empty field: bring back the last message sent
Tab                complete the name before the cursor; again: the next match

q   or  /quit      leave the room
/report            show the active members and their connections
/topic TEXT        set the topic (owner and moderators)
/help              show this text
//text             send "/text"

Alt+R              show the active members and their connections
Ctrl+S             save the conversation
Ctrl+Shift+S       save all files of the conversation
Ctrl+F             search: Enter or F3 goes up, with Shift down; if no loaded
                   message matches, Enter searches all history
Ctrl+G             go to a date
Alt+End            go back to the newest message
Ctrl+D             switch between dark and light
Ctrl+comma         preferences
F1                 show this text

Drop or paste text files, or press + (Ctrl+O), to share them.

A message stays grey until the server has it. While you are disconnected, it
waits. It is sent later, also after you reload the page.
`;

/** @type {Record<string, [string, string]>} file type and media type of a saved conversation */
const FORMS = {
  text: ["txt", "text/plain"],
  html: ["html", "text/html"],
  json: ["json", "application/json"],
};

/** Make the intents of the screen; `start` begins, `tick` is called a few times a second. */
export function makeController(/** @type {Parts} */ given) {
  const context = makeContext(given);
  const { conversation, members, membership, outbox, page, rules, screen } = context;
  const alerts = makeAlerts(context);
  const presenter = makePresenter(context, alerts);
  const preferences = makePreferences(context, presenter);
  const holding = makeHolding(context);
  const outgoing = makeOutgoing(context, holding);
  const drafts = makeDrafts(context);
  const files = makeFiles(context);
  const moderation = makeModeration(context);
  const report = makeReport(context);
  const paging = makePaging(context, presenter);
  const search = makeSearch(context, presenter);
  const connecting = makeConnecting(context, outgoing, drafts, files, tell);

  const help = () =>
    screen.windows.showText(t("Keys and commands"), String(catalogue().help ?? HELP));
  const leave = () => connecting.intents.leave();
  /** @type {import("./composer.js").Commands} */
  const commands = {
    q: () => leave(),
    "/quit": () => leave(),
    "/report": () => report.intents.ask(),
    "/help": () => help(),
    "/topic": (text) => moderation.topic(text),
  };
  const composer = makeComposer(context, outgoing, commands, () => {
    presenter.read();
    paging.intents.toNewest();
  });

  // --- events of the network -----------------------------------------------------------------

  /** Take in an event of the journal: the model first, then all who follow it. */
  function handleEvent(/** @type {Wire} */ event) {
    conversation.add(event);
    members.apply(event);
    rules.apply(event);
    for (const part of [files, holding, moderation, connecting]) part.handleEvent(event);
    const queued = event.id && outbox.get(event.id);
    if (queued && queued.name === event.name) outgoing.remove(event.id);
  }

  /** Let the part that made the request show its failure; or else show it here. */
  function handleFailure(/** @type {string} */ id, /** @type {Problem} */ problem) {
    const reason = sentence(problem);
    if (report.failed(id) || paging.failed(id, reason, problem.retryAfter)) return;
    if (!moderation.failed(id, reason) && !search.failed(id, reason)) screen.say(reason);
  }

  function tell(/** @type {NetworkEvent} */ event) {
    switch (event.kind) {
      case "event":
        return handleEvent(event.event);
      case "presence":
        return members.presence(event.presence, context.clock());
      case "history":
        return paging.answered(event.answer);
      case "found":
        return search.answered(event.answer);
      case "bans":
        return moderation.answered(event.answer);
      case "report":
        if (!moderation.handleReport(event.report)) report.handle(event.report, event.latency);
        return;
      case "requestFailed":
        return handleFailure(event.id, event.problem);
    }
    connecting.handle(event);
    outgoing.handle(event);
    files.handle(event);
    if (event.kind === "caughtUp") paging.fill();
  }

  // --- intents about the page ----------------------------------------------------------------

  async function invite() {
    const link = await context.browser.getJson("/invite");
    if (link) screen.windows.showInvite({ code: "", ...link });
    else screen.say(sentence({ code: "no_welcome" }));
  }

  /** The line that installs the desktop client from this room, and starts it. */
  function installing() {
    const { origin, key, windows } = page;
    const { host, protocol } = new URL(origin);
    // The room made its certificate itself.
    const trust = protocol === "https:" ? ` --trusted-host ${host}` : "";
    const pip = `pip install --no-index --find-links ${origin}/get/${trust} chatroom`;
    const start = `chatroom --server "chatroom://${host}/${key && `#sha256=${key}`}"`;
    return windows
      ? `py -m venv chatroom; chatroom\\Scripts\\${pip}; chatroom\\Scripts\\${start}`
      : `python3 -m venv chatroom && chatroom/bin/${pip} && chatroom/bin/${start}`;
  }

  async function offers() {
    const found = await context.browser.getJson("/get");
    const own = Array.isArray(found) ? found.filter(({ name }) => /^chatroom-/.test(name)) : [];
    screen.windows.showOffers(
      own.map(({ name, size: bytes, url }) => ({
        name,
        size: size(bytes),
        url,
        command: installing(),
      })),
    );
  }

  /** @type {Intents} */
  const intents = {
    membership: connecting.intents,
    composer: {
      ...composer,
      edited: drafts.edited,
      suggest: () => null,
      emoji: () => [],
      emojiReady: async () => {},
      endContext() {},
    },
    attachments: { add: files.intents.share, addText() {}, remove() {} },
    pictures: { open: files.intents.save, step() {}, closed() {} },
    conversation: {
      reply() {},
      edit() {},
      editLast: () => false,
      react() {},
      usualReactions: () => [],
      pin() {},
      showPins() {},
      pinsClosed() {},
      copyText() {},
      copyLink() {},
      mention() {},
      ignore() {},
      ignoreSender() {},
      showHidden() {},
    },
    outgoing: outgoing.intents,
    files: files.intents,
    history: paging.intents,
    search: search.intents,
    moderation: moderation.intents,
    report: report.intents,
    preferences: preferences.intents,
    banner: { act: connecting.tryNow },
    seen(seen) {
      presenter.seen(seen);
      if (!seen) connecting.save();
    },
    saveConversation(form) {
      const [type = "", media = ""] = FORMS[form] ?? [];
      const name = `${membership.room || page.room} ${stamp(context.wall()).slice(0, 10)}.${type}`;
      save(screen, name, media, exported(form, context));
    },
    invite: () => void invite(),
    offers: () => void offers(),
    help,
    about() {
      const words = t("A self-hosted chat room for people on one network.");
      screen.windows.showText(t("About Chatroom"), `Chatroom ${page.version}\n\n${words}\n`);
    },
  };

  return {
    intents,
    async start() {
      preferences.apply();
      await connecting.start();
    },
    tick() {
      const now = context.clock();
      const parts = [connecting, holding, drafts, report, alerts, presenter];
      for (const part of parts) part.tick(now);
    },
    /** Become the owner with the key of a link that was opened in this page. */
    claim: (/** @type {string} */ key) =>
      void (membership.welcome ? context.ask({ type: "claim", key }) : connecting.own(key)),
    /** The page goes: write what must last. */
    save: connecting.save,
  };
}
