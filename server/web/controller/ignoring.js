/** Keeps the list of ignored members of each room in this browser. @module */

/** @import {Context} from "./context.js" */

/** The most rooms whose lists are kept: those where one was changed last. */
const ROOMS = 50;

/** Keep each change; returns what loads the list of the room that was joined. */
export function keepIgnored(/** @type {Context} */ { ignored, membership, store }) {
  ignored.changed.subscribe(() => {
    const { journal, welcome } = membership;
    if (!welcome) return;
    const kept = { ...store.preference("ignored") };
    delete kept[journal];
    if (ignored.all.length) kept[journal] = ignored.all;
    store.prefer("ignored", Object.fromEntries(Object.entries(kept).slice(-ROOMS)));
  });
  return () => ignored.load(store.preference("ignored")?.[membership.journal]);
}
