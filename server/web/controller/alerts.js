/** Ring and show notifications while the page is not seen (client_mvc/controller/alerts.py). @module */

import { plural, t } from "../i18n/translate.js";
import { oneLine } from "../text/texts.js";

/** @import {Context} from "./context.js" */

/** Least number of seconds between two notifications. */
const APART = 5;
/** Most characters of a message in a notification. */
const LONGEST = 200;

/** Collect what arrives; `tick` shows it as one notification. */
export function makeAlerts(/** @type {Context} */ context) {
  const { browser, membership, screen } = context;
  /** @type {{seq: number, name: string, text: string, mention: boolean}[]} */
  let waiting = [];
  let ring = false;
  let nextAt = 0;

  return {
    /** Take note of a message or file that arrived while the page is not seen. */
    arrived(
      /** @type {{seq: number, name: string, text: string, mention: boolean}} */ arrival,
    ) {
      const { notify } = context.chosen;
      ring ||= arrival.mention;
      if (notify === "all" || (notify === "mentions" && arrival.mention)) waiting.push(arrival);
    },
    /** Show no notification of this: it was deleted. */
    forget(/** @type {number} */ seq) {
      waiting = waiting.filter((each) => each.seq !== seq);
    },
    seen() {
      waiting = [];
      browser.withdraw();
    },
    tick(/** @type {number} */ now) {
      if (ring && context.chosen.sound) screen.ring();
      ring = false;
      // Of several, a mention matters most.
      const shown = waiting.findLast((each) => each.mention) ?? waiting.at(-1);
      if (!shown || now < nextAt) return;
      nextAt = now + APART;
      const more = waiting.length - 1;
      waiting = [];
      if (!browser.canNotify || browser.permission() !== "granted") return;
      const others = plural("(and {count} more message)", "(and {count} more messages)", more);
      const text = oneLine(shown.text).slice(0, LONGEST) + (more ? `\n${others}` : "");
      const title = t("{name} in {room}", { name: shown.name, room: `#${membership.room}` });
      try {
        browser.notify(title, text);
      } catch {
        // Chrome on Android lets only service workers notify.
      }
    },
  };
}
