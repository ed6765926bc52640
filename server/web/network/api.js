/**
 * The seam between the controller and the network: commands one way, events the other.
 *
 * Types only. `kind` tells the events apart. Requests, answers and events of the room are the
 * JSON objects of docs/protocol.md, already checked (`protocol/checks.js`). The desktop client
 * has the same seam (client_mvc/network/api.py).
 *
 * @module
 */

/**
 * @typedef {Record<string, any>} Wire a JSON object of docs/protocol.md, with its `type`
 * @typedef {{code: string, params?: Record<string, any>, reason?: string, retryAfter?: number}} Problem
 *   what went wrong; `reason` is the server's English sentence, `retryAfter` is in seconds
 * @typedef {{id: string, text: string, tried: boolean, reply_to?: number}} OutgoingMessage
 *   `tried`: it may have been sent before; whether it was is unknown
 */

/**
 * What a client needs to join. `token` resumes a membership. `after` is the last `seq` held, of
 * the journal `journal`, and `afterAt` is that event's `at`. `outgoing` and the token are for the
 * room of `journal`; empty: for any room at this address.
 *
 * @typedef {object} JoinOptions
 * @property {string} name
 * @property {string} [password]
 * @property {string} [token]
 * @property {number} [after]
 * @property {string} [afterAt]
 * @property {string} [journal]
 * @property {OutgoingMessage[]} [outgoing]
 * @property {string} [device]
 * @property {string} [ownerKey]
 */

/**
 * Why a membership ended: nothing more is tried. Only `left` may have no `problem`.
 *
 * @typedef {"left" | "refused" | "unreachable" | "replaced" | "removed" | "other_room"} EndReason
 */

/**
 * @typedef {{kind: "roomFound", room: Wire | null, known: boolean}} RoomFound
 *   the server answered `GET /room`, before anything else was sent; not `known`: it is another
 *   room than the one of `journal`, and `ended` follows
 * @typedef {{kind: "welcomed", welcome: Wire, forget: boolean}} Welcomed
 *   the client is a member; `forget`: events held before do not connect to new ones
 * @typedef {{kind: "caughtUp"}} CaughtUp all events up to `welcome.seq` are here
 * @typedef {{kind: "disconnected", problem: Problem, attempt: number, delay: number}} Disconnected
 *   the connection is lost; attempt number `attempt` follows in `delay` seconds
 * @typedef {{kind: "reconnecting", attempt: number}} Reconnecting attempt `attempt` has begun
 * @typedef {{kind: "ended", why: EndReason, problem: Problem | null, clean: boolean}} Ended
 *   `clean`: the server confirmed the `leave`, so the token is void
 *
 * @typedef {{kind: "majority", has: boolean}} MajorityChanged the room can take messages no more, or
 *   again; it still sends what is there to read
 * @typedef {{kind: "hosts", hosts: string[]}} HostsChanged
 *   the room has these hosts now, by URL, that of the connection first
 *
 * @typedef {{kind: "event", event: Wire}} EventReceived
 *   the next event in the order of `seq`: each comes once, and none is left out. One that this
 *   version does not know has the type `unknown`, and its JSON in `raw` unless that is long
 * @typedef {{kind: "presence", presence: Wire}} PresenceReceived
 * @typedef {{kind: "typing", typing: Wire}} TypingReceived somebody is writing
 * @typedef {{kind: "history" | "found" | "bans", answer: Wire}} AnswerReceived
 * @typedef {{kind: "report", report: Wire, latency: number}} ReportReceived
 *   `latency`: seconds from the request to the answer
 * @typedef {{kind: "requestFailed", id: string, problem: Problem}} RequestFailed
 *   the id is empty where the server did not name it
 * @typedef {{kind: "requestDelayed", id: string, problem: Problem}} RequestDelayed
 *   the room cannot decide the request now; the client sends it again by itself
 *
 * @typedef {{kind: "confirmed", id: string}} MessageConfirmed the server has this message
 * @typedef {{kind: "delayed", id: string, problem: Problem}} MessageDelayed
 *   the server cannot take the message now; the client sends it again by itself
 * @typedef {{kind: "failed", id: string, problem: Problem}} MessageFailed
 *   the message is not sent unless the person asks for it again
 *
 * @typedef {{kind: "uploadProgress", key: string, fraction: number}} UploadProgress
 * @typedef {{kind: "uploadRetrying", key: string, problem: Problem}} UploadRetrying
 *   the file could not be sent now; the client tries again by itself
 * @typedef {{kind: "uploadDone", key: string}} UploadDone the server has the file
 * @typedef {{kind: "uploadFailed", key: string, problem: Problem}} UploadFailed
 *
 * @typedef {RoomFound | Welcomed | CaughtUp | Disconnected | Reconnecting | MajorityChanged
 *   | HostsChanged | Ended | EventReceived
 *   | PresenceReceived | TypingReceived | AnswerReceived | ReportReceived | RequestFailed | RequestDelayed | MessageConfirmed
 *   | MessageDelayed | MessageFailed | UploadProgress | UploadRetrying | UploadDone | UploadFailed
 * } NetworkEvent
 */

