import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "../../../server/web/controller/report.js";
import { at, event, makeApp, said, settled, WELCOME } from "../fakes.js";

const FILE = {
  id: "f1",
  name: "notes.txt",
  size: 2458,
  preview: "1. bring\u0007 a cable",
  url: "/files/f1/notes.txt",
};
const shared = (/** @type {number} */ seq, more = {}) =>
  event("shared", seq, { member: 2, file: FILE, ...more });
const file = (/** @type {string} */ name, size = 3) =>
  /** @type {any} */ (Object.assign(new Blob(["x".repeat(size)]), { name }));

const member = (/** @type {string} */ name, role = "member") => ({
  name,
  member: { ada: 1, bob: 2, eve: 3 }[name],
  state: "active",
  role,
});

/** Ada joins with this role. */
async function joined(role = "moderator") {
  const app = makeApp();
  await app.join({ members: [member("ada", role), member("bob"), member("eve", "owner")] });
  return app;
}

test("the acts on members are those that the server allows", async () => {
  const acts = async (/** @type {string} */ role) => {
    const app = await joined(role);
    return app.screen
      .last("members.show")?.[0]
      .map((/** @type {any} */ row) => row.acts.join());
  };
  assert.deepEqual(await acts("member"), ["", "ignore", "ignore"]);
  assert.deepEqual(await acts("moderator"), ["", "mute,remove,ban,ignore", "ignore"]);
  assert.deepEqual(await acts("owner"), ["", "promote,mute,remove,ban,ignore", "ignore"]);
});

test("an act names its member by number", async () => {
  const app = await joined("owner");
  const { moderation } = app.intents;
  const asked = () => {
    const { id, ...query } = app.network.asked.at(-1);
    assert.match(id, /^\w{32}$/);
    return query;
  };
  moderation.mute("bob", null);
  assert.deepEqual(asked(), { type: "mute", target: 2, minutes: 52_704_000 });
  moderation.setRole("bob", "moderator");
  assert.deepEqual(asked(), { type: "role", target: 2, role: "moderator" });
  moderation.slow(30);
  assert.deepEqual(asked(), { type: "slow", seconds: 30 });
  moderation.lock(true);
  assert.deepEqual(asked(), { type: "lock", on: true });
  moderation.kick("bob");
  const [prompt, done] = app.screen.last("windows.prompt") ?? [];
  assert.deepEqual([prompt.title, prompt.limit, prompt.optional], ["Remove bob?", 200, true]);
  done(" spam ");
  assert.deepEqual(asked(), { type: "kick", target: 2, text: "spam" });
});

test("a ban tells whom it also keeps out", async () => {
  const app = await joined();
  app.intents.moderation.ban("bob", 60);
  const { id } = app.network.asked.at(-1);
  const members = [
    { name: "ada", address: "10.0.0.1" },
    { name: "bob", address: "10.0.0.2" },
    { name: "eve", address: "10.0.0.2" },
  ];
  app.network.tell({ kind: "report", report: { id, members }, latency: 0 });
  assert.equal(app.screen.last("windows.showReport"), undefined);
  const [prompt, done] = app.screen.last("windows.prompt") ?? [];
  assert.match(prompt.text, /for 1 hour\.\n\neve has the same address/);
  done("");
  assert.equal(app.network.asked.at(-1).minutes, 60);
});

test("a message or a file, also one's own, is asked about before it is deleted", async () => {
  const app = await joined();
  app.events(said(1, "ada"), said(2), shared(3));
  for (const [seq, title] of [
    [1, "Delete this message?"],
    [2, "Delete this message?"],
    [3, "Delete this file?"],
  ]) {
    app.intents.moderation.remove(/** @type {number} */ (seq));
    const [question, yes] = app.screen.last("windows.ask") ?? [];
    assert.equal(question.title, title);
    assert.notEqual(app.network.asked.at(-1)?.seq, seq);
    yes();
    assert.equal(app.network.asked.at(-1).seq, seq);
  }
});

test("the owner's key is taken from a link, and a wrong one is said in the dialog", async () => {
  const app = await joined("member");
  app.intents.moderation.claim();
  const [prompt, done] = app.screen.last("windows.prompt") ?? [];
  assert.ok(prompt.secret);
  done("");
  assert.deepEqual(app.screen.last("windows.showPromptError"), ["This is not an owner's key."]);
  done("https://host:18000/#owner=KEY");
  const { id, key } = app.network.asked.at(-1);
  assert.equal(key, "KEY");
  const problem = { code: "forbidden", reason: "No." };
  app.network.tell({ kind: "requestFailed", id, problem });
  assert.deepEqual(app.screen.last("windows.showPromptError"), ["No."]);
  done("KEY2");
  const claim = app.network.asked.at(-1).id;
  app.events(event("role", 1, { target: "ada", target_member: 1, role: "owner", id: claim }));
  assert.ok(app.screen.last("windows.closePrompt"));
  assert.equal(app.screen.last("topBar.showRules")?.[0].canClaim, false);
});

