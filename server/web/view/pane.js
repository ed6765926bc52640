/**
 * The conversation: its rows, and what of them is in view.
 *
 * All changes wait in one queue and are made together, once a frame. A reader at the end stays
 * there; for others the row at the top of the view stays where it is.
 *
 * @module
 */

import { t } from "../i18n/translate.js";
import { makeAnnouncer } from "./announcer.js";
import { group, imagesOf, keepImages } from "./cards.js";
import { byId } from "./dom.js";
import * as leaves from "./leaves.js";
import { makePending, makeRow } from "./rows.js";
import { makeUnread } from "./unread.js";

/**
 * @import { Item, MessagesScreen } from "./contract.js"
 * @import { App } from "./screen.js"
 * @typedef {{item: Item, node: HTMLElement, pic?: Element, grid?: Item[]}} Row `pic`: a picture
 *   of the grid `node`; `grid`: the pictures that `node` shows
 */

const NEAR = 24;
/** Rows made in one frame. */
const AT_ONCE = 50;
const AHEAD = "800px 0px";

/**
 * @typedef {object} Seen what the parts that are loaded later need
 * @property {(node: EventTarget | null) => Row | undefined} rowAt
 * @property {(told: (old: Row, row: Row) => void) => void} onReplaced
 * @property {(make: typeof import("./marks.js").makeMarks) => void} markWith
 * @typedef {MessagesScreen & Seen} Pane
 */

