/**
 * Files that are uploaded: one at a time, in order, each shared once.
 *
 * After a lost connection the rest of the file is sent under the same key, by which the server
 * knows it. A file that it would refuse for certain is refused here, before its turn comes.
 */

import { TRANSFER_ATTEMPTS, wait } from "../protocol/backoff.js";
import { ProblemError } from "../protocol/checks.js";
import { UNDECIDED } from "../protocol/codes.js";
import { unfit } from "./fitting.js";
import { TryAgain, askRoom, noAnswer, refusal, request, sleep } from "./http.js";

/** @import {NetworkEvent, Problem} from "./api.js" */
/** @import {Answer, Job, Member, Source, Timer} from "./types.js" */

const PROGRESS_EVERY = 100;
const STALLED_AFTER = 30;
/** Seconds. Each attempt sends the file, so one that is refused again costs something. */
const LEAST_WAIT = 1;

/** @type {Record<number, Problem>} for an answer whose body does not say more */
const BY_STATUS = {
  401: { code: "not_joined", params: { rule: "files" } },
  403: { code: "forbidden" },
  411: { code: "length_required" },
  413: { code: "file_too_large" },
  415: { code: "not_text" },
  429: { code: "rate_limited" },
  503: { code: "storage", params: { rule: "unreachable" } },
  507: { code: "storage", params: { rule: "quota" } },
};
const TEMPORARY = [408, 429, 502, 503, 504];
const LOST = { code: "connection_lost" };

/** The uploads of one membership. `close` it when that ends. */
export class UploadQueue {
  #member;
  #tell;
  /** @type {Map<string, Source>} */
  #waiting = new Map();
  #key = "";
  #confirmed = false;
  /** The server may have the beginning of the file with this key. */
  #begun = "";
  /** @type {AbortController | null} */
  #stop = null;
  #closed = false;

  /** @param {Member} member @param {(event: NetworkEvent) => void} tell */
  constructor(member, tell) {
    this.#member = member;
    this.#tell = tell;
  }

