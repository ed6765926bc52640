/**
 * The `join` of a client: who it is, what it holds, and what it understands.
 *
 * @module
 */

/** @import {JoinOptions, Wire} from "../network/api.js" */
/** @import {Position} from "./position.js" */

const FEATURES = ["moderation", "deleting"];

/**
 * Return the request that joins, resumes with `token`, or rejoins after `position`.
 *
 * @param {JoinOptions} options
 * @param {string | undefined} token
 * @param {Position} position
 * @param {string} client the name and version of this program, for the server's report
 * @returns {Wire}
 */
export function request(options, token, position, client) {
  const held = position.seq !== null;
  const join = {
    type: "join",
    name: options.name,
    password: options.password,
    token,
    after: held ? position.seq : undefined,
    journal: (held && position.journal) || undefined,
    after_at: position.at || undefined,
    features: FEATURES,
    client,
    device: options.device,
    owner_key: options.ownerKey,
  };
  return withoutUndefined(join);
}

/** @param {Wire} request */
function withoutUndefined(request) {
  const fields = Object.entries(request).filter(([, value]) => value !== undefined);
  return /** @type {Wire} */ (Object.fromEntries(fields));
}
