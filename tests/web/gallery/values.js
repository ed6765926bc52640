/** Made-up values for the gallery: a room as it looks on an ordinary day. @module */

/** @import { Item, MemberRow, Pending } from "../../../server/web/view/contract.js" */

import { COLOURS, chip, file, heading, message, picture, quote } from "./items.js";

/** @typedef {import("./items.js").Name} Name */

const CODE = `import socket

for host in range(2, 40):  # the router is .1
    name = socket.getfqdn(f"10.0.2.{host}")
    print(host, name)
`;

const PREVIEW = `# Before you come
1. bring a cable, 5 m at least
2. update the game
3. python -m client_mvc --server hall2:18000`;

/** @type {Item[]} */
export const conversation = [
  { kind: "beginning", text: "This is where the history begins." },
  { kind: "day", text: "Thursday 19 November" },
  message(
    "dmitri",
    "18:40",
    [
      {
        text: "This finds who else is on the switch. Run it once the cables are in:\n",
        style: "plain",
      },
      { text: "```python\n", style: "mark" },
      { text: CODE, style: "block" },
      { text: "```", style: "mark" },
    ],
    {},
    {
      chips: [chip("👍", 4, true, "alice, bob, chandra and 田中"), chip("🚀", 1, false, "bob")],
    },
  ),
  {
    kind: "deleted",
    seq: 7,
    text: "Message deleted by dmitri",
    heading: null,
    time: "18:41",
    iso: "2026-11-19T18:41:00Z",
    name: "dmitri",
  },
  message("נועה", "18:52", "שלום לכולם! אני מביאה מתג עם 24 יציאות ושני כבלים של Cat 6."),
  message(
    "محمد",
    "18:55",
    "شكراً! سأصل في الساعة 11:30 ومعي ثلاث شاشات.",
    {},
    {
      quote: quote(
        102,
        "נועה",
        COLOURS.נועה,
        "שלום לכולם! אני מביאה מתג עם 24 יציאות ושני כבלים",
      ),
    },
  ),
  { kind: "day", text: "Today, Friday 20 November" },
  {
    kind: "notice",
    seq: 90,
    time: "09:58",
    iso: "2026-11-20T09:58:00Z",
    text: "alice and bob joined, chandra joined and left",
    more: ["alice joined", "bob joined", "chandra joined", "chandra left"],
  },
  message("alice", "10:01", "Morning! The room moves to hall 2 today.", {}, { pinned: true }),
  message(
    "alice",
    "10:01",
    [
      { text: "The plan is at ", style: "plain" },
      {
        text: "https://wiki.example.org/lan",
        style: "link",
        href: "https://wiki.example.org/lan",
      },
      { text: " as always.", style: "plain" },
    ],
    { first: false },
    {
      edited: "Edited at 10:03",
      chips: [chip("👍", 4, false, "bob and others"), chip("🎉", 2, false, "bob, dmitri")],
    },
  ),
  message(
    "田中",
    "10:04",
    [
      { text: "Thanks 👍 Which port was it again, ", style: "plain" },
      { text: "`", style: "mark" },
      { text: "18000", style: "code" },
      { text: "`", style: "mark" },
      { text: "?", style: "plain" },
    ],
    {},
    { quote: quote(104, "alice", 0, "Morning! The room moves to hall 2 today.") },
  ),
  message("bob", "10:05", [
    { text: "Yes. Here are my ", style: "plain" },
    { text: "*", style: "mark" },
    { text: "setup notes", style: "bold" },
    { text: "*", style: "mark" },
    { text: ", line 3 is the one that helps:", style: "plain" },
  ]),
  file(60, { fileId: "f1", preview: PREVIEW, url: "/files/f1" }),
  { kind: "new", text: "New messages" },
  message("Éloïse", "10:08", "Hall 2 this morning. The rack is up, the cake is safe."),
  picture(210, 0, {
    extras: {
      quote: null,
      edited: "",
      pinned: false,
      editableUntil: 0,
      chips: [chip("❤️", 3, true, "alice, bob and dmitri"), chip("🎉", 2, false, "bob, 田中")],
    },
  }),
  picture(211, 1),
  picture(212, 2),
  message(
    "Éloïse",
    "10:09",
    [
      { text: "Doors at 11. ", style: "plain" },
      { text: "@bob", style: "mention" },
      { text: " has the key.", style: "plain" },
    ],
    { first: false },
  ),
  message(
    "chandra",
    "10:11",
    [
      { text: "@alice", style: "mention" },
      { text: " works for me, see you at noon 🎉", style: "plain" },
    ],
    { mention: true },
  ),
];

