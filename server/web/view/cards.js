/** Shared files: cards, and pictures, of which several in a row stand in one grid. @module */

import { t } from "../i18n/translate.js";
import { inside } from "./blocks.js";
import { button, h, icon } from "./dom.js";
import { chipsOf, marksOf, quoteLine } from "./extras.js";

/**
 * @import { FileCard, FileKind, Item } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @type {Record<FileKind, string>} */
const ICONS = {
  text: "file",
  picture: "picture",
  sound: "sound",
  film: "film",
  document: "file",
  archive: "archive",
  program: "program",
  other: "file",
};
const WIDEST = 384;
const HIGHEST = 256;
/** Pictures that a grid shows. */
const SHOWN = 4;

/** @param {FileCard} item @param {App} app */
function card({ fileId, name, size, preview, url, type }, app) {
  const files = () => app.intents.files;
  return h(
    "article.card",
    { "aria-label": t("File {name}", { name }) },
    h(
      "header.line-up",
      icon(ICONS[type]),
      h("b.cut.small", { dir: "auto" }, name),
      h("span.tiny", size),
    ),
    preview && h("pre", { tabIndex: 0, dir: "auto" }, preview),
    h(
      "footer",
      { "data-url": url },
      inside(button(t("Save"), () => files().save(fileId), "line", "save")),
      type === "text" && inside(button(t("Open"), () => files().open(fileId))),
      inside(button(t("Copy link"), () => files().copyLink(fileId))),
    ),
  );
}

/** Its size is known before it loads, so nothing moves. @param {FileCard} item @param {App} app */
function thumbnail({ fileId, name, picture }, app, more = 0) {
  const { thumb = "", width = 1, height = 1 } = picture ?? {};
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  const label = t("Picture {name}", { name });
  return inside(
    h(
      "button.pic",
      {
        type: "button",
        title: name,
        "aria-label": more ? `+${more} ${label}` : label,
        onclick: () => app.intents.pictures.open(fileId),
      },
      h("img", {
        loading: "lazy",
        crossorigin: "anonymous", // it may come from another host of the room
        src: thumb,
        alt: "",
        width: Math.max(1, Math.round(width * scale)),
        height: Math.max(1, Math.round(height * scale)),
        decoding: "async",
        draggable: false,
      }),
      more > 0 && h("span", `+${more}`),
    ),
  );
}

/**
 * One file, or pictures of one run.
 *
 * @param {FileCard[]} items
 * @param {App} app
 */
export function fileBody(items, app) {
  const [item] = items;
  if (!item) return [];
  const shown = items.slice(0, SHOWN);
  const more = items.length - shown.length;
  const isAlone = item.picture && items.length === 1;
  const marks = items.flatMap(({ extras }) => marksOf(extras));
  return [
    quoteLine(item.extras.quote, app),
    item.picture
      ? h(
          "div",
          { class: `pics p${shown.length}` },
          ...shown.map((each, at) => thumbnail(each, app, at === SHOWN - 1 ? more : 0)),
        )
      : card(item, app),
    isAlone ? h("div.caption.tiny.cut", h("bdi", item.name), ` · ${item.size}`) : null,
    chipsOf(items, app),
    marks.length ? h("div", ...marks) : null,
  ];
}

/** Whether the picture `item` stands in a grid with the one before it. @param {Item} before @param {Item} item */
export const joins = (before, item) =>
  item.kind === "file" &&
  before.kind === "file" &&
  Boolean(item.picture && before.picture) &&
  !item.heading &&
  !item.extras.quote &&
  item.speaker === before.speaker;

/** @typedef {{item: Item, node: HTMLElement, grid?: Item[]}} Shown */

/** The runs of pictures. @param {Shown[]} rows */
function runsOf(rows) {
  /** @type {Shown[][]} */
  const runs = [];
  let before;
  for (const row of rows) {
    if (row.item.kind === "file" && row.item.picture) {
      if (before && joins(before.item, row.item)) runs.at(-1)?.push(row);
      else runs.push([row]);
    }
    before = row;
  }
  return runs;
}

/**
 * Draw each run of pictures as a grid in its first row, and hide the others.
 *
 * @param {Shown[]} rows
 * @param {App} app
 * @param {(picture: Element, item: Item, row: HTMLElement) => void} drawn
 */
export function group(rows, app, drawn) {
  for (const run of runsOf(rows)) {
    run.forEach(({ node }, place) => (node.hidden = place > 0));
    const first = /** @type {Shown} */ (run[0]);
    const items = /** @type {FileCard[]} */ (run.map(({ item }) => item));
    const before = first.grid ?? [first.item];
    if (items.length === before.length && items.every((item, i) => item === before[i]))
      continue;
    first.grid = items;
    const body = /** @type {Element} */ (first.node.querySelector(".body"));
    const images = imagesOf(body);
    body.replaceChildren(.../** @type {Node[]} */ (fileBody(items, app).filter(Boolean)));
    keepImages(images, body);
    if (items.length === 1) continue;
    body.querySelectorAll(".pic").forEach((pic, i) => {
      const item = items[i];
      if (item) drawn(pic, item, first.node);
    });
  }
}

/** @param {Element} where */
export const imagesOf = (where) =>
  new Map([...where.querySelectorAll("img")].map((img) => [img.src, img]));

/** A picture that is loaded already does not load again. @param {Map<string, HTMLImageElement>} images @param {Element} where */
export function keepImages(images, where) {
  for (const img of where.querySelectorAll("img")) {
    const old = images.get(img.src);
    if (old) img.replaceWith(old);
    images.delete(img.src);
  }
}
