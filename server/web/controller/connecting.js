/**
 * Join the room and leave it, resume after a reload, and the banner about the connection
 * (client_mvc/controller/connecting.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { size, t } from "../i18n/translate.js";
import { keepIgnored } from "./ignoring.js";
import { makeBanner } from "./banner.js";
import { makePages } from "./pages.js";

/**
 * @import {NetworkEvent, Problem, StoredMembership, Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @import {makeDrafts} from "./drafts.js"
 * @import {makeOutgoing} from "./outgoing.js"
 */

/** Seconds between two writes of the newest `seq`. */
const SAVE_EVERY = 1;
/** Events before the newest one that a page shows at once after a reload. */
const SCREENFUL = 50;

/** Milliseconds until it is clear which tabs are open. */
const LEFT_OVER_AFTER = 2_000;
/** Refusals after which a membership can still be resumed. */
const PASSING = ["room_full", "shutting_down", "storage", "too_many"];
/** @type {Record<string, "name" | "password">} */
const FIELDS = { name_taken: "name", bad_name: "name", bad_password: "password" };

/** What files the room takes, in words. @param {Wire} limits */
function takes({ files, file: most }) {
  const values = { size: size(most) };
  if (files === "text") return t("Text files, at most {size}", values);
  if (files === "pictures") return t("Text files and pictures, at most {size}", values);
  return t("Any files, at most {size}", values);
}

/** The number that this browser keeps: bans and mutes hold on it too. */
function device(/** @type {Context["store"]} */ store) {
  const kept = store.preference("device");
  if (typeof kept === "string" && kept) return kept;
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  const made = btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  store.prefer("device", made);
  return made;
}

