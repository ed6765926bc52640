/** The `join` of a client: who it is, what it holds, and what it understands. */

/** @import {JoinOptions, Wire} from "../network/api.js" */
/** @import {Position} from "./position.js" */

/** What this version understands beyond the first one. */
export const FEATURES =
  "moderation deleting replies reactions editing pins renaming notes typing media".split(" ");

/**
 * Return the request that joins, resumes with `token`, or rejoins after `position`.
 *
 * @param {JoinOptions} options
 * @param {string | undefined} token
 * @param {Position} position
 * @param {string} client
 * @returns {Wire}
 */
export function request({ name, password, device, ownerKey }, token, position, client) {
  const after = position.seq ?? undefined;
  const journal = (after !== undefined && position.journal) || undefined;
  const after_at = position.at || undefined;
  const held = { token, after, journal, after_at };
  const fields = {
    name,
    password,
    ...held,
    features: FEATURES,
    client,
    device,
    owner_key: ownerKey,
  };
  return { type: "join", ...JSON.parse(JSON.stringify(fields)) }; // without what is undefined
}
