/** What stands around the conversation: members, rules, who is writing. @module */

import { number, t } from "../i18n/translate.js";
import { defuse } from "../text/texts.js";
import { typingText } from "./extras.js";

/**
 * @import {RoomMember} from "../model/members.js"
 * @import {Act, MemberRow} from "../view/contract.js"
 * @import {Context} from "./context.js"
 */

const order = new Intl.Collator().compare;
/** Return what somebody with the role `own` may do to another member (docs/protocol.md). */
function actsOn(/** @type {string} */ own, /** @type {RoomMember} */ { role, mutedUntil }) {
  if (own === "member" || role === "owner" || (own === role && own === "moderator")) return [];
  /** @type {Act[]} */
  const acts = [mutedUntil ? "unmute" : "mute", "remove", "ban"];
  if (own === "owner") acts.unshift(role === "moderator" ? "demote" : "promote");
  return acts;
}

/** Show them when they change; `changed` lets something be shown in the next frame. */
export function makePanels(
  /** @type {Context} */ context,
  /** @type {(show: () => void) => void} */ changed,
) {
  const { ignored, membership, members, rules, screen, typing } = context;
  let second = 0;
  let typed = "";

  /** @returns {MemberRow} */
  function memberRow(/** @type {RoomMember} */ member) {
    const { name, awayAt, colour, note, role } = member;
    const own = rules.isOwn(name, member.number);
    const away = awayAt !== null;
    const isIgnored = ignored.has(name, member.number);
    const acts = rules.moderated && !own ? actsOn(rules.role, member) : [];
    if (!own) acts.push(isIgnored ? "show" : "ignore");
    return {
      name,
      colour,
      away,
      left: away ? t("for {seconds} s", { seconds: Math.floor(context.clock() - awayAt) }) : "",
      you: own,
      unknown: membership.loss !== null,
      role,
      muted: Boolean(member.mutedUntil),
      acts,
      note: defuse(note),
      ignored: isIgnored,
    };
  }

  function showMembers() {
    const places = membership.welcome?.max_users ?? 0;
    const [count, most] = [number(members.all.size), number(places)];
    const text = places ? t("{count} of {places}", { count, places: most }) : "";
    const sorted = [...members.all.values()].sort((one, other) => order(one.name, other.name));
    screen.members.show(sorted.map(memberRow), text);
    if (membership.welcome) screen.topBar.show(membership.room, text);
  }

  /** Show the topic and what the reader may do in the room, and with its messages. */
  function showRules() {
    const { topic, locked, slow } = rules.now;
    const { moderates } = rules;
    const canClaim = rules.moderated && rules.role !== "owner";
    screen.topBar.showRules({ topic: defuse(topic), locked, slow, moderates, canClaim });
    screen.messages.allow({
      remove: rules.deleting,
      reply: rules.can("replies"),
      react: rules.can("reactions"),
      edit: rules.can("editing"),
      pin: rules.can("pins") && moderates,
    });
  }

  function showTyping() {
    const others = typing.all.filter(
      ({ name, member }) => !rules.isOwn(name, member) && !ignored.has(name, member),
    );
    const text = typingText(others.map(({ name }) => name));
    if (text !== typed) screen.typing.show((typed = text));
  }

  membership.changed.subscribe(() => {
    if (!membership.connected) typing.clear();
    changed(showMembers);
  });
  rules.changed.subscribe(() => {
    changed(showRules);
    changed(showMembers);
  });
  ignored.changed.subscribe(() => {
    changed(showMembers);
    changed(showTyping);
  });
  typing.changed.subscribe(() => changed(showTyping));

  return {
    /** Count the seconds of members who are reconnecting; end what holds no longer. */
    tick(/** @type {number} */ now) {
      typing.tick(now);
      if (Math.floor(now) === second) return;
      second = Math.floor(now);
      if ([...members.all.values()].some((each) => each.awayAt !== null)) changed(showMembers);
    },
  };
}
