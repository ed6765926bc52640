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
 * @typedef {{do: "tell", event: NetworkEvent}} Tell tell the controller
 * @typedef {Open | Send | HangUp | Tell} Step
 *
 * @typedef {(value: any) => any} Check returns a value of the wire, cut to its limits
 *
 * @typedef {object} Settings
 * @property {string} client the name and version of this program, for the server's report
 * @property {string} origin that of the page, which is that of the first host
 * @property {(low: number, high: number) => number} [uniform] a random number between two
 */

export {};
