/** Made-up values of a conversation: replies, reactions, pictures, files, edits. @module */

/** @import { EmojiRow, FileKind, PinRow } from "../../../server/web/view/contract.js" */

import { NONE, chip, file, heading, message, picture } from "./items.js";

/** A picture alone, two, and five in a row. */
export const albums = [
  picture(300, 0, { speaker: "bob", heading: heading("bob", "10:20") }),
  picture(301, 2, { speaker: "chandra", heading: heading("chandra", "10:21") }),
  picture(302, 0, {
    speaker: "dmitri",
    heading: heading("dmitri", "10:22"),
    extras: { ...NONE, chips: [chip("👍", 2, false, "alice, bob")] },
  }),
  picture(303, 1, { speaker: "dmitri" }),
  picture(304, 0, { speaker: "田中", heading: heading("田中", "10:23") }),
  ...[1, 2, 0, 1, 2].map((place, at) => picture(305 + at, place, { speaker: "田中" })),
];

/** A card of each kind of file. */
export const kinds = /** @type {[FileKind, string][]} */ ([
  ["text", "server.log"],
  ["picture", "plan.svg"],
  ["sound", "anthem.flac"],
  ["film", "hall.mov"],
  ["document", "seating.pdf"],
  ["archive", "maps.zip"],
  ["program", "setup.exe"],
  ["other", "save.dat"],
]).map(([type, name], at) =>
  file(330 + at, { type, name, heading: at ? null : heading("bob", "10:24") }),
);

export const poem = message(
  "bob",
  "10:25",
  Array.from({ length: 27 }, (_, at) => `Line ${at + 1} of what is left to do.`).join("\n"),
);

/** @type {PinRow[]} */
export const pins = [
  {
    seq: 102,
    day: "Today",
    time: "10:01",
    name: "alice",
    colour: 0,
    text: "The room moves to hall 2 today. The plan is at wiki.example.org/lan",
  },
  {
    seq: 60,
    day: "Yesterday",
    time: "18:20",
    name: "bob",
    colour: 2,
    text: "setup-notes.txt",
  },
];

const NAMES = ["thumbs up", "red heart", "tears of joy", "party popper", "open mouth", "eyes"];
/** @type {EmojiRow[]} */
export const usual = ["👍", "❤️", "😂", "🎉", "😮", "👀"].map((emoji, at) => ({
  emoji,
  name: NAMES[at] ?? "",
}));
/** @type {EmojiRow[]} as many as there are */
export const emoji = [
  ...usual,
  ...Array.from({ length: 1900 }, (_, at) => ({
    emoji: String.fromCodePoint(at < 80 ? 0x1f600 + at : 0x1f300 + (at % 250)),
    name: `emoji ${at}`,
  })),
];
