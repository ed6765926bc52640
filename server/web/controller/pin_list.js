/** The window of all pinned messages. @module */

import { shortDay } from "../i18n/translate.js";
import { moment } from "./context.js";

/**
 * @import {Context} from "./context.js"
 * @import {makePinning} from "./pinning.js"
 * @import {makePresenter} from "./presenter.js"
 */

export function makePinList(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makePinning>} */ { known, row },
  /** @type {ReturnType<typeof makePresenter>} */ { changed },
) {
  const { ignored, members, pins, rules, screen } = context;
  let open = false;

  function show(lift = false) {
    const rows = known().map((event) => {
      const when = moment(event.at);
      const day = when ? shortDay(when) : "";
      return { ...row(event), day, time: when ? context.time(when) : "" };
    });
    screen.windows.showPins(rows, rules.can("pins") && rules.moderates, lift);
  }

  function update() {
    if (open) show();
  }

  for (const part of [pins, members, ignored]) part.changed.subscribe(() => changed(update));

  return {
    showPins() {
      open = true;
      show(true);
    },
    pinsClosed: () => void (open = false),
  };
}
