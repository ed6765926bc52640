/**
 * Search the loaded page, and all history on the server. Places on the page are numbered from the
 * newest, like the results of the server (conversation/searching.py).
 *
 * @module
 */

import { sentence } from "../i18n/errors.js";
import { number, plural, shortDay, t } from "../i18n/translate.js";
import { excerpt } from "../text/folding.js";
import { moment, newId, NO_ROOM } from "./context.js";
import { hiddenText, literal } from "./extras.js";
import { notice } from "./notices.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {ResultRow} from "../view/contract.js"
 * @import {Context} from "./context.js"
 * @import {makePresenter} from "./presenter.js"
 */

/** How many results are shown before the person asks for more. */
const AT_ONCE = 50;
const MOST_CHARACTERS = 200;

/** One search at a time. */
export function makeSearch(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makePresenter>} */ presenter,
) {
  const { conversation, ignored, members, membership, network, screen } = context;
  const { messages, search } = screen;
  const { page } = conversation;
  let [open, searched, shown, more] = [false, false, false, false];
  let [text, asked] = ["", ""];
  let [count, wanted, before, edition] = [0, 0, 0, page.edition];
  /** @type {number | null} from the oldest, as the screen counts */
  let place = null;
  /** @type {Wire[]} */
  let results = [];

  function showCount() {
    let state = "";
    if (count) {
      const values = { place: number(count - (place ?? 0)), count: number(count) };
      state =
        place === null
          ? plural("{count} here", "{count} here", count)
          : t("{place} of {count}", values);
    } else if (text && !searched) {
      state = t("Not in the loaded messages. Enter searches all history.");
    }
    search.showState(state);
  }

  /** Search the page again: it changed, so the places may have moved. */
  function markAgain() {
    if (!open || !text) return;
    count = messages.mark(text);
    if (edition !== page.edition || !count) place = null;
    else if (place !== null) place = Math.min(place, count - 1);
    edition = page.edition;
    if (!asked) showCount();
  }

  function showResults() {
    shown = true;
    const found = results.length;
    let summary = t("Nothing found in all history");
    if (more) {
      summary = plural(
        "{count} result, there may be more",
        "{count} results, there may be more",
        found,
      );
    } else if (found) {
      summary = plural(
        "{count} result in all history",
        "{count} results in all history",
        found,
      );
    }
    search.showResults({ rows: results.map(row), summary, more });
  }

  function forget() {
    [asked, results, searched, shown] = ["", [], false, false];
    search.showResults(null);
  }

  function failed(/** @type {string} */ id, /** @type {string} */ reason) {
    if (!id || id !== asked) return false;
    asked = "";
    more = true;
    if (results.length) showResults();
    search.showState(t("All history cannot be searched: {reason}", { reason }));
    return true;
  }

  function ask() {
    asked = newId();
    if (!membership.active) return failed(asked, t(NO_ROOM));
    search.showState(t("Searching all history…"));
    const limit = wanted - results.length;
    const query = { type: "search", id: asked, text, limit };
    network.ask(before ? { ...query, before } : query);
  }

  function showAgain() {
    if (shown) showResults();
  }

  /** @returns {ResultRow} */
  function row(/** @type {Wire} */ event) {
    const when = moment(event.at);
    const { seq, name, file } = event;
    let said = event.text ? excerpt(literal(event.text), text) : notice(event, context);
    if (file) said = t("shared {file}", { file: file.name });
    if (presenter.isHidden(event)) said = hiddenText(name);
    return {
      seq,
      day: when ? shortDay(when) : "",
      time: when ? context.time(when) : "",
      name,
      colour: members.colourOf(name, event.member),
      text: said,
    };
  }

  presenter.pageShown.subscribe(markAgain);
  conversation.cleared.subscribe(forget);
  ignored.changed.subscribe(showAgain);
  /** The results among these events: what was deleted is none. */
  const asTheyStand = (/** @type {Wire[]} */ events) =>
    conversation
      .asTheyStand(events)
      .filter(({ type, deleted }) => type !== "deleted" && !deleted);
  // A result that is older than what is loaded is here alone.
  conversation.changes.subscribe(({ target }) => {
    if (!results.some((each) => each.seq === target)) return;
    results = asTheyStand(results);
    showAgain();
  });

  const intents = {
    open() {
      open = true;
      search.open();
      markAgain();
    },
    /** Remove highlights and results. */
    close() {
      open = false;
      place = null;
      forget();
      messages.mark("");
    },
    /** Search the page for another text; show its newest place. */
    find(/** @type {string} */ typed) {
      open = true;
      text = typed.trim();
      forget();
      count = messages.mark(text);
      place = count ? count - 1 : null;
      edition = page.edition;
      if (place !== null) messages.showFound(place);
      showCount();
    },
    /** Show the next place above (1) or below (-1); if there is none, search all history. */
    next(/** @type {number} */ step) {
      if (!open) intents.open();
      if (!text) return;
      if (!count) return intents.searchAll();
      place = ((place ?? (step > 0 ? count : -1)) - step + count) % count;
      messages.showFound(place);
      showCount();
    },
    searchAll() {
      forget();
      const params = { rule: "search", most: MOST_CHARACTERS };
      const length = [...text].length;
      if (!length) return search.showState(sentence({ code: "empty", params }));
      if (length > MOST_CHARACTERS)
        return search.showState(sentence({ code: "too_long", params }));
      before = 0;
      intents.more();
    },
    more() {
      wanted = results.length + AT_ONCE;
      ask();
    },
  };
  return {
    intents,
    failed,
    /** Take in results; request more until there are as many as wanted. */
    answered(/** @type {Wire} */ found) {
      if (found.id !== asked) return;
      before = found.before ?? 0;
      results = results.concat(asTheyStand(found.events));
      more = found.more;
      if (more && results.length < wanted) return ask();
      [asked, searched] = ["", true];
      showResults();
      showCount();
    },
  };
}