/** @param {App} app @returns {Pane} */
export function makePane(app) {
  const pane = byId("pane");
  const list = byId("messages");
  const pendingList = byId("pending");
  const down = byId("down");
  const loading = byId("loading");
  pane.tabIndex = 0;
  const announcer = makeAnnouncer(app.announce, setTimeout);
  /** @type {WeakMap<Node, Row>} */
  const byNode = new WeakMap();
  /** @type {Row[]} */
  let rows = [];
  /** @type {Set<Element>} dropped rows that still stand above the others */
  const stale = new Set();
  /** @type {(() => void)[]} */
  const queue = [];
  let made = 0; // rows, so far
  /** @type {{node: HTMLElement, top: number}[]} rows at the top of the view, and their places */
  let anchors = [];
  let following = true;
  let lastTop = 0;
  let told = true;
  let news = 0;
  let asked = false;
  let watch = false;
  let regroup = false;
  let loadingTimer = 0;
  /** @type {(old: Row, row: Row) => void} */
  let replaced = () => {};
  const unread = makeUnread(
    () => following,
    (line) => add(() => (line.hidden = true)),
  );

  // --- what is in view -----------------------------------------------------------------------

  const topOf = (/** @type {Element} */ node) => node.getBoundingClientRect().top;

  /** The shown row that has this one: a picture may stand in the grid of one above. */
  function shownOf(/** @type {HTMLElement} */ node) {
    let row = node;
    while (row.hidden) row = /** @type {HTMLElement} */ (leaves.before(row) ?? list);
    return row;
  }

  /** Only scrolling up, and not a row that grows, ends the following. */
  function scrolled() {
    const { scrollTop } = pane;
    const near = pane.scrollHeight - scrollTop - pane.clientHeight <= NEAR;
    following = near || (following && scrollTop >= lastTop);
    lastTop = scrollTop;
    look();
    if (following || !stale.size) return;
    purge();
    settle();
  }

  function look() {
    const counts = (/** @type {Element} */ row) => !row.matches("[hidden]") && !stale.has(row);
    anchors = leaves
      .rowsFrom(list, topOf(pane), 9, counts)
      .map((node) => ({ node, top: topOf(node) }));
    report();
  }

  function report() {
    if (following) news = 0;
    unread.look();
    down.hidden = following || !news || !byId("older").hidden;
    down.lastChild.textContent = t("{count} new", { count: news });
    if (told === following || !pane.clientHeight) return;
    told = following;
    if (!following) announcer.forget();
    app.intents.history.reads(!following);
  }

  function settle() {
    if (following) {
      pane.scrollTop = pane.scrollHeight;
      return;
    }
    const anchor = anchors.find(({ node }) => node.isConnected && !node.hidden);
    const moved = anchor ? Math.round(topOf(anchor.node) - anchor.top) : 0;
    if (moved) pane.scrollTop += moved;
  }

  pane.addEventListener("scroll", scrolled, { passive: true });
  const sizes = new ResizeObserver(settle);
  sizes.observe(pane);
  sizes.observe(list.parentNode);
  down.append("");
  down.addEventListener("click", () => app.intents.history.toNewest());

  const ends = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries)
        if (isIntersecting && rows.length)
          app.intents.history[target.id === "oldest" ? "reachedTop" : "reachedEnd"]();
    },
    { root: pane, rootMargin: AHEAD },
  );
  const sentinels = [byId("oldest"), byId("newest")];

  // --- the queue -----------------------------------------------------------------------------

  /** Bounded, so that a flood makes no long frame; the rest waits for the next. */
  function run(bound = Infinity) {
    asked = false;
    if (!queue.length) return;
    if (!following) look();
    const end = made + bound;
    while (queue.length && made < end) queue.shift()?.();
    if (regroup) group(rows, app, addCell);
    regroup = false;
    settle();
    if (following) report();
    else scrolled();
    if (queue.length) ask();
    if (!watch) return;
    // Told anew where the ends are: after new rows they may still be as near as before.
    watch = false;
    for (const each of sentinels) ends.unobserve(each);
    for (const each of sentinels) ends.observe(each);
  }

  function ask() {
    if (asked) return;
    asked = true;
    // A page that is not shown gets no frames.
    if (document.hidden) setTimeout(run, 100);
    else requestAnimationFrame(() => run(AT_ONCE));
  }

  function add(/** @type {() => void} */ job) {
    queue.push(job);
    ask();
  }

  document.addEventListener("visibilitychange", () => run());

  function make(/** @type {Item} */ item) {
    made++;
    const node = makeRow(item, app);
    const row = { item, node };
    byNode.set(node, row);
    if (item.kind === "new") unread.watch(node);
    if (item.kind === "file" && item.picture) regroup = true;
    return row;
  }

  function addCell(
    /** @type {Element} */ pic,
    /** @type {Item} */ item,
    /** @type {HTMLElement} */ node,
  ) {
    byNode.set(pic, { item, node, pic });
  }

  /** Put a row in the place of another, with what of it is open, loaded or focused. */
  function replace(/** @type {Row} */ old, /** @type {Row} */ row) {
    if (old.item.kind === "file" && old.item.picture) regroup = true;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const parts = () => [...row.node.querySelectorAll("a, button, pre")];
    const at = [...old.node.querySelectorAll("a, button, pre")].indexOf(
      /** @type {Element} */ (focused),
    );
    const had = old.node.contains(focused);
    keepImages(imagesOf(old.node), row.node);
    old.node.replaceWith(row.node);
    replaced(old, row);
    if (!had) return;
    if (row.node.contains(focused)) return focused?.focus(); // of the toolbar
    const same = /** @type {HTMLElement | undefined} */ (parts()[at]);
    if (same) same.focus();
    else app.focusRow(row.node);
  }

  const nodes = (/** @type {Row[]} */ made) => made.map(({ node }) => node);

  function take(/** @type {number} */ from, /** @type {number} */ count) {
    for (const { item, node } of rows.splice(from, count)) {
      leaves.remove(node);
      if (item.kind === "file") regroup = true;
    }
    watch = true;
  }

  /** Remove dropped rows: all, or while one is at the end only leaves of nothing else. */
  function purge(all = true) {
    for (;;) {
      const leaf = list.firstElementChild;
      if (!leaf?.lastElementChild || !stale.has(leaf.lastElementChild)) break;
      for (const each of leaf.children) stale.delete(each);
      leaf.remove();
    }
    if (!all) return;
    for (const node of stale) leaves.remove(node);
    stale.clear();
  }

  function tell(/** @type {Item[]} */ items) {
    for (const item of items) {
      if ((item.kind !== "message" && item.kind !== "file") || item.own) continue;
      if (!following) news += 1;
      else if (item.kind === "message") announcer.add(`${item.name}: ${item.text}`);
      else announcer.add(t("{name} shared {file}", { name: item.speaker, file: item.name }));
    }
  }

  function show(/** @type {HTMLElement} */ wanted, /** @type {ScrollLogicalPosition} */ block) {
    const node = shownOf(wanted);
    following = false;
    node.scrollIntoView({ block });
    anchors = [{ node, top: topOf(node) }];
  }

  /** @type {ReturnType<typeof import("./marks.js").makeMarks> | null} */
  let marks = null;

  return {
    rowAt: (node) => {
      const from = /** @type {any} */ (node)?.closest ? /** @type {Element} */ (node) : pane;
      return (
        byNode.get(from.closest(".pic") ?? pane) ??
        byNode.get(from.closest(".msg, .note, .day") ?? pane)
      );
    },
    onReplaced: (told) => {
      replaced = told;
    },
    markWith: (make) => {
      marks = make(list, (node) => show(node, "center"));
    },
    append(items, live) {
      for (let at = 0; at < items.length; at += AT_ONCE) {
        const some = items.slice(at, at + AT_ONCE);
        add(() => {
          const made = some.map(make);
          rows.push(...made);
          leaves.append(list, nodes(made));
          if (live) tell(some);
          else watch = true;
          if (!live) following = false;
        });
      }
    },
    prepend: (items, insteadOf) =>
      add(() => {
        purge();
        take(0, insteadOf);
        const made = items.map(make);
        rows = [...made, ...rows];
        leaves.prepend(list, nodes(made));
      }),
    drop: (oldest, newest) =>
      add(() => {
        const dropped = rows.splice(0, oldest);
        regroup ||= dropped.at(-1)?.item.kind === "file";
        for (const { node } of dropped) stale.add(node);
        purge(!following);
        if (newest) take(rows.length - newest, newest);
      }),
    change: (items) =>
      add(() => {
        for (const [place, item] of items) {
          const old = rows[place];
          if (!old) continue;
          const row = make(item);
          rows[place] = row;
          replace(old, row);
        }
      }),
    allow: (rules) => {
      app.rules = rules;
      list.classList.toggle("no-react", !rules.react);
    },
    answered: unread.end,
    clear: () =>
      add(() => {
        purge();
        take(0, rows.length);
        announcer.forget();
        news = 0;
        following = true;
      }),
    toBottom: () =>
      add(() => {
        following = true;
        settle();
      }),
    showPlace: (place, mark) =>
      add(() => {
        const node = rows[place]?.node;
        if (!node) return;
        show(node, mark ? "center" : "start");
        if (mark) flash(shownOf(node));
      }),
    mark: (phrase) => {
      run();
      return marks?.mark(phrase) ?? 0;
    },
    showFound: (place) => add(() => marks?.show(place)),
    watchEnds: () =>
      add(() => {
        watch = true;
      }),
    showLoading: (text) => {
      clearTimeout(loadingTimer);
      loading.hidden = true;
      if (!text) return;
      loadingTimer = window.setTimeout(() => {
        loading.textContent = text;
        loading.hidden = false;
      }, 400);
    },
    showPending: (pending) =>
      add(() => {
        pendingList.hidden = !pending.length;
        pendingList.replaceChildren(...pending.map((each) => makePending(each, app)));
      }),
  };
}

/** Mark a row for a second. @param {HTMLElement} node */
export function flash(node) {
  node.classList.add("found");
  setTimeout(() => node.classList.remove("found"), 1000);
}
