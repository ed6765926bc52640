/**
 * HTTP: the answer to `GET /room`, refusals, and why a server cannot be reached.
 *
 * @module
 */

import { ProblemError, decodeFailure, decodeRoom } from "../protocol/checks.js";
import { problemOf } from "../protocol/codes.js";

/** @import {Problem, Wire} from "./api.js" */
/** @typedef {{status: number, body: string, header: (name: string) => string | null}} Answer */

const CONNECT_WITHIN = 10;

/** The server cannot be reached, or cannot do it now. `counts`: as a failed attempt. */
export class TryAgain extends ProblemError {
  counts = true;
}

/** @param {string} code @param {Record<string, any>} [params] @param {typeof ProblemError} [kind] */
export const problemError = (code, params, kind = ProblemError) => new kind({ code, params });

/** 128 random bits in base64url; `crypto.randomUUID` is not there without TLS. */
export const newId = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** @param {number} seconds @returns {Promise<void>} */
export const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/**
 * Return the answer to a request, whose body is short.
 *
 * @param {string} path
 * @param {RequestInit} init with the signal that ends it
 * @param {number} [seconds] for all of it
 * @returns {Promise<Answer>}
 * @throws {TryAgain}
 */
export async function request(path, init, seconds = CONNECT_WITHIN) {
  const stop = new AbortController();
  const end = () => stop.abort();
  init.signal?.addEventListener("abort", end);
  const timer = setTimeout(end, seconds * 1000);
  try {
    const given = { ...init, signal: stop.signal };
    const answer = await fetch(path, { cache: "no-store", redirect: "manual", ...given });
    const header = (/** @type {string} */ name) => answer.headers.get(name);
    return { status: answer.status, body: await answer.text(), header };
  } catch {
    if (stop.signal.aborted) {
      throw problemError("no_answer", { host: location.hostname }, TryAgain);
    }
    throw problemError("connection_refused", { server: location.host }, TryAgain);
  } finally {
    clearTimeout(timer);
    init.signal?.removeEventListener("abort", end);
  }
}

/**
 * Return the answer to `GET /room`; null where the server has none.
 *
 * @param {AbortSignal} [signal]
 * @returns {Promise<Wire | null>}
 * @throws {ProblemError}
 */
export async function askRoom(signal) {
  const answer = await request("/room", { signal });
  const { status, body } = answer;
  const server = location.host;
  if (status === 200) {
    try {
      return decodeRoom(body);
    } catch {
      throw problemError("not_a_chatroom", { server });
    }
  }
  if (status === 0) throw problemError("redirected", { server });
  if (status === 429) throw problemError("too_many_connections", { server }, TryAgain);
  if (status >= 500) throw problemError("starting", { server }, TryAgain);
  if (status === 421) throw new ProblemError(refusal(answer));
  return null;
}

/**
 * Return why the server refused a request: as its body says, or else by its status.
 *
 * @param {Answer} answer
 * @param {Record<number, Problem>} [byStatus]
 * @returns {Problem}
 */
export function refusal({ status, body, header }, byStatus = {}) {
  /** @type {Problem} */
  let why = byStatus[status] ?? { code: "http_status", params: { status } };
  try {
    why = problemOf(decodeFailure(body));
  } catch {
    // the body says no more
  }
  const seconds = header("Retry-After") ?? "";
  if (why.retryAfter !== undefined || !/^\d{1,5}$/.test(seconds)) return why;
  return { ...why, retryAfter: Number(seconds) };
}