test("the bans are shown, and follow the events while they are open", async () => {
  const app = await joined();
  app.intents.moderation.askBans();
  const bans = [{ ban: 4, name: "max", by: "server", at: "2026-11-22T08:00:00Z", until: null }];
  const answer = () => ({ id: app.network.asked.at(-1).id, bans });
  app.network.tell({ kind: "bans", answer: answer() });
  const [rows, lift] = app.screen.last("windows.showBans") ?? [];
  assert.deepEqual([rows[0].until, rows[0].by, lift], ["for good", "The server", true]);
  app.events(event("unbanned", 1, { target: "max" }));
  app.network.tell({ kind: "bans", answer: answer() });
  assert.equal(app.screen.last("windows.showBans")?.[1], false);
  app.intents.moderation.bansClosed();
  const count = app.network.asked.length;
  app.events(event("unbanned", 2, { target: "eve" }));
  assert.equal(app.network.asked.length, count);
});

test("notices say who did what, to whom, until when and why", async () => {
  const app = await joined();
  const hour = { until: "2026-11-22T09:00:00.000Z" };
  app.events(
    event("left", 1, { name: "max", reason: "kicked", by: "bob", text: "spam" }),
    event("banned", 2, { target: "max", text: "again" }),
    event("left", 3, { name: "max", reason: "banned", by: "bob" }),
    event("muted", 4, { target: "eve", until: "2999-01-01T00:00:00Z" }),
    event("muted", 5, { target: "eve" }),
    event("role", 6, { name: "eve", target: "eve", role: "owner" }),
    event("role", 7, { name: "server", target: "bob", role: "moderator" }),
    event("slowed", 8, { seconds: 30 }),
    event("locked", 9, { on: true }),
    event("topic", 10, { text: "" }),
    event("unbanned", 11, { target: "max" }),
    event("sparkled", 12),
    event("sparkled", 13),
    event("muted", 14, { target: "eve", ...hour }),
  );
  assert.deepEqual(app.screen.texts.slice(2, -1), [
    "bob removed max: spam",
    "bob banned max for good: again",
    "max left",
    "bob muted eve until undone",
    "bob ended the mute of eve",
    "eve is the owner now",
    "The server made bob a moderator",
    "Slow mode: one message in 30 s",
    "bob locked the room",
    "bob removed the topic",
    "bob ended the ban of max",
    "Something that this version cannot show",
  ]);
  assert.match(app.screen.texts.at(-1), /^bob muted eve until \d\d:00$/);
});

test("files are shared in order, and one that is too large fails at once", async () => {
  const app = await joined();
  app.intents.files.share([file("a.txt"), file("big.txt", 1001)]);
  app.flush();
  assert.deepEqual(
    app.network.uploads.map((/** @type {any} */ each) => each.file.name),
    ["a.txt"],
  );
  const rows = () => app.screen.last("transfers.show")?.[0];
  assert.deepEqual(
    rows().map((/** @type {any} */ row) => [row.name, row.state, row.note]),
    [
      ["big.txt", "failed", "The file has 1,001 bytes; this room accepts 1,000 bytes at most."],
      ["a.txt", "waiting", ""],
    ],
  );
  const { key } = app.network.uploads[0];
  app.network.tell({ kind: "uploadProgress", key, fraction: 0.5 });
  app.flush();
  assert.deepEqual([rows()[0].state, rows()[0].fraction], ["sending", 0.5]);
  const problem = { code: "not_text", reason: "No text." };
  app.network.tell({ kind: "uploadFailed", key, problem });
  app.intents.files.retry(key);
  assert.deepEqual(
    app.network.uploads.map((/** @type {any} */ each) => each.key),
    [key, key],
  );
  app.events(shared(1, { id: key }));
  app.intents.files.clearFailed();
  app.flush();
  assert.deepEqual(rows(), []);
});

test("a shared file has a card, opens, and is saved by its link", async () => {
  const app = await joined();
  app.events(shared(1), shared(2, { file: { ...FILE, id: "f2", url: "/files/f2/b.txt" } }));
  const card = app.screen.items.find((each) => each.kind === "file");
  assert.deepEqual(
    [card?.name, card?.speaker, card?.size, card?.preview],
    ["notes.txt", "bob", "2.4 KB", "1. bring\ufffd a cable"],
  );
  app.intents.files.open("f1");
  await settled();
  assert.equal(app.screen.last("windows.showFile")?.[0].text, "all of it");
  app.intents.files.saveAll();
  assert.deepEqual(app.browser.downloads, ["/files/f1/notes.txt", "/files/f2/b.txt"]);
  app.intents.files.copyLink("f1");
  assert.equal(app.screen.last("copy")?.[0], "https://host:18000/files/f1/notes.txt");
  app.events(event("deleted", 3, { target: 1, name: "bob" }));
  assert.deepEqual(app.screen.last("windows.closeFile"), ["f1"]);
  app.intents.files.save("f1");
  assert.match(app.screen.last("say")?.[0], /no longer in the loaded conversation/);
  app.network.fetchText = async () => {
    throw Object.assign(new Error(), { problem: { code: "gone" } });
  };
  app.intents.files.open("f2");
  await settled();
  assert.match(
    app.screen.last("say")?.[0],
    /^notes.txt could not be downloaded\. The file was/,
  );
});

