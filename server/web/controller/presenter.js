/**
 * Show the model: collect its changes, then update the screen once for all of them, in one frame
 * (client_mvc/controller/conversation/presenter.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { number, plural, size, t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { makeObservable } from "../model/observable.js";
import { split } from "../text/markup.js";
import { defuse } from "../text/texts.js";
import { makePageSync } from "./page_sync.js";
import { makeTypesetter } from "./typesetting.js";

/**
 * @import {RoomMember} from "../model/members.js"
 * @import {Act, Heading, MemberRow} from "../view/contract.js"
 * @import {makeAlerts} from "./alerts.js"
 * @import {Context} from "./context.js"
 */

const order = new Intl.Collator().compare;
const UPLOADS_SHOWN = ["sending", "retrying", "failed", "waiting"];

/** Return what somebody with the role `own` may do to another member (docs/protocol.md). */
function actsOn(/** @type {string} */ own, /** @type {RoomMember} */ { role, mutedUntil }) {
  if (own === "member" || role === "owner" || (own === role && own === "moderator")) return [];
  /** @type {Act[]} */
  const acts = [mutedUntil ? "unmute" : "mute", "remove", "ban"];
  if (own === "owner") acts.unshift(role === "moderator" ? "demote" : "promote");
  return acts;
}

