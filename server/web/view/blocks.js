/** The text of a message as paragraphs and blocks of code; a long one is folded. @module */

import { plural, t } from "../i18n/translate.js";
import { button, h } from "./dom.js";

/**
 * @import { Run } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** A text of more lines than the first number shows as many as the second. */
const [LINES, SHOWN] = [15, 12];
const WIDE = 100; // characters that count as a line of their own

/**
 * Where to fold a text, and how many lines are below; null: it is short enough.
 *
 * @param {string} text
 */
export function foldAt(text) {
  let lines = 0;
  let start = 0;
  let at = -1;
  for (const line of text.replace(/\n+$/, "").split("\n")) {
    const high = Math.max(1, Math.ceil(line.length / WIDE));
    if (at < 0 && lines + high > SHOWN) {
      const cut = start + (SHOWN - lines) * WIDE;
      at = lines === SHOWN ? start : text.lastIndexOf(" ", cut) + 1;
      if (at <= start) at = lines === SHOWN ? start : cut;
    }
    lines += high;
    start += line.length + 1;
  }
  return lines > LINES ? { at, more: lines - SHOWN } : null;
}

/** Buttons within rows are reached by Tab from the row only. @template {HTMLElement} T @param {T} node */
export function inside(node) {
  node.tabIndex = -1;
  return node;
}

/** @param {Run} run */
function piece({ text, style, href }) {
  if (style === "bold") return h("strong", text);
  if (style === "code") return h("code", text);
  if (style === "mention") return h("span.at", text);
  if (style !== "link" || !/^https?:/i.test(href ?? "")) return text;
  return h(
    "a",
    {
      href,
      target: "_blank",
      rel: "noopener noreferrer",
      referrerPolicy: "no-referrer",
      tabIndex: -1,
      dir: "ltr",
    },
    text,
  );
}

/** @param {string} text @param {number} cut @param {string} language @param {App} app */
function codeBlock(text, cut, language, app) {
  const code = text.replace(/\n$/, "");
  return h(
    "figure",
    { class: `card code${cut <= 0 ? " rest" : ""}` },
    h(
      "header.small.line-up",
      h("span.muted.grow", language || t("Code")),
      inside(button(t("Copy"), () => app.copy(code, t("Copied.")), "quiet low", "copy")),
    ),
    h(
      "pre",
      { tabIndex: 0, dir: "ltr" },
      ...(cut > 0 && cut < code.length
        ? [code.slice(0, cut), h("span.rest", code.slice(cut))]
        : [code]),
    ),
  );
}

/**
 * Marks (`*`, the fences) only show as the style that they set. What is below the fold has the
 * class `rest`, and shows in a row of the class `whole`.
 *
 * @param {Run[]} runs
 * @param {string} text
 * @param {App} app
 * @param {number | string} id under which `app.unfolded` knows the message
 */
export function body(runs, text, app, id, look = "text") {
  const parts = runs.length ? runs : [/** @type {Run} */ ({ text, style: "plain" })];
  const shown = parts.filter(({ style }) => style !== "mark");
  const fold = text.length > LINES ? foldAt(shown.map((run) => run.text).join("")) : null;
  /** @type {HTMLElement[]} */
  const blocks = [];
  /** @type {HTMLElement | null} */
  let line = null;
  let language = "";
  let left = fold?.at ?? Infinity; // characters before the fold

  function add(/** @type {Run} */ run, below = false) {
    if (!line && !run.text.trim()) return;
    if (!line)
      blocks.push((line = h("p", { class: below ? `${look} rest` : look, dir: "auto" })));
    const trimmed = line.firstChild ? run : { ...run, text: run.text.replace(/^\n/, "") };
    const made = piece(trimmed);
    line.append(below && !line.matches(".rest") ? h("span.rest", made) : made);
  }

  for (const run of parts) {
    if (run.style === "mark") {
      language = /^```([\w+#.-]+)\n/.exec(run.text)?.[1] ?? "";
      continue;
    }
    if (run.style === "block") {
      blocks.push(codeBlock(run.text, left, language, app));
      line = null;
    } else if (left >= run.text.length) add(run);
    else {
      const cut = Math.max(left, 0);
      if (cut) add({ ...run, text: run.text.slice(0, cut) });
      add({ ...run, text: run.text.slice(cut) }, true);
    }
    left -= run.text.length;
  }
  if (fold) blocks.push(foldButton(fold.more, id, app));
  return blocks;
}

/** @param {number} more @param {number | string} id @param {App} app */
function foldButton(more, id, app) {
  const label = (/** @type {boolean} */ open) =>
    open ? t("Show less") : plural("Show {count} more line", "Show {count} more lines", more);
  const node = inside(
    button(
      label(app.unfolded.has(id)),
      () => {
        const open = Boolean(node.closest(".msg")?.classList.toggle("whole"));
        app.unfolded[open ? "add" : "delete"](id);
        node.textContent = label(open);
      },
      "link low fold",
    ),
  );
  return node;
}

/** Show all of a row. @param {Element} row */
export function unfold(row) {
  if (!row.matches(".whole"))
    /** @type {HTMLElement | null} */ (row.querySelector(".fold"))?.click();
}
