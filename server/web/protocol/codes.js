/** How a client reacts to each code of the server: go on, try again, or end. */

/** @import {Problem, Wire} from "../network/api.js" */

// Refusals after which a client that was a member goes on trying, and those after which it does
// not. Any other code is tried again only where the server says when (`retry_after`).
const TEMPORARY = ["bad_token", "name_taken", "room_full", "too_many", "shutting_down"];
const FINAL = ["bad_name", "bad_password", "bad_request", "banned", "kicked", "locked"];

/** Errors after which the same message is sent again. */
export const BUSY = ["rate_limited", "storage", "unavailable", "slow"];
/** The error after which an act or a change is sent again, too: the room may have taken it. */
export const UNDECIDED = "unavailable";
/** Refusals of one host of a room; another one may let the member in. */
export const OF_THE_HOST = ["shutting_down", "storage", "unavailable"];
/** Reasons of one's own `left` after which a client does not come back by itself. */
export const REMOVED = ["kicked", "banned"];
/** Seconds after which the device of a kicked member may join again. */
const REJOIN_AFTER = 60;

export const CLOSE_LEFT = 1000;
export const CLOSE_REPLACED = 4001;
/** @type {Record<number, string>} */
const CLOSED = { 1001: "server_closed", 4008: "too_slow", 4029: "flooded" };

/** Whether a client that was a member tries to join again. @param {Problem} refusal */
export function isTemporary({ code, retryAfter }) {
  return !FINAL.includes(code) && (TEMPORARY.includes(code) || retryAfter !== undefined);
}

/** Why the connection is lost, by its close code. @type {(code: number) => Problem} */
export const afterClose = (code) => ({ code: CLOSED[code] ?? "connection_lost" });

/** The problem of a `refused`, an `error`, an error of HTTP. @type {(answer: Wire) => Problem} */
export function problemOf({ code, params, reason, retry_after: retryAfter }) {
  return { code, params, reason, retryAfter };
}

/** The problem that one's own `left` tells of. @type {(left: Wire) => Problem} */
export function removal({ reason, by, text }) {
  const params = { ...(by !== undefined && { by }), ...(text !== undefined && { text }) };
  return { code: reason, params, retryAfter: reason === "kicked" ? REJOIN_AFTER : undefined };
}
