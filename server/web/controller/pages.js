/**
 * The join page, and the pages in place of the room: it is full, one left or was removed, nobody
 * answers, another room is there (client_mvc/controller/moderation/removal.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { number, t } from "../i18n/translate.js";
import { defuse } from "../text/texts.js";
import { moment } from "./context.js";
import { actor } from "./notices.js";

/**
 * @import {Problem, Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @import {Note} from "./types.js"
 */

/** Seconds between two tries to get into a room that is full, and one that does not answer. */
const AGAIN = 10;
const ANSWERS = 5;
/** Seconds to wait, as a server says, within reason. */
const after = (/** @type {Problem} */ { retryAfter }, /** @type {number} */ usual) =>
  Math.min(Math.max(1, retryAfter ?? usual), 600);

/** Return half of the hash of a key in four groups, which two people can compare by eye. */
function fingerprint(/** @type {string} */ key) {
  const bytes = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  const hex = Array.from(bytes, (each) => each.charCodeAt(0).toString(16).padStart(2, "0"));
  return hex.slice(0, 16).join("").toUpperCase().match(/.{8}/g)?.join(" ") ?? "";
}

export function makePages(/** @type {Context} */ context) {
  const { clock, membership, outbox, page, screen } = context;
  let noteText = "";
  let isForm = false;
  /** @type {Note | null} */
  let note = null;
  /** @type {Wire | null} the last answer of `GET /room` */
  let room = null;

  function security() {
    const { encrypted, key, local } = page;
    if (local && !encrypted) {
      const details = t("Nothing leaves this computer.");
      return { encrypted: true, mark: t("On this computer"), details, fingerprint: "" };
    }
    const plain = t(
      "Others on this network can read and change everything, also the password.",
    );
    const safe = t("Only you and the room can read what is sent. The room's key:");
    return {
      encrypted,
      mark: encrypted ? t("Encrypted") : t("Not encrypted"),
      details: encrypted ? safe : plain,
      fingerprint: encrypted && key ? fingerprint(key) : "",
    };
  }

  const unsent = () => outbox.all.map((each) => defuse(each.text));

  function showForm(/** @type {string} */ name) {
    note = null;
    isForm = true;
    const values = room && { active: number(room.active), places: number(room.max_users) };
    screen.join.show({
      room: room?.room ?? page.room,
      topic: "",
      count: values ? t("{active} of {places} are here", values) : "",
      name: name,
      password: Boolean(room?.password),
      security: security(),
      unsent: unsent(),
    });
  }

  function showNote(/** @type {Note} */ next) {
    note = next;
    isForm = false;
    noteText = "";
    tickNote(clock());
  }

  function tickNote(/** @type {number} */ now) {
    if (!note) return;
    const { icon, title, text, action = "", at = 0, auto = false } = note;
    const left = Math.ceil(at - now);
    if (auto && left <= 0) return act();
    const wait = auto
      ? t("Next try in {left} s", { left })
      : t("You can join again in {left} s", { left });
    const shown = {
      icon,
      title,
      text,
      action,
      note: left > 0 ? wait : "",
      ready: auto || left <= 0,
    };
    const all = { ...shown, unsent: unsent() };
    const key = JSON.stringify(all);
    if (key !== noteText) screen.page.show(all);
    noteText = key;
  }

  function act() {
    const now = note;
    if (!now?.act || (!now.auto && (now.at ?? 0) > clock())) return;
    // It stays on screen until the answer comes.
    note = null;
    const { icon, title, text, action = "" } = now;
    const state = { note: t("Trying…"), ready: false };
    screen.page.show({ icon, title, text, action, ...state, unsent: unsent() });
    now.act();
  }

  function showUnreachable(/** @type {Problem} */ problem, /** @type {() => void} */ again) {
    showNote({
      icon: "problem",
      title: t("The room does not answer"),
      text: sentence(problem),
      action: t("Try now"),
      act: again,
      at: clock() + after(problem, ANSWERS),
      auto: true,
    });
  }

  function showFull(/** @type {Problem} */ problem, /** @type {() => void} */ again) {
    const values = {
      most: problem.params?.most ?? room?.max_users ?? "",
      room: room?.room ?? page.room,
    };
    showNote({
      icon: "full",
      title: t("The room is full"),
      text: t(
        "All {most} places in #{room} are taken. This page joins when one is free.",
        values,
      ),
      action: t("Try now"),
      act: again,
      at: clock() + after(problem, AGAIN),
      auto: true,
    });
  }

  /** @type {(problem: Problem, name: string, until: string | undefined) => string} */
  function removalText(problem, name, until) {
    const { code, params = {} } = problem;
    const values = { by: actor(params.by ?? ""), room: name };
    if (!values.by) return sentence(problem);
    if (code === "kicked") return t("{by} removed you from #{room}.", values);
    const end = moment(params.until ?? until ?? "");
    if (!end) return t("{by} banned you from #{room} for good.", values);
    const time = context.until(end, context.wall());
    return t("{by} banned you from #{room} until {time}.", { ...values, time });
  }

  /** @type {(problem: Problem, until: string | undefined, again: () => void) => void} */
  function showRemoval(problem, until, again) {
    const name = membership.room || page.room;
    const why = problem.params?.text;
    const reason = why ? `\n\n${t("Reason: {reason}", { reason: defuse(why) })}` : "";
    const final = problem.code !== "kicked";
    showNote({
      icon: "removed",
      title: t("You are no longer in #{room}", { room: name }),
      text: removalText(problem, name, until) + reason,
      action: final ? "" : t("Join again"),
      act: again,
      at: clock() + (problem.retryAfter ?? 0),
    });
  }

  function showOtherRoom(/** @type {boolean} */ password, /** @type {() => void} */ join) {
    const words = t(
      "This is not the room that you were in. The server was replaced or restored from a backup, or it is a stranger's. Nothing was sent to it.",
    );
    const sends = t("Joining sends your name and your password to this server.");
    const stays = t(
      "Messages that were not sent stay here. You can send them again one by one.",
    );
    showNote({
      icon: "changed",
      title: t("Another room is here now"),
      text: [words, stays, ...(password ? [sends] : [])].join("\n\n"),
      action: t("Join this room"),
      act: join,
    });
  }

  const otherRoom = () =>
    void import("./other_room.js").then(
      ({ askOtherRoom }) => askOtherRoom(context),
      screen.sayNotLoaded,
    );

  return {
    act,
    /** Whether the join page is shown. */
    get isForm() {
      return isForm;
    },
    otherRoom,
    security,
    showForm,
    showFull,
    showNote,
    showOtherRoom,
    showRemoval,
    showUnreachable,
    tick: tickNote,
    get room() {
      return room;
    },
    found(/** @type {Wire | null} */ answer) {
      room = answer ?? room;
    },
    /** No page stands in place of the room. */
    close() {
      note = null;
      isForm = false;
    },
  };
}
