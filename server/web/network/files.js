/** A shared file, read to be shown. A download that was cut goes on from there. */

import { TRANSFER_ATTEMPTS, wait } from "../protocol/backoff.js";
import { ProblemError, defuse } from "../protocol/checks.js";
import { TryAgain, askRoom, hostOf, problemError, sleep } from "./http.js";

/** @import {Wire} from "./api.js" */

const SHOWN_BYTES = 10 * 1024 * 1024;
const SILENT_AFTER = 60;
const LOST = { code: "connection_lost" };

/**
 * See `Network`; nothing is fetched from another room.
 *
 * @param {Wire} file
 * @param {string} journal
 * @param {string} host the origin of the host to ask; empty: that of the page
 */
export async function fetchText(file, journal, host = "") {
  if (!file.url) throw problemError("bad_url");
  const part = { charset: "", bytes: new Uint8Array(Math.min(file.size, SHOWN_BYTES)), at: 0 };
  for (let failures = 1; ; failures++) {
    try {
      if (journal && (await askRoom(undefined, host))?.journal !== journal) {
        throw problemError("other_room", { server: hostOf(host) });
      }
      await read({ ...file, url: host + file.url }, part);
      break;
    } catch (error) {
      if (!(error instanceof TryAgain) || !part.at || failures === TRANSFER_ATTEMPTS)
        throw error;
      await sleep(wait(failures));
    }
  }
  const cut = file.size > SHOWN_BYTES;
  return { text: defuse(decode(part.bytes, part.charset, cut)), cut };
}

/** @param {Wire} file @param {{charset: string, bytes: Uint8Array, at: number}} part */
async function read(file, part) {
  const { bytes } = part;
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), SILENT_AFTER * 1000);
  try {
    /** @type {Record<string, string>} */
    const headers = part.at
      ? { Range: `bytes=${part.at}-`, "If-Range": `"${file.sha256}"` }
      : {};
    const answer = await fetch(file.url, { headers, redirect: "manual", signal: stop.signal });
    check(answer.status);
    if (answer.status === 200) part.at = 0;
    const type = answer.headers.get("Content-Type") ?? "";
    part.charset = /charset=([\w-]+)/.exec(type)?.[1] ?? "";
    const reader = answer.body?.getReader();
    while (part.at < bytes.length) {
      const block = await reader?.read();
      if (!block?.value) throw new TryAgain(LOST);
      bytes.set(block.value.subarray(0, bytes.length - part.at), part.at);
      part.at = Math.min(part.at + block.value.length, bytes.length);
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SILENT_AFTER * 1000);
    }
  } catch (error) {
    throw error instanceof ProblemError ? error : new TryAgain(LOST);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

/** @param {number} status */
function check(status) {
  if (status === 404 || status === 410) throw problemError("gone");
  if (status === 503) throw new TryAgain(LOST);
  if (status !== 200 && status !== 206) throw problemError("http_status", { status });
}

/** @param {Uint8Array} bytes @param {string} charset @param {boolean} stream it may be cut */
function decode(bytes, charset, stream) {
  const [a, b] = bytes;
  const bom =
    a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : "";
  for (const label of [bom, charset, "utf-8"]) {
    try {
      const fatal = label === "utf-8";
      if (label) return new TextDecoder(label, { fatal }).decode(bytes, { stream });
    } catch {
      // no such encoding, or not this one
    }
  }
  return new TextDecoder("windows-1252").decode(bytes);
}