export function makePresenter(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makeAlerts>} */ alerts,
) {
  const { conversation, membership, members, outbox, rules, screen, uploads } = context;
  const { page } = conversation;
  const typesetter = makeTypesetter(context);
  const sync = makePageSync(page, screen.messages, typesetter);
  const pageShown = makeObservable();
  /** @type {Set<() => void>} */
  const stale = new Set();
  let wanted = false;
  /** @type {{seq: number, mark: boolean} | null} */
  let pointAt = null;
  let title = "";
  let you = "";
  let seen = true;
  let unread = 0;
  let unreadFrom = 0;
  let second = 0;

  function changed(/** @type {() => void} */ show) {
    stale.add(show);
    if (!wanted) context.timers.frame(flush);
    wanted = true;
  }

  /** Update all stale parts of the screen: the page before the pending messages below it. */
  function flush() {
    wanted = false;
    const shows = [...stale];
    stale.clear();
    if (shows.includes(showPage)) {
      showPage();
      showPending();
    }
    for (const show of shows) if (show !== showPage) show();
  }

  function showTitle() {
    const name = `#${membership.welcome ? membership.room : context.page.room} – Chatroom`;
    const now = unread ? `(${unread}) ${name}` : name;
    if (now !== title) screen.setTitle((title = now));
  }

  function showPage() {
    sync.show(unreadFrom, page.last <= membership.historyEnd);
    let text = null;
    if (!page.live) {
      text = t("You are reading older messages.");
      if (page.missed) {
        text += ` ${plural("{count} new message since.", "{count} new messages since.", page.missed)}`;
      }
    }
    screen.historyBanner.show(text);
    const place = pointAt ? sync.place(pointAt.seq) : -1;
    if (pointAt && place >= 0) screen.messages.showPlace(place, pointAt.mark);
    pointAt = null;
    pageShown.notify();
  }

  /** Show outgoing messages below the newest event; an older page has none. */
  function showPending() {
    const pending = (page.live ? outbox.all : []).map((each, place) => {
      const problem = each.failed ?? each.wait;
      /** @type {Heading | null} */
      let heading = null;
      if (!place && sync.speaker !== membership.you) {
        heading = {
          time: "",
          iso: "",
          name: membership.you,
          colour: members.colourOf(membership.you, rules.now.number),
          role: rules.role,
        };
      }
      return {
        key: each.id,
        text: each.text,
        runs: split(defuse(each.text)),
        failed: Boolean(each.failed),
        reason: problem ? sentence(problem) : "",
        heading,
        time: "",
        quote: null,
      };
    });
    screen.messages.showPending(pending);
  }

  function memberRow(
    /** @type {RoomMember} */ { name, role, mutedUntil, awayAt, colour, note },
  ) {
    const own = name === membership.you;
    const away = awayAt !== null;
    /** @type {MemberRow} */
    const row = {
      name,
      colour,
      away,
      left: away ? t("for {seconds} s", { seconds: Math.floor(context.clock() - awayAt) }) : "",
      you: own,
      unknown: membership.loss !== null,
      role,
      muted: Boolean(mutedUntil),
      acts: [],
      note,
      ignored: false,
    };
    if (rules.moderated && !own)
      row.acts = actsOn(rules.role, /** @type {any} */ ({ role, mutedUntil }));
    return row;
  }

  const sorted = () =>
    [...members.all.values()].sort((one, other) => order(one.name, other.name));

  function showMembers() {
    const places = membership.welcome?.max_users ?? 0;
    const [count, most] = [number(members.all.size), number(places)];
    const text = places ? t("{count} of {places}", { count, places: most }) : "";
    screen.members.show(
      sorted().map((each) => memberRow(each)),
      text,
    );
    if (membership.welcome) screen.topBar.show(membership.room, text);
  }

  /** Show the topic and what the reader may do in the room. */
  function showRules() {
    const { topic, locked, slow } = rules.now;
    const canClaim = rules.moderated && rules.role !== "owner";
    screen.topBar.showRules({
      topic: defuse(topic),
      locked,
      slow,
      moderates: rules.moderates,
      canClaim,
    });
    screen.messages.allow({
      remove: rules.deleting,
      reply: false,
      react: false,
      edit: false,
      pin: false,
    });
  }

  /** Show the running upload first, then interrupted, failed and waiting ones. */
  function showUploads() {
    const rank = (/** @type {{state: string}} */ { state }) => UPLOADS_SHOWN.indexOf(state);
    const all = uploads.all.sort((one, other) => rank(one) - rank(other));
    screen.transfers.show(
      all.map(({ key, file, state, fraction, problem }) => {
        const note = problem ? sentence(/** @type {any} */ (problem)) : "";
        const shown = { key, name: file.name, size: size(file.size), state, fraction, note };
        return { ...shown, retry: state === "failed" };
      }),
    );
  }

  const alert = () => alerts.tick(context.clock());

  /** Count an unread message or file, and pass it to the alerts. */
  function count(/** @type {Record<string, any>} */ event) {
    const { seq, name, file } = event;
    if (seen || seq <= membership.historyEnd || !isContent(event) || event.deleted) return;
    if (rules.isOwn(name, event.member)) return;
    if (!unread) unreadFrom = seq;
    unread++;
    changed(showTitle);
    changed(alert);
    const text = file ? t("shared {file}", { file: file.name }) : defuse(event.text);
    alerts.arrived({ seq, name, text, mention: !file && typesetter.mentions(text) });
  }

  membership.changed.subscribe(() => {
    if (!membership.welcome) unread = unreadFrom = 0;
    if (membership.you !== you) {
      you = membership.you;
      typesetter.forget();
      changed(showPage);
    }
    changed(showTitle);
    changed(showMembers);
  });
  conversation.added.subscribe(count);
  conversation.cleared.subscribe(() => {
    unread = unreadFrom = 0;
    pointAt = null;
    changed(showTitle);
  });
  conversation.deleted.subscribe((event) => alerts.forget(event.seq));
  page.changed.subscribe(() => changed(showPage));
  rules.changed.subscribe(() => {
    changed(showRules);
    changed(showMembers);
    changed(showPage); // headings have roles
  });
  uploads.changed.subscribe(() => changed(showUploads));
  outbox.changed.subscribe(() => changed(showPending));

  return {
    pageShown,
    flush,
    /** The `seq` of the first unread message; 0: none. */
    get unreadFrom() {
      return unreadFrom;
    },
    /** Remove the line above the first unread message: the person has read on and answered. */
    read() {
      if (!unreadFrom) return;
      unreadFrom = 0;
      changed(showPage);
    },
    /** Take note that the page is seen, or not. */
    seen(/** @type {boolean} */ now) {
      seen = now;
      if (!now) return;
      alerts.seen();
      unread = 0;
      changed(showTitle);
    },
    /** Scroll to this event of the page in the next `flush`, with or without a mark. */
    pointAt(/** @type {number} */ seq, mark = true) {
      pointAt = { seq, mark };
      changed(showPage);
    },
    /** Set all rows anew: the format of times has changed. */
    setAnew() {
      typesetter.forget();
      sync.forget();
      changed(showPage);
    },
    /** Count the seconds of members who are reconnecting. */
    tick(/** @type {number} */ now) {
      if (Math.floor(now) === second) return;
      second = Math.floor(now);
      if ([...members.all.values()].some((each) => each.awayAt !== null)) changed(showMembers);
    },
  };
}
