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
export const noAnswer = (host = "") =>
  problemError("no_answer", { host: hostOf(host).replace(/:\d+$/, "") }, TryAgain);

/** Host and port of an origin; of this page's server without one. @param {string} origin */
export const hostOf = (origin) => origin.replace(/^https?:\/\//, "") || location.host;

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
 * @param {string} [host] the origin of another host of the room
 * @returns {Promise<Answer>}
 */
export async function request(path, init, seconds, host = "") {
  const stop = new AbortController();
  const end = () => stop.abort();
  init.signal?.addEventListener("abort", end);
  const timer = setTimeout(end, seconds * 1000);
  try {
    const given = { ...init, signal: stop.signal };
    const how = /** @type {const} */ ({ cache: "no-store", redirect: "manual" });
    const answer = await fetch(host + path, { ...how, ...given });
    const header = (/** @type {string} */ name) => answer.headers.get(name);
    return { status: answer.status, body: await answer.text(), header };
  } catch {
    const offline = globalThis.navigator?.onLine === false;
    if (stop.signal.aborted || offline) throw noAnswer(host);
    throw problemError("connection_refused", { server: hostOf(host) }, TryAgain);
  } finally {
    clearTimeout(timer);
    init.signal?.removeEventListener("abort", end);
  }
}

/**
 * Return the first answer to `GET /room`, over one connection or two.
 *
 * @param {AbortSignal} signal
 * @param {string} host
 * @param {number} within
 */
async function firstAnswer(signal, host, within) {
  const ask = () => request("/room", { signal }, within, host);
  let timer;
  const again = new Promise((done) => (timer = setTimeout(done, AGAIN_AFTER * 1000)));
  try {
    return await Promise.race([ask(), again.then(ask)]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The answer to `GET /room`, if there is one. Throws `ProblemError`.
 *
 * @param {AbortSignal} [signal]
 * @param {string} [host] the origin of another host of the room
 * @param {number} [within] the seconds that the server has
 */
export async function askRoom(signal, host = "", within = CONNECT_WITHIN) {
  const stop = new AbortController();
  const end = () => stop.abort();
  signal?.addEventListener("abort", end);
  const answer = await firstAnswer(stop.signal, host, within).finally(() => {
    signal?.removeEventListener("abort", end);
    end();
  });
  const { status } = answer;
  const server = { server: hostOf(host) };
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