const REPORT = {
  active: 1,
  max_users: 12,
  started: "2026-11-22T08:00:00Z",
  members: [
    { name: "ada", address: "10.0.0.1", port: 5, door: "websocket", tls: true, worker: 1 },
    { name: "bob", address: "", port: 0, door: "irc", tls: false, worker: 2, client: "=1+1" },
  ].map((each) => ({
    ...each,
    since: "2026-11-22T08:00:00Z",
    idle: 3.4,
    state: "away",
    sent: 7,
    received: 9,
  })),
};

test("the report is shown, refreshed while it is open, and failures of that are quiet", async () => {
  const app = await joined();
  app.intents.report.ask();
  await settled();
  const answer = () => {
    const report = { ...REPORT, id: app.network.asked.at(-1).id };
    app.network.tell({ kind: "report", report, latency: 0.012 });
  };
  answer();
  const [table, lift] = app.screen.last("windows.showReport") ?? [];
  assert.deepEqual([table.latency, table.rows.length, lift], ["Latency 12 ms", 2, true]);
  assert.match(table.summary, /^1 of 12 members, server started 2026-11-22 \d\d:00$/);
  assert.deepEqual([...table.rows[1]].slice(1, 5), ["", "", "irc", "no"]);
  const count = app.network.asked.length;
  app.tick(3);
  assert.equal(app.network.asked.length, count + 1);
  const problem = { code: "disconnected" };
  app.network.tell({ kind: "requestFailed", id: app.network.asked.at(-1).id, problem });
  assert.equal(app.screen.last("say"), undefined);
  app.intents.report.closed();
  app.tick(30);
  assert.equal(app.network.asked.length, count + 1);
});

test("a cell of the report is no formula in a spreadsheet", () => {
  const base = { summary: "", numeric: [], latency: "" };
  const rows = [["=1+1", 'a "b", c', "+3", "-x", "@y", "7", "a;=1+1"]];
  const text = csv({ ...base, columns: ["A"], rows });
  // Where the comma is the decimal sign, spreadsheets begin a cell after each semicolon.
  assert.equal(text, `A\r\n'=1+1,"a ""b"", c",'+3,'-x,'@y,7,a;'=1+1\r\n`);
});

test("the conversation is saved as text, web page and JSON", async () => {
  const app = await joined();
  const evil = '<script>alert("1")</script> *b* https://a.b/?c="d';
  app.events(said(1, "bob", evil), said(2, "bob", "two\nlines"), shared(3), said(4));
  app.events(event("deleted", 5, { target: 4, name: "bob" }));
  const saved = async (/** @type {"text" | "html" | "json"} */ form) => {
    app.intents.saveConversation(form);
    await settled();
    const [name, blob] = app.screen.last("save") ?? [];
    assert.match(name, /^lobby 2026-11-2\d\.\w+$/);
    return blob.text();
  };
  const text = await saved("text");
  assert.match(text, /^Conversation in #lobby at https:\/\/host:18000, saved 2026-11-2\d /);
  assert.match(text, /\] bob: two\n {4}lines\n/);
  assert.match(text, /\] bob shared notes\.txt \(2\.4 KB\)\n/);
  assert.match(text, /\] bob: \(Message deleted\)\n/);
  const html = await saved("html");
  assert.doesNotMatch(html, /<script/);
  assert.match(html, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;/);
  assert.match(html, /default-src 'none'/);
  assert.match(html, /<a href="https:\/\/a\.b\/\?c=" rel="noopener noreferrer">/);
  const json = JSON.parse(await saved("json"));
  assert.deepEqual(
    json.events.map((/** @type {any} */ each) => each.seq),
    [1, 2, 3, 4, 5],
  );
});

