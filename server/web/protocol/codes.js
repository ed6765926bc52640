/**
 * How a client reacts to each code of the server: go on, try again, or end.
 *
 * @module
 */

/** @import {Problem, Wire} from "../network/api.js" */

// Refusals after which a client that was a member goes on trying, and those after which it does
// not. Any other code is tried again only where the server says when (`retry_after`).
const TEMPORARY = ["bad_token", "name_taken", "room_full", "too_many", "shutting_down"];
const FINAL = ["bad_name", "bad_password", "bad_request", "banned", "kicked", "locked"];

/** Errors after which the same message is sent again. */
export const BUSY = ["rate_limited", "storage", "unavailable", "slow"];
/** Reasons of one's own `left` after which a client does not come back by itself. */
export const REMOVED = ["kicked", "banned"];
/** Seconds after which the device of a kicked member may join again (docs/protocol.md). */
const REJOIN_AFTER = 60;

// Close codes of WebSocket (RFC 6455, section 7.4), and the protocol's own from 4000 on.
export const CLOSE_LEFT = 1000;
export const CLOSE_REPLACED = 4001;
/** @type {Record<number, string>} */
const CLOSED = { 1001: "server_closed", 4008: "too_slow", 4029: "flooded" };

/**
 * Return whether a client that was a member tries to join again after this refusal.
 *
 * @param {Problem} refusal
 */
export function isTemporary({ code, retryAfter }) {
  return !FINAL.includes(code) && (TEMPORARY.includes(code) || retryAfter !== undefined);
}

/**
 * Return why the connection is lost, by the close code of its WebSocket.
 *
 * @param {number} code
 * @returns {Problem}
 */
export function afterClose(code) {
  return { code: CLOSED[code] ?? "connection_lost" };
}

/**
 * Return the problem that a `refused`, an `error` or an error of HTTP tells of.
 *
 * @param {Wire} answer
 * @returns {Problem}
 */
export function problemOf(answer) {
  const { code, params, reason, retry_after: retryAfter } = answer;
  return { code, params, reason, retryAfter };
}

/**
 * Return the problem that one's own `left` tells of: who did it and why, in its params.
 *
 * @param {Wire} left
 * @returns {Problem}
 */
export function removal(left) {
  /** @type {Record<string, string>} */
  const params = {};
  if (left.by !== undefined) params.by = left.by;
  if (left.text !== undefined) params.text = left.text;
  const retryAfter = left.reason === "kicked" ? REJOIN_AFTER : undefined;
  return { code: left.reason, params, retryAfter };
}
