/** Makes items of a conversation as the controller would. @module */

/** @import { Extras, FileCard, Heading, Message, Picture, Quote, Run } from "../../../server/web/view/contract.js" */

export const COLOURS = {
  alice: 0,
  bob: 2,
  chandra: 4,
  dmitri: 5,
  Éloïse: 1,
  田中: 6,
  محمد: 7,
  נועה: 9,
};

/** @typedef {keyof typeof COLOURS} Name */

let seq = 100;

/** @param {Name} name @param {string} time @returns {Heading} */
export const heading = (name, time) => ({
  time,
  iso: `2026-11-20T${time}:00Z`,
  name,
  colour: COLOURS[name],
  role: name === "alice" ? "owner" : name === "dmitri" ? "moderator" : "member",
});

/**
 * @param {Name} name
 * @param {string} time
 * @param {string | Run[]} text
 * @param {{first?: boolean} & Partial<Message>} [how]
 * @param {Partial<Message["extras"]>} [extras]
 * @returns {Message}
 */
export function message(name, time, text, { first = true, ...how } = {}, extras = {}) {
  const runs = typeof text === "string" ? [] : text;
  return {
    kind: "message",
    seq: seq++,
    text: typeof text === "string" ? text : text.map((run) => run.text).join(""),
    runs,
    heading: first ? heading(name, time) : null,
    time,
    iso: `2026-11-20T${time}:00Z`,
    name,
    mention: false,
    own: name === "alice",
    emote: false,
    extras: { ...NONE, editableUntil: name === "alice" ? 4e9 : 0, ...extras },
    ...how,
  };
}

const svg = (/** @type {string} */ box, /** @type {string} */ inside) =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${box}" width="${box.replace(" ", '" height="')}" preserveAspectRatio="xMidYMid slice">${inside}</svg>`,
  )}`;

const HALL = svg(
  "840 540",
  '<g transform="scale(3)"><path fill="#dfe6ee" d="M0 0h280v180H0z"/><path fill="#b9d3ea" d="M20 18h240v66H20z"/><path fill="#8fb0a0" d="M20 84V66l44-16 52 20 60-28 84 34v8z"/><path stroke="#f7f9fb" stroke-width="5" d="M80 18v66m60-66v66m60-66v66M20 18h240v66H20z" fill="none"/><path fill="#c9b79c" d="M0 118h280v62H0z"/><path fill="#8d6f4e" d="M24 104h96l-12 16H8zm136 0h96l16 16H172zM0 140h124l-14 24H0zm156 0h124v24H170z"/><path fill="#2f3947" d="M44 86h24v16H44zm36 0h24v16H80zm96 0h24v16h-24zm36 0h24v16h-24z"/></g>',
);
const RACK = svg(
  "420 264",
  '<g transform="scale(3)"><path fill="#39424f" d="M0 0h140v88H0z"/><path fill="#1f2530" d="M26 8h88v72H26z"/><path fill="#56616f" d="M32 16h76v14H32zm0 20h76v14H32zm0 20h76v14H32z"/><path fill="#7fd19b" d="M36 21h4v4h-4zm8 0h4v4h-4zm8 0h4v4h-4zM36 41h4v4h-4zM36 61h4v4h-4z"/><path d="M98 23c30 4 6 30 42 34M98 43c20 2 8 26 42 30" stroke="#e1b549" stroke-width="3" fill="none"/></g>',
);
const CAKE = svg(
  "264 420",
  '<g transform="scale(3)"><path fill="#f1dfe4" d="M0 0h88v140H0z"/><path fill="#c98a9d" d="M0 110h88v30H0z"/><ellipse cx="44" cy="112" rx="40" ry="6" fill="#fff"/><path fill="#7a4a35" d="M12 70h64v40H12z"/><path fill="#fff6ec" d="M12 66h64v14c-5 8-9 0-13 0s-8 8-13 0-9 6-13 0-8 6-12 0-8 8-13 0z"/><path stroke="#2f59b3" stroke-width="4" d="M28 48v16m16-16v16m16-16v16"/></g>',
);
/** @type {[string, Picture][]} */
export const PICTURES = [
  ["hall.jpg", { url: HALL, thumb: HALL, width: 840, height: 540 }],
  ["rack.png", { url: RACK, thumb: RACK, width: 420, height: 264 }],
  ["cake.webp", { url: CAKE, thumb: CAKE, width: 264, height: 420 }],
];

/** @type {Extras} */
export const NONE = { quote: null, chips: [], edited: "", pinned: false, editableUntil: 0 };

/** @param {number} seq @param {string} name @param {number} colour @param {string} text @returns {Quote} */
export const quote = (seq, name, colour, text, gone = false) => ({
  seq,
  name,
  colour,
  text,
  gone,
});

/** @param {string} emoji @param {number} count @param {boolean} mine @param {string} names */
export const chip = (emoji, count, mine, names) => ({ emoji, count, mine, names });

/**
 * @param {number} seq
 * @param {Partial<FileCard>} [more]
 * @returns {FileCard}
 */
export const file = (seq, more) => ({
  kind: "file",
  seq,
  fileId: `f${seq}`,
  name: "setup-notes.txt",
  speaker: "bob",
  size: "2.4 KB",
  preview: "",
  url: `/files/f${seq}`,
  heading: null,
  time: "10:05",
  iso: "2026-11-20T10:05:00Z",
  own: false,
  type: "text",
  picture: null,
  extras: NONE,
  ...more,
});

/** @param {number} seq @param {number} place @param {Partial<FileCard>} [more] */
export function picture(seq, place, more) {
  const [name, picture] = /** @type {[string, Picture]} */ (PICTURES[place % PICTURES.length]);
  return file(seq, {
    name,
    speaker: "Éloïse",
    size: "84 KB",
    type: "picture",
    picture,
    time: "10:08",
    ...more,
  });
}
