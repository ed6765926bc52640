/** The rows of the conversation: each item as one `listitem`. @module */

import { t } from "../i18n/translate.js";
import { body, inside } from "./blocks.js";
import { fileBody } from "./cards.js";
import { button, face, h, icon, nameOf } from "./dom.js";
import { chipsOf, marksOf, quoteLine } from "./extras.js";

/**
 * @import { Heading, Item, Message, Pending } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @param {string} role */
export const roleName = (role) => (role === "owner" ? t("owner") : t("moderator"));

/**
 * @param {{heading: Heading | null, time: string, iso?: string}} item
 * @param {string} name
 * @param {string} look
 * @param {(HTMLElement | null)[]} parts
 */
function row({ heading, time, iso = "" }, name, look, parts) {
  const first = heading
    ? [
        face(heading.name, heading.colour),
        h(
          "div.head",
          nameOf(heading.name, heading.colour),
          heading.role !== "member" && h("span.tag.tiny", roleName(heading.role)),
          h("time", { dateTime: heading.iso }, heading.time),
        ),
      ]
    : [h("time.gutter", { dateTime: iso }, h("span.sr", `${name} `), time)];
  return h(
    "div",
    { class: `msg${heading ? " first" : ""}${look}`, role: "listitem" },
    ...first,
    h("div.body", ...parts),
  );
}

/** @param {Message} item @param {App} app */
function message(item, app) {
  const { runs, text, seq, extras, emote, mention, name } = item;
  const blocks = body(runs, text, app, seq, emote ? "text emote" : "text");
  const marks = marksOf(extras);
  const last = blocks.at(-1);
  if (marks.length && last?.matches("p")) last.append(...marks);
  else if (marks.length) blocks.push(h("div", ...marks));
  const look = `${mention ? " me-too" : ""}${app.unfolded.has(seq) ? " whole" : ""}`;
  return row(item, name, look, [quoteLine(extras.quote, app), ...blocks, chipsOf([item], app)]);
}

/** One that is open stays so when it grows. @param {Extract<Item, {kind: "notice"}>} item @param {App} app */
function notice({ seq, text, time, iso, more }, app) {
  const when = h("time", { dateTime: iso }, time);
  const line = h("div.note", { role: "listitem" }, h("span", { dir: "auto" }, text), when);
  if (!more?.length) return line;
  const list = h("ul", ...more.map((each) => h("li", { dir: "auto" }, each)));
  const unfold = inside(
    button(
      t("Details"),
      () => {
        app.unfolded[list.hidden ? "add" : "delete"](seq);
        show();
      },
      "link low",
    ),
  );
  const show = () => {
    list.hidden = !app.unfolded.has(seq);
    unfold.ariaExpanded = String(!list.hidden);
  };
  show();
  line.append(unfold, list);
  return line;
}

/** @param {Item} item @param {App} app */
export function makeRow(item, app) {
  switch (item.kind) {
    case "message":
      return message(item, app);
    case "file":
      return row(item, item.speaker, "", fileBody([item], app));
    case "deleted":
      return row(item, item.name, "", [h("p.gone.line-up", icon("bin"), item.text)]);
    case "hidden": {
      const show = () => app.intents.conversation.showHidden(item.seq);
      return row(item, item.name, "", [inside(button(item.text, show, "quiet low", "hide"))]);
    }
    case "notice":
      return notice(item, app);
    default: {
      const look = { day: "", new: " new", beginning: " begin" }[item.kind];
      return h("div", { class: `day${look}`, role: "listitem" }, h("span", item.text));
    }
  }
}

/** @param {Pending} item @param {App} app */
export function makePending(item, app) {
  const { key, failed, reason, quote } = item;
  const outgoing = () => app.intents.outgoing;
  const state = failed
    ? h(
        "div.state.bad",
        h("span", icon("warn"), reason ? t("Not sent: {reason}", { reason }) : t("Not sent.")),
        button(t("Try again"), () => outgoing().retry(key), "link low"),
        button(t("Discard"), () => outgoing().discard(key), "quiet low"),
      )
    : h("div.state.muted", h("span", icon("clock"), t("Sending")));
  const look = failed ? "text" : "text muted";
  return row(item, item.heading?.name ?? "", app.unfolded.has(key) ? " whole" : "", [
    quoteLine(quote, app),
    ...body(item.runs, item.text, app, key, look),
    state,
  ]);
}
