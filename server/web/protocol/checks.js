/**
 * Reads what a server sends and holds it to the limits of the protocol (docs/protocol.md), before
 * anything else sees it. Texts that are too long are cut. Numbers and lists that cannot be right
 * mean a server that does not keep to the protocol.
 *
 * @module
 */

/** @import {Problem, Wire} from "../network/api.js" */

const HIGHEST = Number.MAX_SAFE_INTEGER;
const FRAME = 1024 * 1024;
const UNKNOWN = 16 * 1024;
const USERS = 2000;

/** Carries a `problem`. */
export class ProblemError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** A frame, or an event in it, has a shape that this version cannot read. */
export class Malformed extends Error {}

/** @typedef {(value: any) => any} Check returns the value, cut to its limits */

/** @type {(right: boolean) => void} */
const must = (right) => {
  if (!right) throw new ProblemError({ code: "protocol_broken" });
};

/** @type {(kind: string) => Check} */
const typed = (kind) => (value) => {
  if (typeof value !== kind) throw new Malformed();
  return value;
};
const bool = typed("boolean");
const number = typed("number");
const string = typed("string");

/** @type {Check} */
const integer = (value) => {
  if (!Number.isInteger(value)) throw new Malformed();
  return value;
};
/** @type {Check} */
const count = (value) => {
  must(integer(value) >= 0 && value <= HIGHEST);
  return value;
};
/** @type {Check} */
const seq = (value) => {
  must(integer(value) >= 1 && value <= HIGHEST);
  return value;
};
/** @type {(most: number) => Check} */
const upTo = (most) => (value) => Math.min(Math.max(integer(value), 0), most);

/** @type {(most: number, end?: string) => Check} characters are code points */
const cut =
  (most, end = "…") =>
  (value) => {
    if (string(value).length <= most) return value;
    const characters = Array.from(value.slice(0, 2 * most + 2));
    if (characters.length <= most) return value;
    return characters.slice(0, most - end.length).join("") + end;
  };
/** Replace the control characters of a text, except line feeds and tabs. @param {string} text */
export const defuse = (text) =>
  text.replace(/\r\n?/g, "\n").replace(/(?![\n\t])\p{Cc}/gu, "\ufffd");
/** @type {(most: number) => Check} */
const line = (most) => (value) => defuse(cut(most)(value)).replace(/[\n\t]/g, " ");
const name = line(32);
const word = line(64);
const told = line(200);

/** @type {(check: Check, otherwise?: any) => Check} */
const optional = (check, otherwise) => (value) =>
  value === undefined ? otherwise : check(value);
/** @type {(check: Check, most: number) => Check} */
const list = (check, most) => (value) => {
  if (!Array.isArray(value)) throw new Malformed();
  must(value.length <= most);
  return value.map(check);
};
/** @type {(fields: Record<string, Check>) => Check} */
const object = (fields) => (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Malformed();
  }
  /** @type {Wire} */
  const made = {};
  for (const [field, check] of Object.entries(fields)) {
    const checked = check(value[field]);
    if (checked !== undefined) made[field] = checked;
  }
  return made;
};

const member = optional(integer);
const muted = optional(object({ until: word }));
/** @type {Check} */
const id = (value) => (string(value).length > 64 ? undefined : value);
/** @type {Check} */
const features = (value) => list(word, Infinity)(value?.slice?.(0, 64) ?? value);
/** @type {Check} */
const journal = (value) => {
  must(string(value).length <= 200);
  return value;
};
/** @type {Check} */
const token = (value) => {
  must(/^[!-~]{1,1000}$/.test(string(value)));
  return value;
};
/** @type {Check} */
const at = (value) => (string(value).length > 64 ? "" : value);

