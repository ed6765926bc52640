/** What kind of file it is, for its icon: by its content, as the server found it, or its name. @module */

/** @import {FileKind} from "../view/contract.js" */

/** @type {[FileKind, RegExp][]} */
const TYPES = [
  ["text", /^text\//],
  ["picture", /^image\//],
  ["sound", /^audio\//],
  ["film", /^video\//],
  ["document", /pdf|msword|officedocument|opendocument|epub|rtf/],
  ["archive", /zip|tar|bzip2|-xz|zstd|7z|rar/],
];
/** @type {[FileKind, RegExp][]} A document of an office is an archive too, by its content. */
const NAMES = [
  [
    "program",
    /\.(exe|msi|com|scr|bat|cmd|ps1|vbs|js|jar|apk|app|deb|rpm|appimage|sh|run|desktop)$/i,
  ],
  ["document", /\.(pdf|docx?|xlsx?|pptx?|od[tspg]|epub|rtf)$/i],
  ["sound", /\.(mp3|ogg|opus|flac|wav|m4a|aac)$/i],
  ["film", /\.(mp4|m4v|mkv|webm|mov|avi)$/i],
  ["archive", /\.(zip|tar|gz|tgz|bz2|xz|zst|7z|rar)$/i],
  ["picture", /\.(png|jpe?g|gif|webp|avif|heic|svg|bmp|tiff?)$/i],
];

/** @type {(type: string | undefined, name: string) => FileKind} */
export function kindOf(type = "text/plain", name) {
  const by = (/** @type {[FileKind, RegExp][]} */ table, /** @type {string} */ value) =>
    table.find(([, pattern]) => pattern.test(value))?.[0];
  const content = by(TYPES, type);
  const called = by(NAMES, name);
  if (content === "text" || content === "picture") return content;
  if (called === "program") return called; // it may begin like a sound
  if (content && content !== "archive") return content;
  return called ?? content ?? "other";
}
