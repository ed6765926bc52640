/** Whether a room takes a file, as far as its size and its beginning tell. */

/** @import {Problem} from "./api.js" */

const SAMPLE = 64 * 1024;
/** How the pictures begin that a room for pictures takes: PNG, JPEG, GIF, WebP. */
const PICTURE = /^(\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF[^]{4}WEBP)/;

/**
 * Return why the room will not take this file, if so.
 *
 * @param {Blob} file
 * @param {{file: number, files: string}} limits
 * @returns {Promise<Problem | null>}
 */
export async function unfit(file, { file: most, files }, unreadable = "file_unreadable") {
  const have = file.size;
  if (have > most) return { code: "too_long", params: { rule: "file", most, have } };
  try {
    const bytes = new Uint8Array(await file.slice(0, SAMPLE).arrayBuffer());
    if (files !== "text" && files !== "pictures") return null; // the server knows
    if (files === "pictures" && PICTURE.test(String.fromCharCode(...bytes.slice(0, 16)))) {
      return null;
    }
    const utf16 = ["255,254", "254,255"].includes(bytes.slice(0, 2).join());
    if (!bytes.includes(0) || utf16) return null;
    return { code: "not_text", ...(files === "pictures" && { params: { rule: "pictures" } }) };
  } catch {
    return { code: unreadable };
  }
}
