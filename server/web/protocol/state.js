/**
 * The states of a membership, the steps of `ClientProtocol`, and more types.
 *
 * ```
 * waiting ──► connecting ──► joining ──► replaying ──► ready
 *    ▲             │            │            │           │
 *    └─────────────┴────────────┴────────────┴───────────┤  (the connection is lost)
 *                                         leaving ──► ended
 * ```
 *
 * @module
 */

/** @import {NetworkEvent, Wire} from "../network/api.js" */

/**
 * @typedef {"waiting" | "connecting" | "joining" | "replaying" | "ready" | "leaving" | "ended"}
 *   ClientState
 *
 * @typedef {{do: "open"}} Open request `GET /room`, call `roomFound`, and unless told to hang up,
 *   open a socket; then call `opened`, or `unreachable` where either of them fails
 * @typedef {{do: "send", request: Wire}} Send send this on the open socket
 * @typedef {{do: "hangUp"}} HangUp close the socket, or stop opening it; from then on its inputs
 *   are ignored
 * @typedef {{do: "askHosts", hosts: string[]}} AskHosts request `GET /room` of these hosts beside
 *   the open socket, and call `hostsAsked`
 * @typedef {{do: "tell", event: NetworkEvent}} Tell tell the controller
 * @typedef {Open | Send | HangUp | AskHosts | Tell} Step
 *
 * @typedef {(value: any) => any} Check returns a value of the wire, cut to its limits
 *
 * @typedef {object} Settings
 * @property {string} client the name and version of this program, for the server's report
 * @property {string} origin that of the page, which is that of the first host
 * @property {(low: number, high: number) => number} [uniform] a random number between two
 */

/** The states in which events and answers are taken. */
export const MEMBER = ["replaying", "ready", "leaving"];
export const ANSWERS = ["history", "found", "bans", "report"];
/**
 * The seconds that the server has to answer `join`, for each event of the replay and for all of it,
 * and to confirm a `leave`; then the client disconnects without.
 */
export const WITHIN = { answer: 15, silent: 30, replay: 600, leave: 2 };
