/**
 * The types of this folder's insides. Types only.
 *
 * @module
 */

/** @import {Problem, StoredMessage, Wire} from "./api.js" */
/** @import {ClientProtocol} from "../protocol/protocol.js" */
/** @import {Step} from "../protocol/state.js" */

/**
 * @typedef {ReturnType<typeof setTimeout> | undefined} Timer
 * @typedef {(protocol: ClientProtocol, now: number) => Step[]} Input
 * @typedef {{status: number, body: string, header: (name: string) => string | null}} Answer
 *
 * @typedef {object} Handler what happens to a connection; none is called after `hangUp`, `closed`
 *   or `unreachable`
 * @property {(room: Wire | null) => void} room
 * @property {() => void} opened
 * @property {(message: Wire) => void} message
 * @property {(code: number) => void} closed 1006 where the server gave no code
 * @property {(problem: Problem) => void} unreachable
 *
 * @typedef {Blob & {name: string}} Source a file to upload
 * @typedef {object} Member what an upload reads of the membership, which may change meanwhile
 * @property {() => Promise<void>} ready wait for a live connection
 * @property {boolean} live
 * @property {string} host the origin of the host that it is connected to; empty: that of the page
 * @property {{token?: string, roomJournal: string, limits: {file: number, files: string}}} protocol
 *
 * @typedef {object} Job an upload under way
 * @property {string} key
 * @property {Source} file
 * @property {AbortSignal} signal ends it; nothing more is told of it
 * @property {(kind: any, more?: object) => void} tell
 *
 * @typedef {StoredMessage & {tab: string}} Row
 * @typedef {object} Rows where outgoing messages are kept
 * @property {() => Promise<Row[]>} all
 * @property {(tabs: string[], to: string) => Promise<Row[]>} take those of `tabs` become those of
 *   another, at once
 * @property {(row: Row) => Promise<void>} put
 * @property {(id: string) => Promise<void>} delete
 */

export {};
