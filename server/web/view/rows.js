/** The rows of the conversation: each item as one `li`. @module */

import { t } from "../i18n/translate.js";
import { button, face, h, icon, nameOf } from "./dom.js";

/**
 * @import { Heading, Item, Pending, Run } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @param {string} role */
export const roleName = (role) => (role === "owner" ? t("owner") : t("moderator"));

/** Buttons within rows are reached by Enter on the row, not by Tab. @param {HTMLElement} node */
function inside(node) {
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

/** @param {string} code @param {string} language @param {App} app */
function codeBlock(code, language, app) {
  const text = code.replace(/\n$/, "");
  return h(
    "figure.card.code",
    h(
      "header.small.line-up",
      h("span.muted.grow", language || t("Code")),
      inside(button(t("Copy"), () => app.copy(text, t("Copied.")), "quiet low", "copy")),
    ),
    h("pre", { tabIndex: 0, dir: "ltr" }, text),
  );
}

/**
 * Paragraphs and code blocks. Marks (`*`, the fences) only show as the style that they set.
 *
 * @param {Run[]} runs
 * @param {string} text
 * @param {App} app
 */
function body(runs, text, app, look = "text") {
  if (!runs.length) return [h("p", { class: look, dir: "auto" }, text)];
  /** @type {HTMLElement[]} */
  const blocks = [];
  /** @type {HTMLElement | null} */
  let line = null;
  let language = "";
  for (const run of runs) {
    if (run.style === "mark") {
      language = /^```([\w+#.-]+)\n/.exec(run.text)?.[1] ?? "";
    } else if (run.style === "block") {
      blocks.push(codeBlock(run.text, language, app));
      line = null;
    } else if (line || run.text.trim()) {
      if (!line) blocks.push((line = h("p", { class: look, dir: "auto" })));
      line.append(piece(line.firstChild ? run : { ...run, text: run.text.replace(/^\n/, "") }));
    }
  }
  return blocks;
}

/**
 * @param {{heading: Heading | null, time: string, iso?: string}} item
 * @param {string} name
 * @param {string} look
 * @param {HTMLElement[]} parts
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
    "li",
    { class: `msg${heading ? " first" : ""}${look}` },
    ...first,
    h("div.body", ...parts),
  );
}

/** @param {Extract<Item, {kind: "file"}>} item @param {App} app */
function fileCard({ fileId, name, size, preview, url }, app) {
  const files = () => app.intents.files;
  return h(
    "article.card",
    { "aria-label": t("File {name}", { name }) },
    h(
      "header.line-up",
      icon("file"),
      h("b.cut.small", { dir: "auto" }, name),
      h("span.tiny", size),
    ),
    preview && h("pre", { tabIndex: 0, dir: "auto" }, preview),
    h(
      "footer",
      { "data-url": url },
      inside(button(t("Save"), () => files().save(fileId), "line", "save")),
      inside(button(t("Open"), () => files().open(fileId))),
      inside(button(t("Copy link"), () => files().copyLink(fileId))),
    ),
  );
}

/** @param {Extract<Item, {kind: "notice"}>} item */
function notice({ text, time, iso, more }) {
  const when = h("time", { dateTime: iso }, time);
  const line = h("li.note", h("span", { dir: "auto" }, text), when);
  if (!more?.length) return line;
  const list = h("ul", { hidden: true }, ...more.map((each) => h("li", { dir: "auto" }, each)));
  const unfold = inside(
    button(
      t("Show who"),
      () => {
        list.hidden = !list.hidden;
        unfold.ariaExpanded = String(!list.hidden);
      },
      "link low",
    ),
  );
  unfold.ariaExpanded = "false";
  line.append(unfold, list);
  return line;
}

/** @param {Item} item @param {App} app */
export function makeRow(item, app) {
  switch (item.kind) {
    case "message": {
      const look = item.mention ? " me-too" : "";
      return row(item, item.name, look, body(item.runs, item.text, app));
    }
    case "file":
      return row(item, item.speaker, "", [fileCard(item, app)]);
    case "deleted":
      return row(item, item.name, "", [h("p.gone.line-up", icon("bin"), item.text)]);
    case "notice":
      return notice(item);
    default: {
      const look = { day: "", new: " new", beginning: " begin" }[item.kind];
      return h("li", { class: `day${look}` }, h("span", item.text));
    }
  }
}

/** @param {Pending} item @param {App} app */
export function makePending(item, app) {
  const { key, failed, reason } = item;
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
  return row(item, item.heading?.name ?? "", "", [
    ...body(item.runs, item.text, app, look),
    state,
  ]);
}
