/** Finds the page of the room that somebody types or pastes (shared/joinlink.py). @module */

import { decode } from "./short_code.js";

// http or https, the first host, its port, the parameters.
const LINK =
  /^(?:chatroom:\/\/|(https?):\/\/)?(\[[\da-f:.]+\]|[^\s:@\\<>"'`{}|^%[\],/?#]+)(?::(\d{1,5}))?(?:,[^/?#]*)?(?:[/?][^#]*)?(?:#(.*))?$/i;
const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/i;

const bad = (/** @type {Record<string, string>} */ params = {}) => ({
  problem: { code: "bad_link", params },
});

/**
 * Return the URL of the page, with the owner's key of the link; or why there is none.
 *
 * What could also be a name, such as R2M0-2509, is taken for a mistyped code: once the browser
 * looks for a computer of that name, this page is gone and cannot say so.
 *
 * @param {string} typed a code, a link, the address of a page, `host` or `host:port`
 * @returns {{url: string} | ReturnType<typeof bad>}
 */
export function pageOf(typed) {
  const text = typed.trim();
  const code = decode(text);
  if ("address" in code) return linked(code.address);
  const { rule } = code;
  if (/\s/.test(text)) return /[:./]/.test(text) ? bad() : bad({ rule });
  if (rule === "code_check") return bad({ rule: "code_or_name", text });
  return linked(/^[\da-f]*:[\da-f]*:[\da-f:.]*$/i.test(text) ? `[${text}]` : text); // IPv6
}

/** Encrypted, unless the link has http:// or leads to this computer. @param {string} text */
function linked(text) {
  const found = LINK.exec(text);
  if (!found) return bad();
  const [, web, host = "", port, parameters = ""] = found;
  const scheme = web ?? (LOOPBACK.test(host) ? "http" : "https");
  const at = port ? `:${port}` : web ? "" : ":18000";
  const owner = /(?:^|&)(owner=[^&]+)/.exec(parameters)?.[1];
  return { url: `${scheme}://${host}${at}/`.toLowerCase() + (owner ? `#${owner}` : "") };
}
