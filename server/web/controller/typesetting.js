/** Turn events into rows for the screen: days, headings, messages, cards, notices. @module */

import { day, size, t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { isSilent } from "../model/standing.js";
import { split } from "../text/markup.js";
import { mentions } from "../text/names.js";
import { defuse } from "../text/texts.js";
import { moment } from "./context.js";
import { emoted, hiddenText, literal, makeExtras, pictureOf } from "./extras.js";
import { isQuiet, summary } from "./joins.js";
import { kindOf } from "./kinds.js";
import { deletedText, isUnknown, notice } from "./notices.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Heading, Item, Role} from "../view/contract.js"
 * @import {Context} from "./context.js"
 *
 * @typedef {{key: string | number, item: Item, sign: string}} Row `key` tells it from others,
 *   `sign` from the states of the same event
 */

/** Milliseconds; the longest time that one heading covers the messages of one sender. */
const RUN = 300_000;

/** Make the rows of a page; those that stay the same are the same objects as before. */
export function makeTypesetter(/** @type {Context} */ context) {
  const { conversation, ignored, members, rules } = context;
  const extras = makeExtras(context);
  /** @type {WeakMap<Wire, Row>} */
  let set = new WeakMap();
  /** @type {WeakMap<Wire, Row>} */
  let days = new WeakMap();
  /** @type {WeakMap<Wire, {ms: number, date: string, time: string}>} */
  let times = new WeakMap();
  let named = mentions("");
  /** @type {Row} */
  const newLine = { key: "new", sign: "", item: { kind: "new", text: t("New messages") } };

  const time = (/** @type {Wire} */ event) => {
    let found = times.get(event);
    if (!found) {
      const when = moment(event.at);
      found = when
        ? { ms: when.getTime(), date: when.toDateString(), time: context.time(when) }
        : { ms: NaN, date: "", time: "" };
      times.set(event, found);
    }
    return found;
  };

  /** @type {(cache: WeakMap<Wire, Row>, event: Wire, key: Row["key"], sign: string, make: () => Item) => Row} */
  const row = (cache, event, key, sign, make) => {
    const before = cache.get(event);
    if (before?.sign === sign) return before;
    const made = { key, sign, item: make() };
    cache.set(event, made);
    return made;
  };

  const isOwn = (/** @type {Wire} */ event) => rules.isOwn(event.name, event.member);

  const isHidden = (/** @type {Wire} */ event) =>
    ignored.has(event.name, event.member) && !isOwn(event) && !ignored.shown.has(event.seq);

  /** Tell whether a message names the reader, or answers them. */
  function isMention(/** @type {Wire} */ event) {
    if (isOwn(event) || ignored.has(event.name, event.member)) return false;
    const { reply_to: seq, quote, text } = event;
    const parent = conversation.find(seq) ?? quote;
    return (parent && isOwn(parent)) || named(text ?? "");
  }

  const content = (/** @type {Wire} */ event, /** @type {Heading | null} */ heading) => {
    const { seq, name, file, at: iso } = event;
    const base = { seq, heading, time: time(event).time, iso };
    if (event.deleted) {
      return {
        ...base,
        kind: /** @type {const} */ ("deleted"),
        name,
        text: deletedText(event),
      };
    }
    if (isHidden(event)) {
      return { ...base, kind: /** @type {const} */ ("hidden"), name, text: hiddenText(name) };
    }
    const around = { own: isOwn(event), extras: extras.of(event) };
    if (!file) {
      const text = defuse(event.text ?? "");
      const does = emoted(text);
      const begin = { text: `${name} `, style: /** @type {const} */ ("plain") };
      return {
        ...base,
        ...around,
        kind: /** @type {const} */ ("message"),
        name,
        text: does === null ? literal(text) : begin.text + does,
        runs: does === null ? split(literal(text)) : [begin, ...split(does)],
        mention: isMention(event),
        emote: does !== null,
      };
    }
    return {
      ...base,
      ...around,
      kind: /** @type {const} */ ("file"),
      fileId: file.id,
      name: file.name,
      speaker: name,
      size: size(file.size),
      preview: defuse(file.preview ?? ""),
      url: context.network.place(file.url),
      type: kindOf(file.type, file.name),
      picture: pictureOf(file, context.network.place),
    };
  };

  /** One row for those who came and went one after another, or for events without words. */
  const quiet = (/** @type {Wire[]} */ run) => {
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last) return [];
    const make = () => {
      const { time: at } = time(first);
      const { seq, at: iso } = first;
      const one = { kind: /** @type {const} */ ("notice"), seq, time: at, iso };
      if (run.length === 1 || isUnknown(first)) return { ...one, text: notice(first, context) };
      const more = run.map((each) => `${time(each).time} ${notice(each, context)}`.trim());
      return { ...one, text: summary(run), more };
    };
    return [row(set, first, first.seq, `${last.seq}`, make)];
  };

  return {
    isMention,
    isHidden,
    quote: extras.quote,
    /** Everything is to be set anew: the format of times or the reader's name changed. */
    forget() {
      [set, days, times] = [new WeakMap(), new WeakMap(), new WeakMap()];
      named = mentions(rules.now.you);
    },
    /**
     * @param {Wire[]} events
     * @param {number} unread the `seq` of the first unread message; 0: none
     * @returns {{rows: Row[], speaker: string}} and whose run ends them
     */
    rows(events, unread) {
      /** @type {Row[]} */
      const rows = [];
      let [date, speaker, began] = ["", "", 0];
      /** @type {Wire[]} */
      let run = [];
      const endRun = () => {
        if (run.length) rows.push(...quiet(run));
        run = [];
      };
      /** Begin a day, and put the line above the first unread message. */
      const begin = (/** @type {Wire} */ event) => {
        const at = time(event);
        const first = event.seq === unread;
        if ((at.date && at.date !== date) || first) {
          endRun();
          speaker = "";
        }
        if (at.date && at.date !== date) {
          date = at.date;
          const text = () => ({
            kind: /** @type {const} */ ("day"),
            text: day(new Date(event.at)),
          });
          rows.push(row(days, event, `day ${event.seq}`, "", text));
        }
        if (first) rows.push(newLine);
      };
      const say = (/** @type {Wire} */ event) => {
        const { at: iso, member, name, seq } = event;
        const at = time(event);
        /** @type {Role | ""} */
        let role = "";
        if (speaker !== name || !(at.ms >= began && at.ms - began < RUN)) {
          [speaker, began] = [name, at.ms];
          role = members.roleOf(name, member);
        }
        const colour = members.colourOf(name, member);
        const heading = role ? { time: at.time, iso, name, colour, role } : null;
        const sign = `${role && `${role} ${colour}`}${isHidden(event) ? " hidden" : ""}`;
        rows.push(row(set, event, seq, sign, () => content(event, heading)));
      };
      for (const event of events) {
        if (isSilent(event) || (isQuiet(event) && !context.chosen.showJoins)) continue;
        begin(event);
        const kind = [isContent, isUnknown, isQuiet].find((each) => each(event));
        if (!kind || kind === isContent || (run[0] && !kind(run[0]))) endRun();
        if (kind === isContent) {
          say(event);
          continue;
        }
        speaker = "";
        run.push(event);
        if (!kind) endRun();
      }
      endRun();
      return { rows, speaker };
    },
  };
}
