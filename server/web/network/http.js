/** HTTP: the answer to `GET /room`, refusals, and why a server cannot be reached. */

import { ProblemError, decodeFailure, decodeRoom } from "../protocol/checks.js";
import { problemOf } from "../protocol/codes.js";

/** @import {Problem} from "./api.js" */
/** @import {Answer} from "./types.js" */

const CONNECT_WITHIN = 10;
/** After so many seconds another connection is tried: one that was kept may be dead after sleep. */
const AGAIN_AFTER = 1.5;

/** The server cannot be reached, or cannot do it now. `counts`: as a failed attempt. */
export class TryAgain extends ProblemError {
  counts = true;
}

/** @param {string} code @param {Record<string, any>} [params] */
export const problemError = (code, params, kind = ProblemError) => new kind({ code, params });
export const noAnswer = () => problemError("no_answer", { host: location.hostname }, TryAgain);

/** 128 random bits in base64url; `crypto.randomUUID` is not there without TLS. */
export const newId = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** @param {number} seconds */
export const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/**
 * Return the answer to a request, whose body is short. Throws `TryAgain`.
 *
 * @param {string} path
 * @param {RequestInit} init
 * @param {number} seconds for all of it
 * @returns {Promise<Answer>}
 */
export async function request(path, init, seconds) {
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
    const offline = globalThis.navigator?.onLine === false;
    if (stop.signal.aborted || offline) throw noAnswer();
    throw problemError("connection_refused", { server: location.host }, TryAgain);
  } finally {
    clearTimeout(timer);
    init.signal?.removeEventListener("abort", end);
  }
}

/** Return the first answer to `GET /room`, over one connection or two. @param {AbortSignal} signal */
async function firstAnswer(signal) {
  const ask = () => request("/room", { signal }, CONNECT_WITHIN);
  let timer;
  const again = new Promise((done) => (timer = setTimeout(done, AGAIN_AFTER * 1000)));
  try {
    return await Promise.race([ask(), again.then(ask)]);
  } finally {
    clearTimeout(timer);
  }
}

/** The answer to `GET /room`, if there is one. Throws `ProblemError`. @param {AbortSignal} [signal] */
export async function askRoom(signal) {
  const stop = new AbortController();
  const end = () => stop.abort();
  signal?.addEventListener("abort", end);
  const answer = await firstAnswer(stop.signal).finally(() => {
    signal?.removeEventListener("abort", end);
    end();
  });
  const { status } = answer;
  const server = { server: location.host };
  if (status === 200) {
    try {
      return decodeRoom(answer.body);
    } catch {
      throw problemError("not_a_chatroom", server);
    }
  }
  if (status === 0) throw problemError("redirected", server);
  if (status === 429) throw problemError("too_many_connections", server, TryAgain);
  if (status >= 500) throw problemError("starting", server, TryAgain);
  if (status === 421) throw new ProblemError(refusal(answer, {}));
  return null;
}

/**
 * Return why the server refused a request: as its body says, or else by its status.
 *
 * @param {Answer} answer
 * @param {Record<number, Problem>} byStatus
 * @returns {Problem}
 */
export function refusal({ status, body, header }, byStatus) {
  let why = byStatus[status] ?? { code: "http_status", params: { status } };
  try {
    why = problemOf(decodeFailure(body));
  } catch {
    // the body says no more
  }
  const seconds = header("Retry-After") ?? "";
  if (!/^\d{1,5}$/.test(seconds)) return why;
  return { ...why, retryAfter: why.retryAfter ?? Number(seconds) };
}
