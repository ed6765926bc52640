/**
 * Reads what a server sends and holds it to the limits of the protocol (docs/protocol.md), before
 * anything else sees it. Texts that are too long are cut. Numbers and lists that cannot be right
 * mean a server that does not keep to the protocol.
 */

/** @import {Problem, Wire} from "../network/api.js" */
/** @import {Check} from "./state.js" */

const HIGHEST = Number.MAX_SAFE_INTEGER;
const FRAME = 1024 * 1024;
const UNKNOWN = 16 * 1024;
const USERS = 2000;
const EMOJI = 40;
const REACTION_KINDS = 20;
const REACTIONS = 500;
const QUOTE = 120;
const PINS = 20;

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

/** @type {(right: boolean, value: any) => any} */
const shaped = (right, value) => {
  if (right) return value;
  throw new Malformed();
};
/** @type {(right: boolean, value: any) => any} */
const within = (right, value) => {
  if (right) return value;
  throw new ProblemError({ code: "protocol_broken" });
};

/** @type {(kind: string) => Check} */
const typed = (kind) => (value) => shaped(typeof value === kind, value);
const bool = typed("boolean");
const number = typed("number");
const string = typed("string");
/** @type {Check} */
const integer = (value) => shaped(Number.isInteger(value), value);

/** @type {(check: Check, least: number) => Check} */
const atLeast = (check, least) => (value) =>
  within(check(value) >= least && value <= HIGHEST, value);
const count = atLeast(integer, 0);
const seq = atLeast(integer, 1);
/** @type {(most: number) => Check} */
const upTo = (most) => (value) => Math.min(Math.max(integer(value), 0), most);

/** Characters are code points. @type {(most: number, end?: string) => Check} */
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
const maybeWord = optional(word);
const maybeTold = optional(told);
/** @type {(check: Check, most: number) => Check} */
const list = (check, most) => (value) =>
  within(shaped(Array.isArray(value), value).length <= most, value).map(check);
/** @type {(fields: Record<string, Check>) => Check} besides its `type` */
const object = (fields) => (value) => {
  shaped(typeof value === "object" && value !== null && !Array.isArray(value), value);
  /** @type {Wire} */
  const made = value.type === undefined ? {} : { type: value.type };
  for (const [field, check] of Object.entries(fields)) {
    const checked = check(value[field]);
    if (checked !== undefined) made[field] = checked;
  }
  return made;
};

const member = optional(integer);
const id = optional((value) => (string(value).length > 64 ? undefined : value));
const features = /** @type {Check} */ ((value) => list(word, 64)(value?.slice?.(0, 64)));
const journal = /** @type {Check} */ ((value) => within(string(value).length <= 200, value));
const token = /** @type {Check} */ (
  (value) => within(/^[!-~]{1,1000}$/.test(string(value)), value)
);
const at = /** @type {Check} */ ((value) => (string(value).length > 64 ? "" : value));
/** @type {(pattern: RegExp) => Check} */
const like = (pattern) => (value) => (pattern.test(string(value)) ? value : "");
const NAME = "\\/(?!\\.{1,2}$)(?:[\\w.~!$&'()*+,;=:@-]|%[\\dA-F]{2}){1,1440}";
const path = new RegExp(`^\\/files\\/[\\w-]{1,64}${NAME}$`, "i");
const thumb = new RegExp(`^\\/\\w{1,20}\\/[\\w-]{1,64}(${NAME})?$`, "i");
const pixels = optional(upTo(100_000));

const file = object({
  id: cut(64, ""),
  name: line(120),
  size: count,
  // No file has an empty checksum, and nothing can be hidden in it.
  sha256: like(/^[\da-f]{64}$/i),
  lines: upTo(HIGHEST),
  preview: (value) => cut(1000, "")(string(value).split("\n", 12).join("\n")),
  url: like(path),
  type: maybeWord,
  width: pixels,
  height: pixels,
  thumb: optional(like(thumb)),
});

const event = { seq, at, name, member };
const act = { ...event, id };
const change = { ...act, target: integer };
const reactor = object({ member: integer, name });
/** Those of an emoji that is none, and of too many, are left out. @type {Check} */
const reactions = (value) => {
  object({})(value);
  let rest = REACTIONS;
  const kept = Object.entries(value)
    .filter(([emoji]) => emoji.length <= 2 * EMOJI)
    .slice(0, REACTION_KINDS)
    .map(([emoji, all]) => {
      const those = list(reactor, Infinity)(all).slice(0, rest);
      rest -= those.length;
      return [line(EMOJI)(emoji), those];
    })
    .filter(([, those]) => those.length);
  return kept.length ? Object.fromEntries(kept) : undefined;
};
/** How a message or file stands after its changes. */
const standing = {
  ...act,
  deleted: optional(object({ by: name, at: word })),
  edited: maybeWord,
  reactions: optional(reactions),
  pinned: optional(bool),
};
const quote = optional(object({ name, text: line(QUOTE) }));
const onMember = { ...act, target: told, target_member: member };
/** @type {Record<string, Check>} */
const EVENTS = {
  said: object({ ...standing, text: cut(8000), reply_to: optional(seq), quote }),
  shared: object({ ...standing, file: optional(file) }),
  joined: object(event),
  left: object({ ...act, reason: word, by: maybeTold, text: maybeTold }),
  role: object({ ...onMember, role: told }),
  banned: object({ ...onMember, until: maybeTold, text: maybeTold }),
  unbanned: object({ ...act, target: told }),
  muted: object({ ...onMember, until: maybeTold }),
  slowed: object({ ...act, seconds: upTo(3600) }),
  locked: object({ ...act, on: bool }),
  topic: object({ ...act, text: told }),
  deleted: object(change),
  edited: object({ ...change, text: cut(8000) }),
  reacted: object({ ...change, emoji: line(EMOJI), on: bool }),
  pinned: object({ ...change, on: bool }),
  renamed: object({ ...act, to: name }),
};

