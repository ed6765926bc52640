/** What the word before the cursor could become, over the field, which keeps the focus. @module */

import { t } from "../i18n/translate.js";
import { byId, face, h } from "./dom.js";

/**
 * @import { Suggestion, Suggestions } from "./contract.js"
 */

/**
 * @param {HTMLTextAreaElement} field
 * @param {(text: string, characters: number) => void} insert in place of so many before the cursor
 */
export function makeSuggestions(field, insert) {
  const list = byId("suggest");
  /** @type {Suggestions | null} */
  let shown = null;
  let chosen = 0;
  const labels = { member: t("Members"), command: t("Commands"), emoji: t("Emoji") };

  const take = (/** @type {number} */ place) => {
    const row = shown?.rows[place];
    if (shown && row) insert(row.insert, shown.typed);
  };

  function option(/** @type {Suggestion} */ row, /** @type {number} */ place) {
    const { label, detail, mark, colour } = row;
    const lead =
      colour !== null
        ? face(label, colour, true)
        : mark && h("span.emo", { ariaHidden: "true" }, mark);
    return h(
      "li",
      {
        role: "option",
        id: `suggest-${place}`,
        class: mark === "away" ? "away" : "",
        onmousedown(/** @type {Event} */ event) {
          event.preventDefault();
          take(place);
        },
      },
      lead,
      h("span.cut", { dir: "auto" }, label),
      detail && h("span.muted.cut", { dir: "auto" }, detail),
    );
  }

  function choose(/** @type {number} */ place) {
    const count = shown?.rows.length ?? 0;
    list.hidden = !count;
    chosen = count && (place + count) % count;
    [...list.children].forEach((each, at) => (each.ariaSelected = String(at === chosen)));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    if (count) field.setAttribute("aria-activedescendant", `suggest-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
  }

  /** @param {Suggestions | null} now */
  function show(now) {
    if (!now?.rows.length && !shown) return;
    shown = now?.rows.length ? now : null;
    list.ariaLabel = labels[now?.kind ?? "member"];
    list.dataset.kind = now?.kind ?? "";
    list.replaceChildren(...(shown?.rows ?? []).map(option));
    choose(0);
  }

  return {
    show,
    /** Carry out a key of the open list. @param {KeyboardEvent} event */
    onKey({ key, shiftKey }) {
      if (!shown) return false;
      if (key === "ArrowDown") choose(chosen + 1);
      else if (key === "ArrowUp") choose(chosen - 1);
      else if ((key === "Enter" || key === "Tab") && !shiftKey) take(chosen);
      else if (key === "Escape") show(null);
      else return false;
      return true;
    },
  };
}
