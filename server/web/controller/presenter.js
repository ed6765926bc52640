/**
 * Show the model: collect its changes, then update the screen once for all of them, in one frame
 * (client_mvc/controller/conversation/presenter.py).
 *
 * @module
 */

import { waiting } from "./banner.js";
import { plural, t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { makeObservable } from "../model/observable.js";
import { split } from "../text/markup.js";
import { defuse } from "../text/texts.js";
import { asShown, lineOf } from "./extras.js";
import { makePageSync } from "./page_sync.js";
import { makePanels } from "./panels.js";
import { makeTypesetter } from "./typesetting.js";

/**
 * @import {Heading} from "../view/contract.js"
 * @import {Acting} from "./acting.js"
 * @import {Context} from "./context.js"
 * @import {Later} from "./later.js"
 */

export function makePresenter(
  /** @type {Context} */ context,
  /** @type {() => Later<Acting>} */ acting,
) {
  const { conversation, ignored, membership, members, outbox, rules, screen } = context;
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
  let seen = true;
  let unread = 0;
  let unreadFrom = 0;
  let facts = "";

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

  /** Set all rows anew: what they have besides their events has changed. */
  function setAnew() {
    typesetter.forget();
    changed(showPage);
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
      const text = asShown(membership.you, defuse(each.text));
      return {
        key: each.id,
        text,
        runs: split(text),
        failed: Boolean(each.failed),
        reason: problem ? waiting(problem) : "",
        heading,
        time: "",
        quote: each.reply_to ? typesetter.quote(each.reply_to, each.quote) : null,
      };
    });
    screen.messages.showPending(pending);
  }

  const alert = () => acting().part?.alerts.tick(context.clock());

  /** Count an unread message or file, and pass it to the alerts. */
  function count(/** @type {Record<string, any>} */ event) {
    const { seq, name, file } = event;
    if (seen || seq <= membership.historyEnd || !isContent(event) || event.deleted) return;
    if (rules.isOwn(name, event.member) || ignored.has(name, event.member)) return;
    if (!unread) unreadFrom = seq;
    unread++;
    changed(showTitle);
    changed(alert);
    const text = file ? t("shared {file}", { file: file.name }) : lineOf(event);
    const arrival = { seq, name, text, mention: typesetter.isMention(event) };
    acting().use(({ alerts }) => alerts.arrived(arrival));
  }

  const panels = makePanels(context, changed);
  membership.changed.subscribe(() => {
    if (!membership.welcome) unread = unreadFrom = 0;
    changed(showTitle);
  });
  conversation.added.subscribe(count);
  conversation.cleared.subscribe(() => {
    unread = unreadFrom = 0;
    pointAt = null;
    changed(showTitle);
  });
  conversation.deleted.subscribe((event) => acting().part?.alerts.forget(event.seq));
  page.changed.subscribe(() => changed(showPage));
  rules.changed.subscribe(() => {
    const { you: name, number, edit, features } = rules.now;
    const now = [name, number, edit, features].join();
    if (now !== facts) setAnew();
    facts = now;
    changed(showPage); // headings have roles
  });
  ignored.changed.subscribe(setAnew);
  outbox.changed.subscribe(() => changed(showPending));

  return {
    changed,
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
      acting().part?.alerts.seen();
      unread = 0;
      changed(showTitle);
    },
    /** Scroll to this event of the page in the next `flush`, with or without a mark. */
    pointAt(/** @type {number} */ seq, mark = true) {
      pointAt = { seq, mark };
      changed(showPage);
    },
    setAnew,
    isHidden: typesetter.isHidden,
    tick: panels.tick,
  };
}
