/** What belongs to a message beside its text: quote, reactions, "(edited)", pin. @module */

import { t } from "../i18n/translate.js";
import { inside } from "./blocks.js";
import { h, icon, iconButton, nameOf, sign } from "./dom.js";

/**
 * @import { Extras, Quote } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @param {Quote | null} quote @param {App} app */
export function quoteLine(quote, app) {
  if (!quote) return null;
  const { seq, name, colour, text, gone } = quote;
  const said = h("span.cut", { dir: "auto" }, text);
  if (gone) return h("p.quote", icon("bin"), said);
  return inside(
    h(
      "button.quote",
      { type: "button", onclick: () => app.intents.history.goTo(seq) },
      h("span.sr", `${t("In reply to")} `),
      nameOf(name, colour),
      said,
    ),
  );
}

/**
 * The reactions under one or several messages; null: there are none.
 *
 * @param {{seq: number, extras: Extras}[]} items
 * @param {App} app
 */
export function chipsOf(items, app) {
  const chips = items.flatMap(({ seq, extras }) =>
    extras.chips.map(({ emoji, count, mine, names }) =>
      inside(
        h(
          "button.chip",
          {
            type: "button",
            "aria-pressed": String(mine),
            "aria-label": `${emoji} ${count}: ${names}`,
            title: names,
            onclick: () => app.intents.conversation.react(seq, emoji),
          },
          `${emoji} ${count}`,
        ),
      ),
    ),
  );
  if (!chips.length) return null;
  const seq = items.find(({ extras }) => extras.chips.length)?.seq ?? 0;
  const add = inside(
    iconButton(t("Add a reaction"), "smile", () => app.react(seq, add), "chip add"),
  );
  return h("div.chips", ...chips, add);
}

/** "(edited)" and the pin, behind a text; none: an empty list. @param {Extras} extras */
export const marksOf = ({ edited, pinned }) => [
  ...(edited ? [" ", h("span.tiny", { title: edited }, t("(edited)"))] : []),
  ...(pinned ? [" ", sign("pin", t("Pinned"), "pin-mark")] : []),
];