/** @type {Pending[]} */
export const pending = [
  {
    key: "p1",
    text: "Great, I’ll bring plates.",
    runs: [],
    failed: false,
    reason: "",
    heading: heading("alice", "10:12"),
    time: "10:12",
    quote: null,
  },
  {
    key: "p2",
    text: "The printer in hall 2 wants paper.",
    runs: [],
    failed: true,
    reason: "too many messages at once.",
    heading: null,
    time: "10:12",
    quote: null,
  },
];

/** @param {Name} name @param {Partial<MemberRow>} [more] @returns {MemberRow} */
const member = (name, more) => ({
  name,
  colour: COLOURS[name],
  away: false,
  left: "",
  you: false,
  unknown: false,
  role: "member",
  muted: false,
  acts: ["ignore"],
  note: "",
  ignored: false,
  ...more,
});

const acts = /** @type {import("../../../server/web/view/contract.js").Act[]} */ ([
  "mute",
  "remove",
  "ban",
  "promote",
  "ignore",
]);

/** @type {MemberRow[]} */
export const members = [
  member("alice", { you: true, role: "owner", acts: [] }),
  member("bob", { acts }),
  member("chandra", { acts, note: "back at noon, with the cake" }),
  member("dmitri", { role: "moderator", acts: ["mute", "remove", "ban", "demote", "ignore"] }),
  member("محمد", { muted: true, acts: ["unmute", "remove", "ban", "ignore"] }),
  member("田中", { acts: ["mute", "show"], ignored: true }),
  member("Éloïse", { away: true, left: "for 18 s", acts }),
];

export const report = {
  summary: "7 of 12 members, server started 2026-11-29 07:58",
  columns: [
    "Name",
    "Address",
    "Port",
    "Protocol",
    "Encrypted",
    "Worker",
    "Since",
    "Idle (s)",
    "State",
    "Sent",
    "Received",
    "Client",
  ],
  numeric: [2, 5, 7, 9, 10],
  latency: "Latency 3 ms",
  rows: [
    [
      "alice",
      "10.0.2.4",
      "51204",
      "desktop",
      "yes",
      "1",
      "2026-11-29 08:01:12",
      "0",
      "active",
      "31",
      "212",
      "Chatroom desktop 0.4",
    ],
    [
      "bob",
      "10.0.2.17",
      "49822",
      "browser",
      "yes",
      "2",
      "2026-11-29 08:05:40",
      "180",
      "active",
      "18",
      "207",
      "Chatroom web 0.4",
    ],
    [
      "chandra",
      "10.0.2.21",
      "50011",
      "desktop",
      "yes",
      "1",
      "2026-11-29 08:22:03",
      "40",
      "active",
      "24",
      "190",
      "Chatroom desktop 0.4",
    ],
    [
      "dmitri",
      "fd00::2:9",
      "41990",
      "browser",
      "yes",
      "3",
      "2026-11-29 08:44:58",
      "12",
      "active",
      "40",
      "171",
      "Chatroom web 0.4",
    ],
    [
      "Éloïse",
      "10.0.2.30",
      "38410",
      "browser",
      "yes",
      "2",
      "2026-11-29 09:17:21",
      "18",
      "reconnecting",
      "9",
      "96",
      "Chatroom web 0.4",
    ],
    [
      "محمد",
      "10.0.2.33",
      "53217",
      "desktop",
      "yes",
      "1",
      "2026-11-29 09:31:07",
      "540",
      "active",
      "5",
      "80",
      "Chatroom desktop 0.4",
    ],
    [
      "田中",
      "10.0.2.40",
      "60112",
      "browser",
      "yes",
      "3",
      "2026-11-29 10:04:44",
      "2",
      "active",
      "3",
      "22",
      "Chatroom web 0.4",
    ],
  ],
};

/** The same of a room on three hosts. */
export const reportOfHosts = {
  ...report,
  columns: report.columns.toSpliced(1, 0, "Host"),
  rows: report.rows.map((row, place) => row.toSpliced(1, 0, `chat-${(place % 3) + 1}`)),
  numeric: report.numeric.map((place) => place + 1),
};

/** @type {import("../../../server/web/view/contract.js").Security} */
export const security = {
  encrypted: true,
  mark: "Encrypted",
  details: "Encrypted between you and the room.",
  fingerprint: "7F3A 91C2 0B5E D448  22E9 6A10 C7F5 83BD",
};

export const LONG =
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(4);
