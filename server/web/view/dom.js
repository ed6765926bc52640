/** Short names for what every part of the view does with the page. @module */

const segmenter = new Intl.Segmenter();
const WIDE = /^[\p{sc=Han}\p{sc=Hang}\p{sc=Hira}\p{sc=Kana}]/u;

/**
 * The element `id` of index.html, which has it.
 *
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/**
 * @template {string} S
 * @typedef {HTMLElementTagNameMap[(S extends `${infer T}.${string}` ? T : S) &
 *   keyof HTMLElementTagNameMap]} Made
 */

/** @typedef {Node | string | false | null | undefined} Child */

/**
 * Make an element from `tag.class.class`, properties or attributes, and children.
 *
 * @template {string} S
 * @param {S} tag
 * @param {Record<string, any> | Child} [props] may be left out
 * @param {Child[]} children
 * @returns {Made<S>}
 */
export function h(tag, props, ...children) {
  const [name = "", ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  if (!props || typeof props === "string" || props instanceof Node)
    children.unshift(/** @type {Child} */ (props));
  else
    for (const [key, value] of Object.entries(props)) {
      if (key in node) /** @type {any} */ (node)[key] = value;
      else if (value !== false) node.setAttribute(key, value);
    }
  node.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return /** @type {any} */ (node);
}

/** @param {string} name of an icon in index.html or icons.js @param {string} [look] */
export function icon(name, look = "") {
  const [svg, use] = ["svg", "use"].map((tag) =>
    document.createElementNS("http://www.w3.org/2000/svg", tag),
  );
  use?.setAttribute("href", `#i-${name}`);
  svg?.setAttribute("class", look);
  svg?.setAttribute("viewBox", "0 0 20 20");
  svg?.setAttribute("aria-hidden", "true");
  svg?.append(use ?? "");
  return /** @type {SVGElement} */ (svg);
}

/** An icon that says something. @param {string} symbol @param {string} label @param {string} [look] */
export function sign(symbol, label, look) {
  const svg = icon(symbol, look);
  svg.removeAttribute("aria-hidden");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg;
}

/** @param {string} text @param {() => void} onclick @param {string} [look] @param {string} [symbol] */
export const button = (text, onclick, look = "", symbol = "") =>
  h("button", { type: "button", class: `b ${look}`, onclick }, symbol && icon(symbol), text);

/** @param {string} label @param {string} symbol @param {() => void} onclick @param {string} [look] */
export const iconButton = (label, symbol, onclick, look = "") =>
  h(
    "button",
    { type: "button", class: `b icon ${look}`, title: label, "aria-label": label, onclick },
    icon(symbol),
  );

/** @param {string} name @param {number} colour @param {boolean} [small] */
export function face(name, colour, small = false) {
  const letters = [...segmenter.segment(name)].slice(0, small || WIDE.test(name) ? 1 : 2);
  return h(
    "span",
    { class: `face n${colour}${small ? " s" : ""}`, "aria-hidden": "true" },
    letters.map((each) => each.segment.toUpperCase()).join(""),
  );
}

/** @param {string} name @param {number} colour */
export const nameOf = (name, colour) => h("b", { class: `name n${colour}` }, h("bdi", name));

/**
 * Show `rows` in `list`, and leave the nodes of unchanged rows and the focus in place.
 *
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} rows
 * @param {(row: T) => string} key
 * @param {(row: T) => HTMLElement} make
 */
export function sync(list, rows, key, make) {
  const held = /** @type {any} */ (list);
  /** @type {Map<string, {node: HTMLElement, value: string}>} */
  const old = held.rows ?? new Map();
  const focused = document.activeElement;
  const kept = new Map();
  let focus = "";
  rows.forEach((row, place) => {
    const id = key(row);
    const value = JSON.stringify(row);
    const was = old.get(id);
    if (was?.node.contains(focused)) focus = id;
    const node = was?.value === value ? was.node : make(row);
    kept.set(id, { node, value });
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null);
    if (was && was.node !== node) was.node.remove();
  });
  while (list.children.length > rows.length) list.lastElementChild?.remove();
  held.rows = kept;
  if (focus && document.activeElement !== focused)
    kept.get(focus)?.node.querySelector("button")?.focus();
}

/** Whether the side is a drawer now; the same 60 rem stand in narrow.css. */
export const isNarrow = () =>
  document.body.clientWidth <=
  60 * parseFloat(getComputedStyle(document.documentElement).fontSize);