test("replies, edits, reactions, pins and emotes are saved too", async () => {
  const app = await joined();
  const quote = { name: "bob", text: "how?" };
  const reactions = {
    "👍": [
      { member: 2, name: "bob" },
      { member: 1, name: "ada" },
    ],
  };
  app.events(
    said(1, "bob", "/me *waves*"),
    said(2, "ada", "so", { reply_to: 1, quote, reactions, pinned: true, edited: at(5) }),
    said(3, "bob", "hm", { reply_to: 900 }),
    event("renamed", 4, { name: "bob", member: 2, to: "rob" }),
    event("edited", 5, { name: "ada", member: 1, target: 2, text: "so" }),
    event("pinned", 6, { name: "ada", member: 1, target: 2, on: true }),
    said(7, "bob", "//me too"),
  );
  assert.deepEqual(
    app.screen.items.slice(-3, -1).map(({ text }) => text),
    ["bob is called rob now", "ada pinned a message"],
  );
  const saved = async (/** @type {"text" | "html"} */ form) => {
    app.intents.saveConversation(form);
    await settled();
    return app.screen.last("save")?.[1].text();
  };
  const text = await saved("text");
  assert.match(text, /\] \* bob \*waves\*\n/);
  assert.match(
    text,
    /\] ada: so\n {4}\(Reply to bob: how\?\)\n {4}\(Edited \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)\n {4}\(Pinned\)\n {4}\(👍 rob, ada\)\n/,
  );
  assert.match(text, /\] bob: hm\n {4}\(Reply: Message deleted\)\n/);
  assert.match(
    text,
    /\] \* bob is called rob now\n.*\] \* ada pinned a message\n.*\] bob: \/me too\n$/,
  );
  const html = await saved("html");
  assert.match(html, /<i class="text"><b>bob<\/b> <span class="mark">\*<\/span><b>waves/);
  assert.match(html, /<div class="notice">Reply to bob: how\?<\/div>\n<div class="text">so</);
});

test("an event that this version does not know is saved as the server sent it", async () => {
  const app = await joined();
  const raw = { type: "knitted", seq: 1, at: "", colour: "red" };
  app.events({ type: "unknown", seq: 1, at: "", name: "", raw });
  app.events({ type: "unknown", seq: 2, at: "", name: "" });
  app.intents.saveConversation("json");
  await settled();
  const { events } = JSON.parse(await app.screen.last("save")?.[1].text());
  assert.deepEqual(events, [raw, { type: "unknown", seq: 2, at: "", name: "" }]);
});

test("no line of a saved text looks like one of another member", async () => {
  const app = await joined();
  for (const [place, end] of ["\r", "\u2028", "\u2029", "\u0085", "\v"].entries())
    app.events(said(place + 1, "bob", `a${end}[2026-11-22 08:00:00] ann: forged`));
  app.intents.saveConversation("text");
  await settled();
  const text = await app.screen.last("save")?.[1].text();
  assert.doesNotMatch(text, /^\[2026-11-22 08:00:00\] ann/m);
  assert.doesNotMatch(text, /[\v\u0085]/);
});

test("an older page leaves a gap, which a saved conversation shows", async () => {
  const app = makeApp();
  await app.join({ seq: 100 });
  app.events(said(100));
  app.intents.history.goTo(10);
  const { id } = app.network.asked.at(-1);
  const answer = { id, events: [said(10), said(11)], more: true };
  app.network.tell({ kind: "history", answer });
  app.intents.saveConversation("text");
  await settled();
  const text = await app.screen.last("save")?.[1].text();
  assert.match(text, /text 11\n\[…\] Messages in between were not loaded\.\n.*text 100\n$/);
});

test("the link to invite with, and what to install, come from the server", async () => {
  const key = "mlAol9yA2TfDMAARwCbvNlb2xP2Q4QlbeGDsfpA3cHs";
  const link = { https: "https://host", chatroom: "chatroom://host/", code: "AB", qr: "/qr" };
  const offer = { name: "chatroom-1.whl", size: 2048, url: "/get/chatroom-1.whl" };
  const offers = [offer, { ...offer, name: "msgspec-1.whl" }];
  const getJson = async (/** @type {string} */ path) => (path === "/invite" ? link : offers);
  const app = makeApp({ browser: { getJson }, page: { key } });
  app.intents.invite();
  app.intents.offers();
  await settled();
  assert.deepEqual(app.screen.last("windows.showInvite"), [link]);
  const [[shown, ...more]] = app.screen.last("windows.showOffers") ?? [];
  assert.deepEqual([shown.size, more], ["2 KB", []]);
  assert.match(
    shown.command,
    /^python3 .*--find-links https:\/\/host:18000\/get\/ --trusted-host host:18000 chatroom && .*"chatroom:\/\/host:18000\/#sha256=mlAo/,
  );
});

test("nothing is asked without a room", async () => {
  const app = makeApp();
  app.intents.report.ask();
  app.intents.files.share([file("a.txt")]);
  app.intents.moderation.lock(true);
  await settled();
  assert.deepEqual([app.network.asked, app.network.uploads], [[], []]);
  assert.equal(app.screen.count("say"), 3);
  assert.ok(WELCOME);
});
