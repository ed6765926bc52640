/** Runs of joins and leaves, each of which is one line of the conversation (joins.py). @module */

import { number, plural, t } from "../i18n/translate.js";

/** @import {Wire} from "../network/api.js" */

const NAMED = 3;

/** Tell whether somebody came or went by themselves; a removal has a line of its own. */
export const isQuiet = (/** @type {Wire} */ event) =>
  event.type === "joined" || (event.type === "left" && !event.by);

/** Return "ann, ben and 3 others joined, 2 left": how each comes out of the run. */
export function summary(/** @type {Wire[]} */ events) {
  /** @type {Map<string, {began: boolean, ended: boolean}>} */
  const ways = new Map();
  for (const { type, name } of events) {
    const came = type === "joined";
    ways.set(name, { began: ways.get(name)?.began ?? came, ended: came });
  }
  /** @type {string[]} */
  const parts = [];
  const tell = (
    /** @type {boolean} */ began,
    /** @type {boolean} */ ended,
    /** @type {(count: number, who: string) => string} */ sentence,
  ) => {
    const names = [...ways]
      .filter(([, way]) => way.began === began && way.ended === ended)
      .map(([name]) => name);
    if (!names.length) return;
    const named = !parts.length || names.length === 1;
    parts.push(sentence(names.length, named ? people(names) : number(names.length)));
  };
  tell(true, true, (count, who) => plural("{who} joined", "{who} joined", count, { who }));
  tell(false, false, (count, who) => plural("{who} left", "{who} left", count, { who }));
  tell(true, false, (count, who) =>
    plural("{who} joined and left", "{who} joined and left", count, { who }),
  );
  tell(false, true, (count, who) =>
    plural("{who} left and came back", "{who} left and came back", count, { who }),
  );
  return parts.join(", ");
}

function people(/** @type {string[]} */ names) {
  if (names.length <= NAMED) {
    const last = names.at(-1) ?? "";
    const things = names.slice(0, -1).join(", ");
    return things ? t("{things} and {last}", { things, last }) : last;
  }
  const others = names.length - (NAMED - 1);
  const first = names.slice(0, NAMED - 1).join(", ");
  return plural("{names} and {count} other", "{names} and {count} others", others, {
    names: first,
  });
}
