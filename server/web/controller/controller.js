/**
 * The controller: passes the person's intents and the network's events to the parts. It knows no
 * page: clock, timers and browser are given, so tests run it without one and without waiting.
 *
 * @module
 */

import { t } from "../i18n/translate.js";
import { makeComposer } from "./composer.js";
import { makeConnecting } from "./connecting.js";
import { makeContext, refusal } from "./context.js";
import { makeDrafts } from "./drafts.js";
import { makeHolding } from "./holding.js";
import { later } from "./later.js";
import { makeOutgoing } from "./outgoing.js";
import { makePaging } from "./paging.js";
import { makePinning } from "./pinning.js";
import { makePresenter } from "./presenter.js";

/**
 * @import {NetworkEvent, Problem, Wire} from "../network/api.js"
 * @import {Acting} from "./acting.js"
 * @import {Later} from "./later.js"
 * @import {Intents} from "../view/contract.js"
 * @import {Parts} from "./types.js"
 */

/** Milliseconds in the room after which what a person does next is loaded. */
const SOON = 2000;

/** Make the intents of the screen; `start` begins, `tick` is called a few times a second. */
export function makeController(/** @type {Parts} */ given) {
  const context = makeContext(given);
  const { conversation, members, membership, outbox, page, rules, screen, typing } = context;
  const presenter = makePresenter(context, () => acting);
  const holding = makeHolding(context);
  const outgoing = makeOutgoing(context, holding);
  const drafts = makeDrafts(context);
  const paging = makePaging(context);
  const pinning = makePinning(context, presenter);
  const connecting = makeConnecting(context, outgoing, drafts, endFiles, tell);

  // --- what is loaded when it is needed first ------------------------------------------------

  const notLoaded = () => screen.sayNotLoaded();
  const report = later(
    async () => (await import("./report.js")).makeReport(context),
    notLoaded,
  );
  const moderation = later(
    async () => (await import("./moderation.js")).makeModeration(context),
    notLoaded,
  );
  const search = later(
    async () => (await import("./searching.js")).makeSearch(context, presenter),
    notLoaded,
  );
  const pictures = later(
    async () => (await import("./pictures.js")).makePictures(context),
    notLoaded,
  );
  const installing = later(
    async () => (await import("./installing.js")).makeInstalling(context),
    notLoaded,
  );
  const texts = later(async () => {
    const [{ helpText }, { saveConversation }] = await Promise.all([
      import("./help.js"),
      import("./export.js"),
    ]);
    const help = () =>
      acting.use(({ commands }) =>
        helpText(commands()).then(
          (text) => screen.windows.showText(t("Keys and commands"), text),
          notLoaded,
        ),
      );
    const save = (/** @type {"text" | "html" | "json"} */ form) =>
      saveConversation(form, context);
    return { intents: { help, save } };
  }, notLoaded);
  const { help } = texts.intents;

  function endFiles() {
    acting.part?.files.end();
  }

  function showLook() {
    screen.look.setTheme(context.chosen.theme);
    screen.look.setSize(context.chosen.textSize);
  }

  const there = { drafts, paging, pinning, presenter, showLook };
  /** @type {Later<Acting>} */
  const acting = later(
    async () =>
      (await import("./acting.js")).makeActing(context, there, {
        leave: () => connecting.intents.leave(),
        report: () => report.intents.ask(),
        help,
        topic: (text, id) =>
          text ? context.ask({ type: "topic", text }, id) : moderation.intents.askTopic(),
      }),
    notLoaded,
  );

  /** What the word before the cursor could become. */
  function suggest(/** @type {string} */ before) {
    if (!acting.part && /(^|\s)[@:/]\S*$/.test(before)) acting.prepare();
    return acting.part?.suggest(before) ?? null;
  }

  const composer = makeComposer(context, {
    sendFiles: () => acting.part?.attachments.send() ?? false,
    acting,
    drafts,
    outgoing,
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
    for (const part of [acting.part?.files, holding, moderation.part, pinning, connecting])
      part?.handleEvent(event);
    const { id, name, member } = event;
    const queued = id && outbox.get(id);
    if (queued && (queued.name === name || rules.isOwn(name, member))) outgoing.remove(id);
    for (const part of [composer, acting.part]) part?.answered(id);
  }

  /** Let the part that made the request show its failure; or else show it here. */
  function handleFailure(/** @type {string} */ id, /** @type {Problem} */ problem) {
    const reason = refusal(problem);
    if (report.part?.failed(id) || paging.failed(id, reason, problem.retryAfter)) return;
    const parts = [moderation.part, search.part, acting.part, composer, pinning];
    if (!parts.some((each) => each?.failed(id, reason))) screen.say(reason);
  }

  function handleAnswer(/** @type {string} */ kind, /** @type {Wire} */ answer) {
    if (kind === "found") search.part?.answered(answer);
    else if (kind === "bans") moderation.part?.answered(answer);
    else if (!pinning.answered(answer)) paging.answered(answer);
  }

  function tell(/** @type {NetworkEvent} */ event) {
    switch (event.kind) {
      case "event":
        connecting.handle(event);
        return handleEvent(event.event);
      case "presence":
        composer.answered(event.presence.id);
        return members.presence(event.presence, context.clock());
      case "typing":
        return typing.note(event.typing, context.clock());
      case "history":
      case "found":
      case "bans":
        return handleAnswer(event.kind, event.answer);
      case "report":
        if (!moderation.part?.handleReport(event.report))
          report.part?.handle(event.report, event.latency);
        return;
      case "requestFailed":
        return handleFailure(event.id, event.problem);
    }
    connecting.handle(event);
    outgoing.handle(event);
    acting.part?.files.handle(event);
    if (event.kind !== "caughtUp") return;
    paging.fill();
    pinning.load();
    goToLinked();
    context.timers.later(acting.prepare, SOON);
  }

  /** @type {Intents["history"]} */
  const history = Object.assign(
    Object.create(acting.intentsOf((part) => part.jumps)),
    paging.intents,
  );

  /** The message that a link leads to, until the client is in the room. */
  let linked = page.message ?? 0;

  function goToLinked() {
    if (linked) history.goTo(linked);
    linked = 0;
  }

  // --- intents about the page ----------------------------------------------------------------

  /** @type {Intents} */
  const intents = {
    membership: connecting.intents,
    composer: {
      ...composer.intents,
      suggest,
      emoji: context.emoji.find,
      emojiReady: context.emoji.ready,
    },
    attachments: acting.intentsOf((part) => part.attachments.intents),
    pictures: pictures.intents,
    conversation: Object.assign(Object.create(acting.intents), {
      usualReactions: context.emoji.usual,
      editLast() {
        if (acting.part) return acting.part.intents.editLast();
        acting.intents.editLast();
        return true; // or none; nothing else happens then
      },
    }),
    outgoing: outgoing.intents,
    files: acting.intentsOf((part) => part.fileActs),
    history,
    search: search.intents,
    moderation: moderation.intents,
    report: report.intents,
    preferences: acting.intentsOf((part) => part.preferences),
    banner: { act: connecting.tryNow },
    seen(seen) {
      presenter.seen(seen);
      if (!seen) connecting.save();
    },
    saveConversation: texts.intents.save,
    invite: installing.intents.invite,
    offers: installing.intents.offers,
    help,
    about() {
      const words = t("A self-hosted chat room for people on one network.");
      screen.windows.showText(t("About Chatroom"), `Chatroom ${page.version}\n\n${words}\n`);
    },
  };

  return {
    intents,
    async start() {
      showLook();
      await connecting.start();
    },
    tick() {
      const now = context.clock();
      const { alerts } = acting.part ?? {};
      const parts = [connecting, holding, drafts, report.part, alerts, presenter];
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
      const uploads = context.uploads.all.some(({ state }) => state !== "failed");
      return uploads || Boolean(acting.part?.attachments.count);
    },
    /** The page goes: write what must last. */
    save: connecting.save,
  };
}
