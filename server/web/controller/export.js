/**
 * Save the conversation as text, web page or JSON (client_mvc/controller/export/). All text of
 * members is escaped, and the page's Content-Security-Policy forbids scripts and requests.
 *
 * @module
 */

import { day, language, size, t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { isSilent } from "../model/standing.js";
import { split } from "../text/markup.js";
import { defuse } from "../text/texts.js";
import { moment, save, stamp } from "./context.js";
import { emoted, literal, makeExtras } from "./extras.js";
import { notice } from "./notices.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 */

const STYLE = `:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:0 auto;padding:1rem}
h1{font-size:1.25rem}h2{font-size:1rem;font-weight:normal;text-align:center}
time,.notice,.mark,h2{opacity:.7}time{font-size:.85em;margin-right:.5em}article{margin:.6rem 0}
.text{white-space:pre-wrap;overflow-wrap:anywhere}code,pre{font-family:ui-monospace,monospace}
pre{padding:.5rem;overflow-x:auto}`;

/** @type {Record<string, string>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (/** @type {string} */ text) =>
  text.replace(/[&<>"']/g, (each) => ESCAPES[each] ?? "");

/** @type {Record<string, [string, string]>} */
const TAGS = {
  bold: ["<b>", "</b>"],
  code: ["<code>", "</code>"],
  block: ["<code>", "</code>"],
  mark: ['<span class="mark">', "</span>"],
};

const shared = (/** @type {Wire} */ file) => `${file.name} (${size(file.size)})`;

/** What a message answers. */
function answered(/** @type {Wire} */ event, /** @type {Context} */ context) {
  const { quote } = makeExtras(context).of(event);
  if (!quote) return [];
  const { name, text } = quote;
  return [name ? t("Reply to {name}: {text}", { name, text }) : t("Reply: {text}", { text })];
}

/** Who reacted to a message, with all names: others read this. That it was edited or pinned. */
function around(/** @type {Wire} */ event, /** @type {Context} */ context) {
  const { edited, pinned = false } = event;
  /** @type {[string, {name: string, member: number}[]][]} */
  const reactions = Object.entries(event.reactions ?? {});
  const now = (/** @type {{name: string, member: number}} */ { name, member }) =>
    context.members.find("", member)?.name ?? name;
  return [
    ...(edited ? [t("Edited {when}", { when: stamp(moment(edited)) })] : []),
    ...(pinned ? [t("Pinned")] : []),
    ...reactions.map(([emoji, all]) => `${emoji} ${all.map(now).join(", ")}`),
  ];
}

/** @type {(event: Wire, context: Context) => string} */
function line(event, context) {
  const { name, text, file, at } = event;
  const time = `[${stamp(moment(at))}]`;
  const facts = [...answered(event, context), ...around(event, context)];
  const more = isContent(event) ? facts.map((each) => `\n    (${each})`) : [];
  if (text && event.type === "said") {
    const does = emoted(text);
    // Indented, so that no second line looks like the first line of a message.
    const shown = defuse(does ?? literal(text)).replace(/[\n\u2028\u2029]/g, "\n    ");
    return `${time} ${does === null ? `${name}:` : `* ${name}`} ${shown}${more.join("")}`;
  }
  if (file) {
    const words = t("{name} shared {file}", { name, file: shared(file) });
    return `${time} ${words}${more.join("")}`;
  }
  const words = notice(event, context);
  return event.deleted ? `${time} ${name}: (${words})` : `${time} * ${words}`;
}

function html(/** @type {Wire} */ event, /** @type {Context} */ context) {
  const { name, text, file } = event;
  const stands = isContent(event) && !event.deleted;
  const note = (/** @type {string} */ each) => `\n<div class="notice">${escape(each)}</div>`;
  const quoted = stands ? answered(event, context).map(note).join("") : "";
  const more = stands ? around(event, context).map(note).join("") : "";
  if (text && event.type === "said") {
    const does = emoted(text);
    const runs = split(does ?? literal(text)).map(({ text: piece, style, href }) => {
      const shown = escape(piece);
      if (href) return `<a href="${escape(href)}" rel="noopener noreferrer">${shown}</a>`;
      const [before, after] = TAGS[style] ?? ["", ""];
      return before + shown + after;
    });
    const words = runs.join("");
    return does === null
      ? `<b>${escape(name)}</b>${quoted}\n<div class="text">${words}</div>${more}`
      : `<i class="text"><b>${escape(name)}</b> ${words}</i>${quoted}${more}`;
  }
  if (file) {
    const preview = file.preview?.trim() ? `\n<pre>${escape(file.preview)}</pre>` : "";
    return escape(t("{name} shared {file}", { name, file: shared(file) })) + preview + more;
  }
  const who = event.deleted ? `<b>${escape(name)}</b> ` : "";
  return `${who}<span class="notice">${escape(notice(event, context))}</span>`;
}

function page(
  /** @type {string} */ title,
  /** @type {Wire[]} */ events,
  /** @type {Context} */ context,
) {
  const parts = [
    `<!doctype html>\n<html lang="${language()}">\n<head>\n<meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<meta name="viewport" content="width=device-width">\n<title>${escape(title)}</title>`,
    `<style>\n${STYLE}\n</style>\n</head>\n<body>\n<h1>${escape(title)}</h1>`,
  ];
  let [date, last] = ["", 0];
  for (const event of events) {
    const when = moment(event.at);
    if (last && event.seq > last + 1) parts.push(`<p class="notice">[…] ${escape(gap())}</p>`);
    last = event.seq;
    if (isSilent(event)) continue;
    if (when && when.toDateString() !== date) {
      date = when.toDateString();
      parts.push(`<h2>${escape(day(when))}</h2>`);
    }
    const clock = when?.toTimeString().slice(0, 8) ?? "";
    const time = `<time datetime="${escape(event.at ?? "")}">${clock}</time>`;
    parts.push(`<article id="e${event.seq}">${time}${html(event, context)}</article>`);
  }
  return `${parts.join("\n")}\n</body>\n</html>\n`;
}

const gap = () => t("Messages in between were not loaded.");

/** Return the text of a file with the loaded conversation. */
export function exported(
  /** @type {"text" | "html" | "json"} */ form,
  /** @type {Context} */ context,
) {
  const events = context.conversation.known();
  const { membership, wall } = context;
  const values = { room: membership.room, server: context.page.origin };
  const heading = t("Conversation in #{room} at {server}", values);
  const title = t("{heading}, saved {when}", { heading, when: stamp(wall()).slice(0, 16) });
  if (form === "html") return page(title, events, context);
  if (form === "json") {
    const saved = wall().toISOString();
    const sent = events.map((event) => event.raw ?? event);
    return `${JSON.stringify({ conversation: heading, saved, events: sent }, null, 2)}\n`;
  }
  const lines = events.flatMap((event, place) => {
    const missing = place && event.seq > events[place - 1]?.seq + 1;
    const told = isSilent(event) ? [] : [line(event, context)];
    return missing ? [`[…] ${gap()}`, ...told] : told;
  });
  return `${[title, "", ...lines].join("\n")}\n`;
}

/** @type {Record<string, [string, string]>} file type and media type of a saved conversation */
const FORMS = {
  text: ["txt", "text/plain"],
  html: ["html", "text/html"],
  json: ["json", "application/json"],
};

/** Offer the loaded conversation to save as a file. */
export function saveConversation(
  /** @type {"text" | "html" | "json"} */ form,
  /** @type {Context} */ context,
) {
  const { membership, page, screen, wall } = context;
  const [type = "", media = ""] = FORMS[form] ?? [];
  const name = `${membership.room || page.room} ${stamp(wall()).slice(0, 10)}.${type}`;
  save(screen, name, media, exported(form, context));
}
