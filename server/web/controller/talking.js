/**
 * What a person does with one message: reply, edit, react, pin, copy, ignore its sender. The next
 * message may be a reply, or an older one edited (client_mvc/controller/conversation/acting.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { quote } from "../model/standing.js";
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
 * @typedef {{kind: ComposerContext["kind"], seq: number}} Aim
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
    const event = aim && sent(aim.seq);
    if (!aim || !event) return screen.composer.showContext(null);
    const { kind } = aim;
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
    if (!sent(seq) || !rules.can("replies")) return;
    if (aim?.kind === "edit") end();
    aim = { kind: "reply", seq };
    show();
  }

  function edit(/** @type {number} */ seq, text = sent(seq)?.text) {
    if (text === undefined) return;
    aim = { kind: "edit", seq };
    drafts.putAside(text);
    show();
  }

  const canEdit = (/** @type {Wire} */ event) =>
    extras.editableUntil(event) > context.wall().getTime() / 1000;

  /** Send the edit; the composer has the draft again. */
  function sendEdit(/** @type {string} */ typed) {
    const { seq } = /** @type {Aim} */ (aim);
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
    if (text === sent(seq)?.text) return false;
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

  function gone(/** @type {Wire} */ { seq }) {
    if (aim?.seq !== seq) return;
    const { kind } = /** @type {Aim} */ (aim);
    const text = drafts.text;
    end();
    // What was written is the author's still.
    if (kind === "edit" && !drafts.text) drafts.replace(typedFor(text));
    screen.say(t("That message was deleted."));
  }

  conversation.deleted.subscribe(gone);
  conversation.changed.subscribe(
    ({ seq }) => aim?.kind === "reply" && aim.seq === seq && show(),
  );
  membership.changed.subscribe(() => membership.active || end());

  return {
    get isEdit() {
      return aim?.kind === "edit";
    },
    /** @returns {Pick<QueuedMessage, "reply_to" | "quote">} what the next message answers */
    get reply() {
      const event = aim?.kind === "reply" && sent(aim.seq);
      return event ? { reply_to: event.seq, quote: quote(event) } : {};
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
      usualReactions: context.emoji.usual,
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
