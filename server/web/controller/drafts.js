/** Keeps the text in the composer until it is sent (client_mvc/controller/composer/drafts.py). @module */

/** @import {Context} from "./context.js" */

/** Seconds from the last change of a draft to the write, and from the first one. */
const SAVE_AFTER = 1;
const SAVE_WITHIN = 4;

/** While an older message is edited, the draft is put aside. */
export function makeDrafts(/** @type {Context} */ { store, clock, screen, membership }) {
  let text = "";
  /** @type {string | null} the draft, while something else is in the composer */
  let aside = null;
  let saveAt = Infinity;
  let saveBy = Infinity;

  function save() {
    if (saveAt === Infinity) return;
    saveAt = saveBy = Infinity;
    const draft = aside ?? text;
    store.prefer("draft", draft && { text: draft, journal: membership.journal });
  }

  function replace(/** @type {string} */ now) {
    text = now;
    screen.composer.replace(now);
  }

  return {
    save,
    /** What stands in the composer. */
    get text() {
      return text;
    },
    /** Whether the draft is put aside. */
    get isAside() {
      return aside !== null;
    },
    replace,
    /** Note what stands in the composer; returns whether that is new. */
    edited(/** @type {string} */ now) {
      if (now === text) return false;
      text = now;
      if (aside !== null) return true;
      saveBy = Math.min(saveBy, clock() + SAVE_WITHIN);
      saveAt = Math.min(clock() + SAVE_AFTER, saveBy);
      return true;
    },
    /** Put another text into the composer; the draft comes back by `takeBack`. */
    putAside(/** @type {string} */ now) {
      aside ??= text;
      replace(now);
    },
    takeBack() {
      const draft = aside ?? text;
      aside = null;
      replace(draft);
    },
    tick: (/** @type {number} */ now) => now >= saveAt && save(),
    /** Show the draft of the room just joined, unless the person has typed meanwhile. */
    entered() {
      const draft = store.preference("draft");
      if (text || draft?.journal !== membership.journal) return;
      replace(String(draft.text));
    },
  };
}