/** The values that a sentence can show. @type {Check} */
const params = (value) => {
  object({})(value);
  /** @type {Record<string, any>} */
  const kept = {};
  for (const [name, each] of Object.entries(value).slice(0, 16)) {
    const key = name.slice(0, 64);
    if (typeof each === "string") kept[key] = line(256)(each);
    else if (typeof each === "number" && Math.abs(each) <= HIGHEST) kept[key] = each;
  }
  return kept;
};
const reason = line(500);
const failure = { code: word, reason, params: optional(params), retry_after: optional(number) };

/** @type {(most: number) => Check} */
const events = (most) => (value) =>
  list(anyEvent, most)(value).filter((/** @type {Wire | null} */ each) => each);
const role = optional(word, "member");
const before = optional(count);
const described = { name, member, since: word, role };
const note = optional(line(100));
/** Those that are no origin are left out. @type {Check} */
const hosts = (value) =>
  list(
    string,
    Infinity,
  )(value)
    .slice(0, 16)
    .map((/** @type {string} */ url) => HOST.exec(url)?.[1]?.toLowerCase())
    .filter(Boolean);
const HOST = /^(https?:\/\/(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?)\/?$/i;
const isContent = (/** @type {Wire} */ { type }) => type === "said" || type === "shared";
/** @type {Record<string, Check>} */
const REPLIES = {
  welcome: object({
    you: name,
    token,
    seq: count,
    reset: bool,
    max_users: upTo(USERS),
    limits: object({
      text: upTo(8000),
      file: upTo(HIGHEST),
      files: optional(word, "text"),
      edit: optional(atLeast(number, 0), 0),
    }),
    members: list(
      object({ ...described, state: optional(word, "active"), muted: maybeWord, note }),
      USERS,
    ),
    room: word,
    journal: optional(journal, ""),
    version: optional(integer, 1),
    member,
    features: optional(features, []),
    key: maybeWord,
    role,
    topic: optional(told, ""),
    locked: optional(bool, false),
    slow: optional(upTo(3600), 0),
    muted: optional(object({ until: word })),
    hosts: optional(hosts),
    pins: optional((value) => events(PINS)(value?.slice?.(-PINS)).filter(isContent), []),
  }),
  refused: object(failure),
  error: object({ id: optional(string), ...failure }),
  presence: object({ name, state: word, member, note, id }),
  typing: object({ name, member }),
  majority: object({ on: bool }),
  hosts: object({ hosts }),
  accepted: object({ id: string, seq: integer }),
  history: (value) => {
    const checked = object({
      id: string,
      events: events(1000),
      more: bool,
      before,
      after: before,
    });
    const history = checked(value);
    let last = 0;
    for (const { seq } of history.events) last = within(seq > last, seq);
    return history;
  },
  found: object({ id: string, events: events(100), more: bool, before }),
  report: object({
    id: string,
    active: upTo(USERS),
    max_users: upTo(USERS),
    started: word,
    members: list(
      object({
        ...described,
        address: word,
        port: count,
        door: word,
        tls: bool,
        worker: count,
        idle: atLeast(number, 0),
        state: word,
        sent: count,
        received: count,
        client: maybeWord,
        host: maybeWord,
      }),
      USERS,
    ),
  }),
  bans: object({
    id: string,
    bans: list(
      object({
        ban: count,
        name,
        by: name,
        at: word,
        until: (value) => (value ? word(value) : null),
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
  if (Object.hasOwn(REPLIES, type)) return null;
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
 * Return the message in a frame; null for one of an unknown type that is no event. Throws
 * `Malformed` if it is to be ignored, and `ProblemError` if it breaks the protocol.
 *
 * @param {string} frame
 * @returns {Wire | null}
 */
export function decode(frame) {
  within(frame.length <= FRAME, frame);
  const value = parse(frame);
  const type = string(value?.type);
  return Object.hasOwn(REPLIES, type) ? REPLIES[type]?.(value) : anyEvent(value);
}

const ROOM = object({
  room: word,
  journal,
  features,
  password: bool,
  active: integer,
  max_users: integer,
  version: optional(integer, 1),
  key: maybeWord,
  majority: optional(bool),
});
/** The answer to `GET /room`. Throws as `decode`. @type {(body: string) => Wire} */
export const decodeRoom = (body) => ROOM(parse(body));
/** The body of an error of HTTP. Throws as `decode`. @type {(body: string) => Wire} */
export const decodeFailure = (body) => object(failure)(parse(body));

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed();
  }
}
