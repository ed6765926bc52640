/** The pinned messages: the bar with the newest; `pin_list.js` has the window of all. @module */

import { hiddenText, lineOf } from "./extras.js";
import { newId } from "./context.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Context} from "./context.js"
 * @import {makePresenter} from "./presenter.js"
 */

export function makePinning(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makePresenter>} */ presenter,
) {
  const { conversation, ignored, members, membership, network, pins, screen } = context;
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

  function show() {
    const [newest] = known();
    const bar = newest ? { ...row(newest), count: pins.all.length } : null;
    const now = JSON.stringify(bar);
    if (now !== shown && (bar || shown)) screen.pins.show(bar);
    shown = bar ? now : "";
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
    known,
    row,
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
