/**
 * The banner about the connection: it was lost, it is back, or the room cannot take messages at
 * present (client_mvc/controller/connecting.py, availability.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { t } from "../i18n/translate.js";

/**
 * @import {NetworkEvent, Problem} from "../network/api.js"
 * @import {Context} from "./context.js"
 */

/** Seconds that the banner shows a new connection. */
const BACK_FOR = 3;
/** The attempt from which on the other hosts are offered: each was tried before. */
const OFFERED_FROM = 2;
/** Seconds after which they are offered where the room cannot take messages. */
const OFFERED_AFTER = 10;
const UNDECIDED = "unavailable";
/** @type {Problem} */
const NO_MAJORITY = { code: UNDECIDED, params: { rule: "majority" } };

/** Why a message or a file waits; where the banner says it, only what comes next. */
export const waiting = (/** @type {Problem} */ problem) =>
  problem.code === UNDECIDED ? t("Sent again when the room can take it.") : sentence(problem);

export function makeBanner(/** @type {Context} */ context) {
  const { clock, membership, network, screen } = context;
  let [backUntil, shown, undecided, lostAt] = [0, "", false, Infinity];

  function show(
    /** @type {"warning" | "good" | "info"} */ kind,
    /** @type {string} */ text,
    action = "",
    /** @type {string[]} */ links = [],
  ) {
    const key = [kind, text, action, ...links].join(" ");
    if (key !== shown) screen.banner.show({ kind, text, action, links });
    shown = key;
  }

  function hide() {
    if (shown) screen.banner.show(null);
    shown = "";
    undecided = false;
    lostAt = Infinity;
  }

  /** Other hosts of the room, which a person may have to open to accept their certificates. */
  function offered(/** @type {number} */ attempt) {
    return attempt < OFFERED_FROM ? [] : network.hosts;
  }

  function countDown(/** @type {number} */ now) {
    const { loss } = membership;
    if (!loss) return;
    const { attempt } = loss;
    const left = Math.ceil(loss.retryAt - now);
    const reason = sentence(/** @type {Problem} */ (loss.problem));
    const waits = t("What you write is sent when you are back.");
    show("warning", `${reason} ${waits}`, t("Try now"), offered(attempt));
    screen.banner.count(
      left > 0
        ? t("Reconnecting in {left} s (attempt {attempt}).", { left, attempt })
        : t("Reconnecting… (attempt {attempt})", { attempt }),
    );
  }

  /** Say that the room cannot take messages: what was sent is kept, and sent again. */
  function showUndecided(/** @type {Problem} */ problem) {
    const general = t("The room does not answer. What you send is kept and sent again.");
    // Another host may take them, which the browser does not trust yet.
    const links = clock() - lostAt < OFFERED_AFTER ? [] : network.hosts;
    show("info", problem.params?.rule ? sentence(problem) : general, "", links);
    undecided = true;
  }

  function delayed(/** @type {Problem} */ problem) {
    if (problem.code === UNDECIDED && !undecided && membership.caughtUp) showUndecided(problem);
  }

  /** The room says by itself that it cannot take messages, or that it can. */
  function majority(/** @type {boolean} */ has) {
    if (has && undecided) hide();
    lostAt = has ? Infinity : Math.min(lostAt, clock());
    if (!has && membership.caughtUp) showUndecided(NO_MAJORITY);
  }

  return {
    hide,
    /** The button: try now. */
    tryNow: () => network.reconnectNow(),
    handle(/** @type {NetworkEvent} */ event) {
      switch (event.kind) {
        case "caughtUp":
          if (!membership.loss) break;
          show("good", t("Connected again."));
          backUntil = clock() + BACK_FOR;
          break;
        case "disconnected":
        case "reconnecting":
          undecided = false;
          lostAt = Infinity;
          countDown(clock());
          break;
        case "majority":
          majority(event.has);
          break;
        case "delayed":
        case "requestDelayed":
        case "uploadRetrying":
          delayed(event.problem);
          break;
        case "event":
        case "confirmed":
        case "uploadDone":
          if (undecided) hide(); // it can
      }
    },
    tick(/** @type {number} */ now) {
      countDown(now);
      if (membership.loss || now < backUntil) return;
      if (lostAt < Infinity) showUndecided(NO_MAJORITY);
      else if (!undecided) hide();
    },
  };
}