  /** Share a file when its turn comes. @param {string} key @param {Source} file */
  async add(key, file) {
    if (this.#closed) return;
    this.#waiting.set(key, file);
    this.#next();
    if (!this.#waiting.has(key)) return;
    const problem = await unfit(file, this.#limits);
    if (problem && this.#waiting.delete(key))
      this.#tell({ kind: "uploadFailed", key, problem });
  }

  /** Stop this one; no further event tells of it. @param {string} key */
  cancel(key) {
    this.#waiting.delete(key);
    if (key === this.#key) this.#stop?.abort();
  }

  /** The room has a file with this key, also where the answer was lost. @param {string} key */
  confirm(key) {
    if (key === this.#key) this.#confirmed = true;
  }

  close() {
    this.#closed = true;
    this.#waiting.clear();
    this.#stop?.abort();
  }

  get #limits() {
    return this.#member.protocol.limits;
  }

  async #next() {
    const [next] = this.#waiting;
    if (this.#stop || !next) return;
    const [key, file] = next;
    this.#waiting.delete(key);
    this.#key = key;
    this.#confirmed = false;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    /** @type {Job["tell"]} */
    const tell = (kind, more) => signal.aborted || this.#tell({ kind, key, ...more });
    const stopped = new Promise((done) => signal.addEventListener("abort", done));
    try {
      await Promise.race([stopped, this.#upload({ key, file, signal, tell })]);
      tell("uploadDone");
    } catch (error) {
      const problem = error instanceof ProblemError ? error.problem : { code: "internal" };
      tell("uploadFailed", { problem });
    }
    this.#stop = null;
    this.#key = "";
    this.#next();
  }

  /** @param {Job} job */
  async #upload(job) {
    for (let failures = 0; ;) {
      if (!this.#member.live) {
        failures = 0;
        job.tell("uploadRetrying", { problem: LOST });
        await this.#member.ready();
      }
      if (job.signal.aborted || this.#confirmed) return;
      /** @type {Problem} */
      let problem = { code: "rejoined" };
      try {
        if (await this.#attempt(job)) return;
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error;
        problem = error.problem;
        if (!error.counts) failures = problem.retryAfter === undefined ? 0 : -1;
      }
      failures += 1;
      if (failures === TRANSFER_ATTEMPTS) throw new ProblemError(problem);
      job.tell("uploadRetrying", { problem });
      await sleep(wait(failures, problem.retryAfter));
    }
  }

  /** Send it once. Return false where the membership changed meanwhile. @param {Job} job */
  async #attempt({ key, file, signal, tell }) {
    const { token, roomJournal } = this.#member.protocol;
    const { host } = this.#member;
    if (roomJournal && (await askRoom(signal, host))?.journal !== roomJournal) {
      throw new TryAgain(LOST); // the WebSocket will find another room here, or none
    }
    const begun = this.#begun === key;
    const problem = await unfit(file, this.#limits, begun ? "file_changed" : "file_unreadable");
    if (problem) throw new ProblemError(problem);
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${token}`, "Idempotency-Key": key };
    const offset = begun ? await uploadOffset(headers, file.size, signal, host) : 0;
    signal.throwIfAborted();
    this.#begun = key;
    const progress = (/** @type {number} */ sent) =>
      tell("uploadProgress", { fraction: (offset + sent) / (file.size || 1) });
    progress(0);
    headers["Content-Disposition"] = disposition(file.name);
    headers["Content-Type"] = "application/octet-stream"; // the server looks at the content
    if (offset) headers["Upload-Offset"] = `${offset}`;
    const answer = await post(file.slice(offset), headers, signal, progress, host);
    if (answer.status === 201) return true;
    if (answer.status === 401 && token !== this.#member.protocol.token) return false;
    if (answer.status === 409 && offset) this.#begun = ""; // all of it is sent next
    throw failed(answer, offset > 0);
  }
}

/** @param {Answer} answer @param {boolean} partly */
function failed(answer, partly) {
  const { status } = answer;
  const why = refusal(answer, BY_STATUS);
  // The member may send later, or the room cannot decide anything at present.
  const waits = status === 403 && (why.retryAfter ?? 0) >= LEAST_WAIT;
  if (waits || (status === 503 && why.code === UNDECIDED)) {
    return Object.assign(new TryAgain(why), { counts: false });
  }
  const again = TEMPORARY.includes(status) || (status === 409 && partly);
  return new (again ? TryAgain : ProblemError)(why);
}

/**
 * How many bytes the server has, of an upload that was cut.
 *
 * @param {Record<string, string>} headers
 * @param {number} size
 * @param {AbortSignal} signal
 * @param {string} host
 */
async function uploadOffset(headers, size, signal, host) {
  const ask = { method: "HEAD", headers, signal };
  const answer = await request("/files", ask, STALLED_AFTER, host);
  const offset = answer.header("Upload-Offset") ?? "";
  const known = answer.status === 200 && /^\d{1,16}$/.test(offset) && Number(offset) <= size;
  return known ? Number(offset) : 0;
}

/**
 * Send a body by XMLHttpRequest, which alone tells the progress.
 *
 * @param {Blob} body
 * @param {Record<string, string>} headers
 * @param {AbortSignal} signal
 * @param {(sent: number) => void} progress
 * @param {string} host
 * @returns {Promise<Answer>}
 */
function post(body, headers, signal, progress, host) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    /** @type {Timer} */
    let stalled;
    let told = 0;
    const wait = () => {
      clearTimeout(stalled);
      stalled = setTimeout(abort, STALLED_AFTER * 1000);
    };
    const answer = () => ({
      status: request.status,
      body: request.responseText,
      header: (/** @type {string} */ name) => request.getResponseHeader(name),
    });
    request.open("POST", `${host}/files`);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      wait();
      if (performance.now() - told < PROGRESS_EVERY) return;
      told = performance.now();
      progress(loaded);
    };
    request.onload = () => resolve(answer());
    request.onerror = () => reject(new TryAgain(LOST));
    request.onabort = () => reject(noAnswer(host));
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    wait();
    request.send(body);
  });
}

/** The Content-Disposition of a file (RFC 6266, RFC 8187). @param {string} name */
export function disposition(name) {
  const known = name.replace(/\p{Surrogate}/gu, "?");
  const escape = (/** @type {string} */ one) =>
    `%${one.charCodeAt(0).toString(16).toUpperCase()}`;
  return `attachment; filename*=UTF-8''${encodeURIComponent(known).replace(/['()*]/g, escape)}`;
}
