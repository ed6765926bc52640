/**
 * What a person does with one message: reply, edit, react, pin, copy, ignore its sender. The next
 * message may be a reply, or an older one edited (client_mvc/controller/conversation/acting.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { changed, quote } from "../model/standing.js";
import { tidy } from "../text/texts.js";
import { typedFor } from "./commands.js";
import { newId, NO_ROOM } from "./context.js";
import { lineOf, literal, makeExtras } from "./extras.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {QueuedMessage} from "../model/outbox.js"
 * @import {ComposerContext} from "../view/contract.js"
 * @import {Context} from "./context.js"
 * @import {makeDrafts} from "./drafts.js"
 * @typedef {{kind: ComposerContext["kind"], event: Wire}} Aim `event` as it stands
 */

export function makeTalking(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makeDrafts>} */ drafts,
) {
  const { conversation, ignored, members, membership, page, rules, screen } = context;
  const extras = makeExtras(context);
  /** @type {Aim | null} what the next message is */
  let aim = null;
  /** @type {Map<string, {seq: number, text: string}>} edits under way, by their request */
  const edits = new Map();

  /** A message or file that is here; undefined: there is none, or it was deleted. */
  function sent(/** @type {number} */ seq) {
    const event = conversation.find(seq);
    return event && isContent(event) && !event.deleted ? event : undefined;
  }

  function show() {
    if (!aim) return screen.composer.showContext(null);
    const { kind, event } = aim;
    const title =
      kind === "edit"
        ? t("Editing your message")
        : t("Replying to {name}", { name: event.name });
    screen.composer.showContext({ kind, title, text: lineOf(event) });
  }

  /** The next message is one like any other; the draft comes back after an edit. */
  function end() {
    const was = aim;
    aim = null;
    if (was?.kind === "edit") drafts.takeBack();
    if (was) show();
  }

  function reply(/** @type {number} */ seq) {
    const event = sent(seq);
    if (!event || !rules.can("replies")) return;
    if (aim?.kind === "edit") end();
    aim = { kind: "reply", event };
    show();
  }

  function edit(/** @type {number} */ seq, text = sent(seq)?.text) {
    const event = sent(seq);
    if (!event || text === undefined) return;
    aim = { kind: "edit", event };
    drafts.putAside(text);
    show();
  }

  const canEdit = (/** @type {Wire} */ event) =>
    extras.editableUntil(event) > context.wall().getTime() / 1000;

  /** Send the edit; the composer has the draft again. */
  function sendEdit(/** @type {string} */ typed) {
    const { seq, text: before } = /** @type {Aim} */ (aim).event;
    const { welcome } = membership;
    if (!welcome) {
      screen.say(t(NO_ROOM));
      return false;
    }
    const text = tidy(typed.trim() && typed, welcome.limits.text);
    if (typeof text !== "string") {
      screen.say(sentence(text));
      return false;
    }
    end();
    // Who changed nothing asks for nothing.
    if (text === before) return false;
    const id = newId();
    edits.set(id, { seq, text });
    context.ask({ type: "edit", seq, text }, id);
    return false; // the field is right as it is
  }

  const ask = (/** @type {Wire} */ request) => void context.ask(request);

  function react(/** @type {number} */ seq, /** @type {string} */ emoji) {
    const event = sent(seq);
    if (!event || !rules.can("reactions")) return;
    /** @type {Wire[]} */
    const all = (Object.hasOwn(event.reactions ?? {}, emoji) && event.reactions[emoji]) || [];
    const mine = all.some(({ name, member }) => rules.isOwn(name, member));
    ask({ type: "react", seq, emoji, on: !mine });
  }

  function ignore(
    /** @type {string} */ name,
    on = true,
    number = members.find(name, undefined)?.number,
  ) {
    if (rules.isOwn(name, number)) return screen.say(t("You cannot ignore yourself."));
    ignored.set(name, number ?? 0, on);
    screen.say(
      on
        ? t("Messages from {name} are hidden. Only you notice.", { name })
        : t("Messages from {name} are shown again.", { name }),
    );
  }

  /** Follow a change of the message in question, which may not be loaded any more. */
  function change(/** @type {Wire} */ now) {
    if (aim?.event.seq !== now.target) return;
    const { kind, event } = /** @type {Aim} */ (aim);
    if (now.type !== "deleted") {
      aim = { kind, event: changed(event, now) };
      return kind === "reply" && show();
    }
    const text = drafts.text;
    end();
    // What was written is the author's still.
    if (kind === "edit" && !drafts.text) drafts.replace(typedFor(text));
    screen.say(t("That message was deleted."));
  }

  conversation.changes.subscribe(change);
  conversation.cleared.subscribe(end);
  membership.changed.subscribe(() => membership.active || end());

  return {
    get isEdit() {
      return aim?.kind === "edit";
    },
    /** @returns {Pick<QueuedMessage, "reply_to" | "quote">} what the next message answers */
    get reply() {
      if (aim?.kind !== "reply") return {};
      return { reply_to: aim.event.seq, quote: quote(aim.event) };
    },
    end,
    endContext: end,
    sendEdit,
    ignore,
    /** An edit failed: its text stays with the author, who may try again. */
    failed(/** @type {string} */ id, /** @type {string} */ reason) {
      const lost = edits.get(id);
      edits.delete(id);
      if (!lost) return false;
      screen.say(t("Not changed: {reason}", { reason }));
      if (!aim && sent(lost.seq)) edit(lost.seq, lost.text);
      else if (!drafts.text) drafts.replace(typedFor(lost.text));
      return true;
    },
    answered: (/** @type {string | undefined} */ id) => void edits.delete(id ?? ""),
    intents: {
      reply,
      edit: (/** @type {number} */ seq) => {
        const event = sent(seq);
        if (event && canEdit(event)) edit(seq);
      },
      editLast() {
        const last = conversation.known().findLast((each) => canEdit(each));
        if (last) edit(last.seq);
        return Boolean(last);
      },
      react,
      pin: (/** @type {number} */ seq, /** @type {boolean} */ on) =>
        ask({ type: "pin", seq, on }),
      copyText(/** @type {number} */ seq) {
        const event = sent(seq);
        const text = event?.text === undefined ? event?.file?.name : literal(event.text);
        if (event) screen.copy(text ?? "", t("Copied."));
      },
      copyLink: (/** @type {number} */ seq) =>
        screen.copy(`${page.origin}/#message=${seq}`, t("Link copied.")),
      mention(/** @type {number} */ seq) {
        const event = conversation.find(seq);
        if (event) screen.composer.insert(`@${event.name} `);
      },
      ignore: (/** @type {string} */ name, /** @type {boolean} */ on) => ignore(name, on),
      ignoreSender(/** @type {number} */ seq) {
        const event = conversation.find(seq);
        if (event) ignore(event.name, true, event.member);
      },
      showHidden: (/** @type {number} */ seq) => ignored.show(seq),
    },
  };
}
