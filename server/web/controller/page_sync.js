/**
 * What of the page is on screen: compares the two, and changes the screen where they differ: at
 * the two ends, and in the place of what changed. One call at a time, so that no two race.
 *
 * @module
 */

import { t } from "../i18n/translate.js";

/**
 * @import {HistoryPage} from "../model/page.js"
 * @import {Item, MessagesScreen} from "../view/contract.js"
 * @import {Row, makeTypesetter} from "./typesetting.js"
 */

const items = (/** @type {Row[]} */ rows) => rows.map((each) => each.item);

/** Make `show`, which brings the screen up to the page. */
export function makePageSync(
  /** @type {HistoryPage} */ page,
  /** @type {MessagesScreen} */ screen,
  /** @type {ReturnType<typeof makeTypesetter>} */ typesetter,
) {
  /** @type {Row[]} */
  let shown = [];
  let edition = page.edition;
  let wasLive = true;
  let speaker = "";
  const text = t("This is where the history begins.");
  /** @type {Row} */
  const begin = { key: "begin", sign: "", item: { kind: "beginning", text } };

  /** Bring the top up to `rows`; what is shown then begins like these. */
  function top(/** @type {Row[]} */ rows) {
    const places = new Map(rows.map((each, place) => [each.key, place]));
    let old = shown.findIndex((each) => places.has(each.key));
    if (old < 0) {
      if (shown.length) screen.clear();
      shown = [];
      return;
    }
    let place = places.get(shown[old]?.key ?? "") ?? 0;
    if (place) {
      // The first of those that stay may have lost its heading to one above.
      while (shown[old] && shown[old]?.key === rows[place]?.key && shown[old] !== rows[place]) {
        old++;
        place++;
      }
      screen.prepend(items(rows.slice(0, place)), old);
    } else if (old) screen.drop(old, 0);
    shown = [...rows.slice(0, place), ...shown.slice(old)];
  }

  /** Change rows in their places; return how many of those shown are as in `rows`. */
  function middle(/** @type {Row[]} */ rows) {
    /** @type {[number, Item][]} */
    const changes = [];
    let same = 0;
    for (; same < shown.length; same++) {
      const [old, row] = [shown[same], rows[same]];
      if (!row || old?.key !== row.key) break;
      if (old !== row) changes.push([same, row.item]);
    }
    if (same < shown.length) screen.drop(0, shown.length - same);
    if (changes.length) screen.change(changes);
    return same;
  }

  return {
    /** Whose run the conversation ends with; empty: nobody's. */
    get speaker() {
      return speaker;
    },
    /**
     * @param {number} unread the `seq` of the first unread message
     * @param {boolean} quiet events of before: nobody is told of them
     */
    show(unread, quiet) {
      const made = typesetter.rows(page.events, unread);
      const { rows } = made;
      speaker = made.speaker;
      if (page.begins && rows.length) {
        rows.unshift(begin);
      }
      if (page.edition !== edition) {
        [edition, shown, wasLive, quiet] = [page.edition, [], page.live, true];
        screen.clear();
      }
      // Whoever reads a page that has become live by scrolling is not taken to its end.
      const live = wasLive && page.live;
      wasLive = page.live;
      top(rows);
      const same = middle(rows);
      if (same < rows.length) {
        screen.append(items(rows.slice(same)), live && !quiet);
        if (live && quiet) screen.toBottom();
      }
      shown = rows;
    },
    /** Return the place of an event on screen; -1 if it has none. */
    place: (/** @type {number} */ seq) =>
      shown.findLastIndex((each) => typeof each.key === "number" && each.key <= seq),
    /** Everything is to be set anew with the next `show`. */
    forget() {
      edition = -1;
    },
  };
}