export function makeConnecting(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makeOutgoing>} */ outgoing,
  /** @type {ReturnType<typeof makeDrafts>} */ drafts,
  /** @type {() => void} */ endFiles,
  /** @type {(event: NetworkEvent) => void} */ tell,
) {
  const { clock, conversation, members, membership, network, outbox, page } = context;
  const { pins, rules, screen, store } = context;
  const pages = makePages(context);
  const banner = makeBanner(context);
  const loadIgnored = keepIgnored(context);
  let session = 0;
  let entered = { name: "", password: "" };
  let { ownerKey } = page;
  let resumes = false;
  let position = { after: /** @type {number | null} */ (null), afterAt: "" };
  let savedAt = 0;
  /** @type {Wire | null} one's own ban: its end does not stand in the `left` that follows */
  let ban = null;

  // --- joining -------------------------------------------------------------------------------

  let unnamed = false;
  const showForm = () => pages.showForm(entered.name || String(store.preference("name") ?? ""));
  const askName = () => screen.join.error("name", t("Enter a name."));

  async function showJoin() {
    unnamed = false;
    showForm();
    await lookForRoom();
  }

  async function lookForRoom() {
    const mine = ++session;
    const found = await network.room();
    if (mine !== session) return;
    pages.found(found);
    if (found) {
      showForm();
      if (unnamed) askName(); // pressed before the room was found
    } else pages.showUnreachable({ code: "unavailable" }, () => void lookForRoom());
  }

  /** Join the room found, as somebody new, and without what was for the room before. */
  function joinOtherRoom() {
    for (const { id } of outbox.waiting) outgoing.fail(id, { code: "earlier_room" });
    store.keepMembership(null);
    connect(pages.room?.journal ?? "");
  }

  const sameName = (/** @type {string} */ one, /** @type {string} */ other) =>
    one.normalize("NFC").toLowerCase() === other.normalize("NFC").toLowerCase();

  /** Messages for another member or room wait until the person sends them again. */
  function sortOut(/** @type {string} */ journal) {
    for (const { id, journal: theirs, name } of outbox.waiting) {
      const here = theirs === journal && sameName(name, entered.name);
      if (!here) outgoing.fail(id, { code: "left_over" });
    }
  }

  /** Show what closed tabs did not send: the person may send it, or not. */
  async function offerLeftOver() {
    const left = await store.leftOver().catch(() => []);
    if (!left.length) return;
    outbox.load(left);
    for (const { id, failed } of left) if (!failed) outgoing.fail(id, { code: "left_over" });
    if (!membership.active && pages.isForm) showForm();
  }

  /** The `seq` after which the replay shows which of these messages the server has. */
  function start(/** @type {string} */ journal, /** @type {StoredMembership | null} */ kept) {
    const starts = outbox.all
      .filter((each) => each.journal === journal && each.after !== undefined)
      .filter(
        ({ failed }) =>
          !failed || failed.code === "left_over" || failed.code === "unknown_fate",
      )
      .map((each) => each.after ?? 0);
    if (typeof kept?.after === "number") starts.push(Math.max(0, kept.after - SCREENFUL));
    return starts.length ? Math.min(...starts) : undefined;
  }

  /** What the client needs to join; `journal`: it goes to no other room; empty: to any. */
  function options(/** @type {string} */ journal, /** @type {StoredMembership | null} */ kept) {
    const bound = journal || kept?.journal || outbox.waiting[0]?.journal;
    const held = bound || pages.room?.journal || "";
    sortOut(held);
    const after = start(held, kept);
    return {
      name: entered.name,
      password: entered.password || undefined,
      token: kept?.token,
      after,
      afterAt: after === kept?.after ? kept?.afterAt : undefined,
      journal: after === undefined ? bound : held,
      outgoing: outgoing.begin(),
      device: device(store),
      ownerKey,
    };
  }

  function connect(journal = "", /** @type {StoredMembership | null} */ kept = null) {
    pages.close();
    const mine = ++session;
    resumes = kept !== null;
    membership.begin();
    screen.join.wait(t("Joining…"));
    network.connect(options(journal, kept), (event) => {
      if (mine === session) tell(event);
    });
  }

  /** Try again with what was entered, and with the membership if there is one. */
  function retry() {
    connect("", store.membership());
  }

  function welcomed(/** @type {Wire} */ welcome, /** @type {boolean} */ forget) {
    const first = !membership.welcome;
    if (first || forget) {
      conversation.clear();
      position = { after: null, afterAt: "" };
    }
    rename(entered.name, welcome.you);
    membership.welcomed(welcome);
    pins.welcomed(welcome);
    members.snapshot(welcome.members, welcome.seq, clock());
    rules.welcomed(welcome);
    ownerKey = undefined;
    store.prefer("name", welcome.you);
    savePosition();
    screen.composer.showTakes(takes(welcome.limits));
    if (!first) return;
    loadIgnored();
    pages.close();
    ban = null;
    screen.room.show();
    screen.composer.showRoom(welcome.room);
    screen.topBar.showSecurity(pages.security());
    drafts.entered();
  }

  /** One has another name; what waits for the server is one's own still. */
  function rename(/** @type {string} */ from, /** @type {string} */ to) {
    if (from !== to) outgoing.renamed(from, to);
    entered.name = to;
  }

  function savePosition() {
    const { journal, welcome, you: name } = membership;
    if (welcome) store.keepMembership({ token: welcome.token, name, journal, ...position });
  }

  function save() {
    savePosition();
    drafts.save();
  }

  // --- the end -----------------------------------------------------------------------------

  /** The membership ends; the messages that were not sent stay. */
  function end() {
    session++;
    save();
    outgoing.end();
    endFiles();
    members.snapshot([], 0);
    rules.clear();
    pins.clear();
    membership.end();
    banner.hide();
    screen.composer.showRoom("");
  }

  function refused(/** @type {Problem} */ problem) {
    const passes = resumes && PASSING.includes(problem.code);
    if (!passes) store.keepMembership(null);
    if (problem.code === "room_full") return pages.showFull(problem, retry);
    if (passes) return pages.showUnreachable(problem, retry);
    if (problem.code === "kicked" || problem.code === "banned")
      return pages.showRemoval(problem, ban?.until, retry);
    const field = FIELDS[problem.code] ?? "form";
    if (problem.code === "forbidden") ownerKey = undefined;
    showForm();
    screen.join.error(field, sentence(problem), field === "password");
  }

  function ended(/** @type {string} */ why, /** @type {Problem | null} */ problem) {
    end();
    const told = problem ?? { code: "connection_lost" };
    if (why === "refused") return refused(told);
    // What else there is may be taken up again, also after a reload.
    if (!["unreachable", "replaced", "other_room"].includes(why)) store.keepMembership(null);
    if (why === "removed") pages.showRemoval(told, ban?.until, retry);
    else if (why === "unreachable") pages.showUnreachable(told, retry);
    else if (why === "other_room")
      pages.showOtherRoom(Boolean(entered.password), joinOtherRoom);
    else {
      const left = why === "left";
      pages.showNote({
        icon: left ? "left" : "problem",
        title: left ? t("You left the room.") : sentence(told),
        text: left ? "" : t("This tab is no longer in the room."),
        action: left ? t("Join again") : t("Continue here"),
        act: left ? () => void showJoin() : retry,
      });
    }
  }

  return {
    save,
    intents: {
      join(/** @type {string} */ name, /** @type {string} */ password) {
        entered = { name: name.trim().normalize("NFC"), password };
        unnamed = !entered.name;
        if (unnamed) return askName();
        connect();
      },
      /** Stop joining. */
      cancel() {
        if (!membership.active || membership.welcome) return;
        network.leave();
        end();
        showForm();
      },
      /** Leave the room; the membership ends when that is done. */
      leave() {
        if (membership.active) network.leave();
      },
      act: pages.act,
      otherRoom: pages.otherRoom,
    },
    /** Resume the membership of this tab after a reload, or show the join page. */
    async start() {
      outbox.load(await store.outgoing().catch(() => []));
      context.timers.later(() => void offerLeftOver(), LEFT_OVER_AFTER);
      const kept = store.membership();
      if (!kept) {
        for (const { id } of outbox.waiting) outgoing.fail(id, { code: "left_over" });
        return showJoin();
      }
      entered.name = kept.name;
      showForm();
      connect("", kept);
    },
    /** The owner's key of a link that was opened in the join page. */
    own: (/** @type {string} */ key) => void (ownerKey = key),
    tryNow: banner.tryNow,
    handleEvent(/** @type {Wire} */ event) {
      position = { after: event.seq, afterAt: event.at };
      if (
        event.type === "renamed" &&
        event.to === rules.now.you &&
        event.to !== membership.you
      ) {
        rename(membership.you, event.to);
        membership.rename(event.to);
        store.prefer("name", event.to);
        savePosition();
      }
      if (event.type === "banned" && rules.isOwn(event.target, event.target_member))
        ban = event;
    },
    handle(/** @type {NetworkEvent} */ event) {
      switch (event.kind) {
        case "roomFound":
          pages.found(event.room);
          break;
        case "welcomed":
          welcomed(event.welcome, event.forget);
          break;
        case "caughtUp":
          banner.handle(event);
          membership.catchUp();
          break;
        case "disconnected": {
          const { problem, attempt, delay } = event;
          membership.lose({ problem, attempt, retryAt: clock() + delay });
          banner.handle(event);
          break;
        }
        case "reconnecting": {
          const { attempt } = event;
          const { loss } = membership;
          if (loss) membership.lose({ ...loss, attempt, retryAt: clock() });
          banner.handle(event);
          break;
        }
        case "ended":
          ended(event.why, event.problem);
          break;
        default:
          banner.handle(event);
      }
    },
    tick(/** @type {number} */ now) {
      banner.tick(now);
      pages.tick(now);
      if (now - savedAt >= SAVE_EVERY && membership.welcome) {
        savedAt = now;
        savePosition();
      }
    },
  };
}
