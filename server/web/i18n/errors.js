/**
 * Why something failed, as a sentence (client_mvc/i18n/errors.py). The server sends a code, values
 * and its English sentence. German has a sentence by code and rule (`de_problems.js`), English only those
 * with a time or a size in them; both have one by code alone, for values that are not known. Those
 * about files and links are in `file_errors.js` and `link_errors.js`.
 *
 * @module
 */

import { fill, problems, language, shortDay, size, t } from "./translate.js";

/** @typedef {{code: string, params?: Record<string, any>, reason?: string}} Problem */

/** @type {Record<string, string>} by code */
export const SENTENCES = {
  // of the server
  name_taken: "That name is taken.",
  room_full: "The room is full.",
  bad_name: "That name is not allowed.",
  bad_password: "The password is wrong.",
  too_many: "Too many attempts. Try again in a moment.",
  bad_token: "Your membership has ended. Join again.",
  banned: "You are banned from this room.",
  "banned.until": "You are banned from this room until {until}.",
  kicked: "You were removed from this room.",
  locked: "This room is locked: nobody new can join.",
  forbidden: "This room does not allow that.",
  shutting_down: "The server is shutting down.",
  storage: "The server cannot write to its disk now.",
  bad_request: "The request is not valid.",
  not_joined: "You are not a member of this room.",
  rate_limited: "Too many requests. Try again in a moment.",
  muted: "You are muted and cannot send now.",
  "muted.until": "You are muted until {until}. This was not sent.",
  slow: "This room is in slow mode. Wait a moment.",
  not_found: "This does not exist, or no longer.",
  unavailable: "The room does not answer. Try again in a moment.",
  "unavailable.joins":
    "Nobody can join now: too few of the room's hosts reach each other. Try again in a moment.",
  "unavailable.majority":
    "The room cannot take messages now: too few of its hosts reach each other. What you send is kept and sent again.",
  empty: "The message is empty.",
  too_long: "The message is too long.",
  unknown_type: "This server cannot do that.",
  tls_required: "This room takes encrypted connections only.",
  bad_method: "This server cannot do that.",
  wrong_host: "This server does not answer to this name. Use its address.",
  upgrade_required: "The request is not valid.",
  // of the network and of this page
  connection_lost: "The connection was lost.",
  host_cut_off: "This host of the room does not reach the others.",
  connection_refused: "The room at {server} is closed, or the network is down.",
  not_loaded: "This part of the page could not be loaded. Try again.",
  no_answer: "No computer answers at {host}. Check the network.",
  no_socket:
    "This browser loads the page, but blocks its connection to the room. Install the room's certificate, or ask the owner to start the room with --tls optional.",
  not_a_chatroom: "{server} is not a chatroom any more.",
  redirected: "{server} refers to another address. Enter that one if you trust it.",
  too_many_connections: "Too many connections to {server}. Try again in a moment.",
  starting: "The room is starting or closing. Try again in a moment.",
  internal: "Something went wrong in this page. Reload it.",
  disconnected: "You are disconnected. Try again after reconnecting.",
  server_closed: "The server is restarting or was closed.",
  too_slow: "Your connection was too slow.",
  flooded: "The server closed the connection: too many messages at once.",
  no_welcome: "The server did not answer.",
  no_receipt: "The server did not confirm a message in time.",
  missed_events: "The server left out messages.",
  dropped: "The server dropped your connection because it heard nothing from you.",
  protocol_broken: "This server does not keep to the protocol.",
  other_room: "There is another room here now. Nothing was sent to it.",
  replaced: "You joined from another tab.",
  unknown_fate: "The connection was lost; this may have been sent. Send again?",
  earlier_room: "This was for an earlier room.",
  left_over: "This was not sent when you were here before.",
  half_character: "The text has half a character in it, which cannot be sent.",
};

/** Take in sentences that are loaded later. */
export const addSentences = (/** @type {Record<string, string>} */ more) =>
  Object.assign(SENTENCES, more);

/** Seconds; a mute that lasts so long is one until somebody ends it. */
export const UNDONE = 3_650 * 86_400;

/** Fill in all values of a sentence; "" where there is none, or it needs others. */
function worded(/** @type {string} */ key, /** @type {Record<string, any>} */ values) {
  const text = problems()[key] ?? SENTENCES[key];
  const filled = typeof text === "string" ? fill(text, values) : "{";
  return filled.includes("{") ? "" : filled;
}

/** Return the sentence for a problem. */
export function sentence(/** @type {Problem} */ { code, params = {}, reason = "" }) {
  const values = { ...params, ...sizes(code, params), ...until(params) };
  const rule = params.rule ?? (params.until && "until");
  const exact = rule ? worded(`${code}.${rule}`, values) : "";
  const general = worded(code, values);
  // The server's own sentence says more than one by code alone.
  const best = exact || (language() === "en" ? reason || general : general || reason);
  return best || t("The server refused the request ({code}).", { code: code.slice(0, 40) });
}

/** The time `until` as people write it. */
function until(/** @type {Record<string, any>} */ params) {
  const end = new Date(params.until);
  const left = (end.getTime() - Date.now()) / 1000;
  if (Number.isNaN(left)) return {};
  if (left >= UNDONE) return { until: t("a moderator ends it") };
  const time = end.toTimeString().slice(0, 5);
  const today = end.toDateString() === new Date().toDateString();
  return { until: today ? time : `${shortDay(end)}, ${time}` };
}

/** The sizes in the largest unit that tells them apart. */
function sizes(
  /** @type {string} */ code,
  /** @type {Record<string, any>} */ { rule, have, most },
) {
  if (code !== "too_long" || rule !== "file") return {};
  const exact = size(have) === size(most);
  return { have: size(have, exact), most: size(most, exact) };
}
