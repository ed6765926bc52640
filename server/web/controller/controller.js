/**
 * The controller: passes the person's intents and the network's events to the parts. It knows no
 * page: clock, timers and browser are given, so tests run it without one and without waiting.
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { size, t } from "../i18n/translate.js";
import { makeAlerts } from "./alerts.js";
import { makeAttachments } from "./attachments.js";
import { makeCommands } from "./commands.js";
import { makeComposer } from "./composer.js";
import { makeConnecting } from "./connecting.js";
import { makeContext, refusal } from "./context.js";
import { makeDrafts } from "./drafts.js";
import { makeFiles } from "./files.js";
import { makeHolding } from "./holding.js";
import { makeModeration } from "./moderation.js";
import { makeOutgoing } from "./outgoing.js";
import { makePaging } from "./paging.js";
import { makePictures } from "./pictures.js";
import { makePinning } from "./pinning.js";
import { makePreferences } from "./preferences.js";
import { makePresenter } from "./presenter.js";
import { makeSearch } from "./searching.js";
import { makeSuggesting } from "./suggesting.js";
import { makeTalking } from "./talking.js";

/**
 * @import {NetworkEvent, Problem, Wire} from "../network/api.js"
 * @import {Intents} from "../view/contract.js"
 * @import {Parts} from "./types.js"
 */

/** @typedef {ReturnType<typeof import("./report.js").makeReport>} Report */

/** Make the intents of the screen; `start` begins, `tick` is called a few times a second. */
export function makeController(/** @type {Parts} */ given) {
  const context = makeContext(given);
  const { conversation, members, membership, outbox, page, rules, screen, typing } = context;
  const alerts = makeAlerts(context);
  const presenter = makePresenter(context, alerts);
  const preferences = makePreferences(context, presenter);
  const holding = makeHolding(context);
  const outgoing = makeOutgoing(context, holding);
  const drafts = makeDrafts(context);
  const files = makeFiles(context);
  const attachments = makeAttachments(context, files);
  const moderation = makeModeration(context);
  const paging = makePaging(context, presenter);
  const pinning = makePinning(context, presenter);
  const pictures = makePictures(context);
  const search = makeSearch(context, presenter);
  const talking = makeTalking(context, drafts);
  const connecting = makeConnecting(context, outgoing, drafts, files, tell);

  // --- what is loaded when it is needed first ------------------------------------------------

  /** @type {Report | null} */
  let report = null;

  /** Use a part of the program that is loaded now; say so if it cannot be. */
  const later = (/** @type {() => Promise<void>} */ use) =>
    void use().catch(() => screen.say(sentence({ code: "not_loaded" })));

  const withReport = (/** @type {(report: Report) => void} */ use) =>
    later(async () => {
      report ??= (await import("./report.js")).makeReport(context);
      use(report);
    });
  const askReport = () => withReport((each) => each.intents.ask());

  const help = () =>
    later(async () => {
      const { helpText } = await import("./help.js");
      screen.windows.showText(t("Keys and commands"), await helpText(commands()));
    });

  /** The commands that this room has. */
  const commands = () =>
    makeCommands(
      {
        leave: () => connecting.intents.leave(),
        report: askReport,
        help,
        topic: moderation.topic,
        nick: (name, id) => context.ask({ type: "rename", name }, id),
        note: (text, id) => context.ask({ type: "note", text }, id),
        ignore: (name) => talking.ignore(name.replace(/^@/, "")),
        unignore: (name) => talking.ignore(name.replace(/^@/, ""), false),
      },
      (feature) => rules.can(feature),
    );

  const composer = makeComposer(context, {
    attachments,
    commands,
    drafts,
    outgoing,
    talking,
    sent() {
      presenter.read();
      paging.intents.toNewest();
    },
  });

  // --- events of the network -----------------------------------------------------------------

  /** Take in an event of the journal: the model first, then all who follow it. */
  function handleEvent(/** @type {Wire} */ event) {
    conversation.add(event);
    members.apply(event);
    rules.apply(event);
    typing.apply(event);
    for (const part of [files, holding, moderation, pinning, connecting])
      part.handleEvent(event);
    const { id, name, member } = event;
    const queued = id && outbox.get(id);
    if (queued && (queued.name === name || rules.isOwn(name, member))) outgoing.remove(id);
    for (const part of [composer, talking]) part.answered(id);
  }

  /** Let the part that made the request show its failure; or else show it here. */
  function handleFailure(/** @type {string} */ id, /** @type {Problem} */ problem) {
    const reason = refusal(problem);
    if (report?.failed(id) || paging.failed(id, reason, problem.retryAfter)) return;
    const parts = [moderation, search, talking, composer, pinning];
    if (!parts.some((each) => each.failed(id, reason))) screen.say(reason);
  }

  function tell(/** @type {NetworkEvent} */ event) {
    switch (event.kind) {
      case "event":
        return handleEvent(event.event);
      case "presence":
        composer.answered(event.presence.id);
        return members.presence(event.presence, context.clock());
      case "typing":
        return typing.note(event.typing, context.clock());
      case "history":
        if (!pinning.answered(event.answer)) paging.answered(event.answer);
        return;
      case "found":
        return search.answered(event.answer);
      case "bans":
        return moderation.answered(event.answer);
      case "report":
        if (!moderation.handleReport(event.report)) report?.handle(event.report, event.latency);
        return;
      case "requestFailed":
        return handleFailure(event.id, event.problem);
    }
    connecting.handle(event);
    outgoing.handle(event);
    files.handle(event);
    if (event.kind !== "caughtUp") return;
    paging.fill();
    pinning.load();
    goToLinked();
  }

  /** The message that a link leads to, until the client is in the room. */
  let linked = page.message ?? 0;

  function goToLinked() {
    if (linked) paging.intents.goTo(linked);
    linked = 0;
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
      ...composer.intents,
      suggest: makeSuggesting(context, commands),
      emoji: context.emoji.find,
      emojiReady: context.emoji.ready,
    },
    attachments: attachments.intents,
    pictures,
    conversation: { ...talking.intents, ...pinning.intents },
    outgoing: outgoing.intents,
    files: files.intents,
    history: paging.intents,
    search: search.intents,
    moderation: moderation.intents,
    report: {
      ask: askReport,
      closed: () => report?.intents.closed(),
      copy: (table) => withReport((each) => each.intents.copy(table)),
      save: (table) => withReport((each) => each.intents.save(table)),
    },
    preferences: preferences.intents,
    banner: { act: connecting.tryNow },
    seen(seen) {
      presenter.seen(seen);
      if (!seen) connecting.save();
    },
    saveConversation: (form) =>
      later(async () => (await import("./export.js")).saveConversation(form, context)),
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
      for (const part of parts) part?.tick(now);
    },
    /** Become the owner with the key of a link that was opened in this page. */
    claim: (/** @type {string} */ key) =>
      void (membership.welcome ? context.ask({ type: "claim", key }) : connecting.own(key)),
    /** Show the message of a link that was opened in this page. */
    goTo(/** @type {number} */ seq) {
      linked = seq;
      if (membership.caughtUp) goToLinked();
    },
    /** Whether something would be lost if the page went now. */
    get busy() {
      return context.uploads.all.some(({ state }) => state !== "failed");
    },
    /** The page goes: write what must last. */
    save: connecting.save,
  };
}