const PATH =
  /^\/files\/[\w-]{1,64}\/(?!\.{1,2}$)(?:[\w.~!$&'()*+,;=:@-]|%[\dA-F]{2}){1,1440}$/i;

const file = object({
  id: cut(64, ""),
  name: line(120),
  size: count,
  // No file has an empty checksum, and nothing can be hidden in it.
  sha256: (value) => (/^[\da-f]{64}$/i.test(string(value)) ? value : ""),
  lines: upTo(HIGHEST),
  preview: (value) => cut(1000, "")(string(value).split("\n", 12).join("\n")),
  url: (value) => (PATH.test(string(value)) ? value : ""),
});

const event = { type: string, seq, at, name, member };
const deleted = optional(object({ by: name, at: word }));
const act = { ...event, id: optional(id) };
const onMember = { ...act, target: told, target_member: member };
/** @type {Record<string, Check>} */
const EVENTS = {
  said: object({ ...act, text: cut(8000), deleted }),
  shared: object({ ...act, file: optional(file), deleted }),
  joined: object(event),
  left: object({ ...act, reason: word, by: optional(told), text: optional(told) }),
  role: object({ ...onMember, role: told }),
  banned: object({ ...onMember, until: optional(told), text: optional(told) }),
  unbanned: object({ ...act, target: told }),
  muted: object({ ...onMember, until: optional(told) }),
  slowed: object({ ...act, seconds: upTo(3600) }),
  locked: object({ ...act, on: bool }),
  topic: object({ ...act, text: told }),
  deleted: object({ ...act, target: integer }),
};

/** @type {Check} values that a sentence can show */
const params = (value) => {
  /** @type {Record<string, any>} */
  const kept = {};
  for (const [name, each] of Object.entries(object({})(value) && value).slice(0, 16)) {
    const key = name.slice(0, 64);
    if (typeof each === "string") kept[key] = line(256)(each);
    else if (typeof each === "number" && Math.abs(each) <= HIGHEST) kept[key] = each;
  }
  return kept;
};
const failure = {
  code: word,
  reason: line(500),
  params: optional(params),
  retry_after: optional(number),
};

/** @type {Check} */
const events = (value) => {
  if (!Array.isArray(value)) throw new Malformed();
  must(value.length <= 1000);
  return value.map(anyEvent).filter((each) => each !== null);
};
const page = { type: string, id: string, events, more: bool, before: optional(count) };

/** @type {Record<string, Check>} */
const REPLIES = {
  welcome: object({
    type: string,
    you: name,
    token,
    seq: count,
    reset: bool,
    max_users: upTo(USERS),
    limits: object({ text: upTo(8000), file: upTo(HIGHEST) }),
    members: list(
      object({
        name,
        since: word,
        state: optional(word, "active"),
        member,
        role: optional(word, "member"),
        muted: optional(word),
      }),
      USERS,
    ),
    room: word,
    journal: optional(journal, ""),
    version: optional(integer, 1),
    member,
    features: optional(features, []),
    key: optional(word),
    role: optional(word, "member"),
    topic: optional(told, ""),
    locked: optional(bool, false),
    slow: optional(upTo(3600), 0),
    muted,
  }),
  refused: object({ type: string, ...failure }),
  error: object({ type: string, id: optional(string), ...failure }),
  presence: object({ type: string, name, state: word, member }),
  accepted: object({ type: string, id: string, seq: integer }),
  history: (value) => {
    const history = object({ ...page, after: optional(count) })(value);
    /** @type {Wire[]} */
    const all = history.events;
    must(all.every((each, place) => place === 0 || all[place - 1]?.seq < each.seq));
    return history;
  },
  found: (value) => {
    const found = object(page)(value);
    must(found.events.length <= 100);
    return found;
  },
  report: object({
    type: string,
    id: string,
    active: upTo(USERS),
    max_users: upTo(USERS),
    started: word,
    members: list(
      object({
        name,
        address: word,
        port: count,
        door: word,
        tls: bool,
        worker: count,
        since: word,
        idle: (value) => {
          must(number(value) >= 0 && value <= HIGHEST);
          return value;
        },
        state: word,
        sent: count,
        received: count,
        member,
        client: optional(word),
        role: optional(word, "member"),
      }),
      USERS,
    ),
  }),
  bans: object({
    type: string,
    id: string,
    bans: list(
      object({
        ban: count,
        name,
        by: name,
        at: word,
        until: (value) => (value === null || value === undefined ? null : word(value)),
        text: optional(told, ""),
      }),
      20_000,
    ),
  }),
};

/**
 * Return the event in the order of `seq`. One of an unknown type, or shape, has the type
 * `unknown`, and its JSON in `raw` unless that is long; null: it has no `seq`, so it is none.
 *
 * @param {any} value
 * @returns {Wire | null}
 */
function anyEvent(value) {
  const type = value?.type;
  if (typeof value !== "object" || Object.hasOwn(REPLIES, type)) return null;
  try {
    if (Object.hasOwn(EVENTS, type)) return EVENTS[type]?.(value);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  if (!Number.isInteger(value?.seq) || value.seq < 1) return null;
  const raw = JSON.stringify(value).length <= UNKNOWN ? value : undefined;
  const when = typeof value.at === "string" ? at(value.at) : "";
  return { type: "unknown", seq: seq(value.seq), at: when, name: "", raw };
}

/**
 * Return the message in a frame; null for one of an unknown type that is no event.
 *
 * @param {string} frame
 * @returns {Wire | null}
 * @throws {Malformed} the frame is to be ignored
 * @throws {ProblemError} the server does not keep to the protocol
 */
export function decode(frame) {
  must(frame.length <= FRAME);
  const value = parse(frame);
  if (typeof value?.type !== "string") throw new Malformed();
  const reply = Object.hasOwn(REPLIES, value.type) ? REPLIES[value.type] : undefined;
  return reply === undefined ? anyEvent(value) : reply(value);
}

/** Return the answer to `GET /room`. Throws as `decode`. @type {(body: string) => Wire} */
export const decodeRoom = (body) => ROOM(parse(body));
/** Return the body of an HTTP answer with an error. Throws as `decode`. @type {(body: string) => Wire} */
export const decodeFailure = (body) => object(failure)(parse(body));

const ROOM = object({
  room: word,
  journal,
  features,
  password: bool,
  active: integer,
  max_users: integer,
  version: optional(integer, 1),
  key: optional(word),
});

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed();
  }
}