/**
 * The commands. None of them blocks. Each `connect` begins a session; events of an earlier
 * session are never told again.
 *
 * @typedef {object} Network
 * @property {() => Promise<Wire | null>} room `GET /room`; null: the server does not answer
 * @property {(options: JoinOptions, tell: (event: NetworkEvent) => void) => void} connect join
 * @property {(message: OutgoingMessage) => void} send send a message after those before it
 * @property {() => void} reconnectNow make the next attempt without a further wait
 * @property {() => void} checkNow find out whether the connection still lives (after sleep, when
 *   the page is shown again, when the network is back), and replace it if not
 * @property {() => void} leave leave for good; `ended` follows within about two seconds
 * @property {() => void} typing tell the others that the person is writing; to be called with
 *   each change of a text, it sends less often
 * @property {(query: Wire) => void} ask send a request with an `id`; its answer, or
 *   `requestFailed`, has the same id
 * @property {(key: string, file: Blob & {name: string}) => void} upload share a file after those
 *   before it; `key` is its Idempotency-Key
 * @property {(file: Blob) => Promise<Problem | null>} unfit why the room will not take this file
 * @property {(key: string) => void} cancelUpload no further event tells of it
 * @property {(file: Wire) => Promise<{text: string, cut: boolean}>} fetchText read a shared file
 *   to show it; `cut`: it is longer than this. Rejects with a `ProblemError`
 * @property {(path: string) => string} place the URL of a path of the room, at the host that the page
 *   is connected to
 * @property {string[]} hosts the origins of the room's other hosts
 */

/**
 * What outlives a page. All of it is void, and the controller goes on, where the browser keeps
 * nothing (private windows).
 *
 * @typedef {{id: string, text: string, name: string, journal: string, tried: boolean,
 *   failed?: Problem, order: number, reply_to?: number}} StoredMessage an outgoing message, kept
 *   until it is confirmed
 * @typedef {{token: string, name: string, after: number | null, afterAt: string, journal: string}}
 *   StoredMembership
 *
 * @typedef {object} Store
 * @property {string} tab the id of this tab; another one than that of a tab it was copied from
 * @property {() => StoredMembership | null} membership of this tab, after a reload
 * @property {(membership: StoredMembership | null) => void} keepMembership
 * @property {() => Promise<StoredMessage[]>} outgoing those of this tab, oldest first
 * @property {() => Promise<StoredMessage[]>} leftOver those of closed tabs; from now on they belong
 *   to this one. Tabs that a browser restores begin together: ask a moment after the start
 * @property {(message: StoredMessage) => Promise<void>} keep write before sending, or again;
 *   this and `forget` take effect in the order of their calls
 * @property {(id: string) => Promise<void>} forget
 * @property {(name: string) => any} preference a choice or a draft of the person; undefined: none
 * @property {(name: string, value: any) => void} prefer
 */

export {};
