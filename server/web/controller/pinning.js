/** The pinned messages: the bar with the newest, and the window of all. @module */

import { shortDay } from "../i18n/translate.js";
import { hiddenText, lineOf } from "./extras.js";
import { moment, newId } from "./context.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @import {makePresenter} from "./presenter.js"
 */

export function makePinning(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makePresenter>} */ presenter,
) {
  const { conversation, ignored, members, membership, network, pins, rules, screen } = context;
  let open = false;
  let shown = "";
  /** @type {Map<string, number>} what was asked for, by the request */
  const asked = new Map();

  /** Those whose text is known, the one pinned last first. */
  const known = () => pins.all.filter((each) => each.type).reverse();

  const row = (/** @type {Wire} */ event) => ({
    seq: event.seq,
    name: event.name,
    colour: members.colourOf(event.name, event.member),
    text: presenter.isHidden(event) ? hiddenText(event.name) : lineOf(event),
  });

  function showList(lift = false) {
    const rows = known().map((event) => {
      const when = moment(event.at);
      const day = when ? shortDay(when) : "";
      return { ...row(event), day, time: when ? context.time(when) : "" };
    });
    screen.windows.showPins(rows, rules.can("pins") && rules.moderates, lift);
  }

  function show() {
    const [newest] = known();
    const bar = newest ? { ...row(newest), count: pins.all.length } : null;
    const now = JSON.stringify(bar);
    if (now !== shown && (bar || shown)) screen.pins.show(bar);
    shown = bar ? now : "";
    if (open) showList();
  }

  /** Load what was pinned and is not here. */
  function load() {
    if (!membership.connected) return;
    for (const { seq, type } of pins.all) {
      if (type || [...asked.values()].includes(seq)) continue;
      const id = newId();
      asked.set(id, seq);
      network.ask({ type: "history", id, around: seq, limit: 1 });
    }
  }

  pins.changed.subscribe(() => {
    presenter.changed(show);
    load();
  });
  members.changed.subscribe(() => presenter.changed(show));
  ignored.changed.subscribe(() => presenter.changed(show));

  return {
    intents: {
      showPins() {
        open = true;
        showList(true);
      },
      pinsClosed: () => void (open = false),
    },
    load,
    handleEvent: (/** @type {Wire} */ event) =>
      pins.apply(event, conversation.find(event.target)),
    /** Take in what was asked for; false: something else was. */
    answered(/** @type {Wire} */ { id, events }) {
      const seq = asked.get(id);
      asked.delete(id);
      if (seq === undefined) return false;
      const found = conversation
        .asTheyStand(events)
        .find((each) => each.seq === seq && !each.deleted);
      pins.loaded(seq, found);
      return true;
    },
    failed: (/** @type {string} */ id) => asked.delete(id),
  };
}
