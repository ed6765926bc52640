import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fetchText } from "../../../server/web/network/files.js";
import { ROOM, browser, pass, until } from "./fakes.js";

/** @type {ReturnType<typeof browser>} */
let world;

beforeEach(() => {
  world = browser();
});

/** @param {number} size */
const file = (size) => ({ url: "/files/f1/x.txt", size, sha256: "abc", name: "x.txt" });

/** @param {number[] | string} content @param {string} [charset] */
function serve(content, charset = "utf-8") {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const headers = { "Content-Type": `text/plain; charset=${charset}` };
  world.http.file = () => new Response(new Uint8Array(bytes), { headers });
  return file(bytes.length);
}

/** @param {string} code */
const problem = (code) => (/** @type {any} */ error) => error.problem.code === code;

for (const [about, content, charset, text] of /** @type {[string, any, string, string][]} */ ([
  ["UTF-8", "grüß", "utf-8", "grüß"],
  ["UTF-8 with its mark", [0xef, 0xbb, 0xbf, 65], "utf-8", "A"],
  ["UTF-16", [0xff, 0xfe, 65, 0], "utf-16le", "A"],
  ["UTF-16, most significant byte first", [0xfe, 0xff, 0, 65], "nonsense", "A"],
  ["the encoding that the server names", [0xe1], "windows-1253", "α"],
  ["one that nobody knows", [0xe4], "nonsense", "ä"],
  ["control characters", "a\u0007b\r\nc\td", "utf-8", "a\ufffdb\nc\td"],
])) {
  test(`a file is read as text: ${about}`, async () => {
    assert.deepEqual(await fetchText(serve(content, charset), ""), { text, cut: false });
  });
}

test("a file that is too long to show is cut", async () => {
  const found = await fetchText(serve("x".repeat(11 * 1024 * 1024)), "");
  assert.deepEqual([found.text.length, found.cut], [10 * 1024 * 1024, true]);
});

test("nothing is fetched from another room, nor without a path", async () => {
  serve("hello");
  world.http.room = () => ({ body: { ...ROOM, journal: "j2" } });
  await assert.rejects(fetchText(file(5), "j1"), problem("other_room"));
  await assert.rejects(fetchText({ ...file(5), url: "" }, ""), problem("bad_url"));
});

for (const [status, code] of /** @type {[number, string][]} */ ([
  [404, "gone"],
  [410, "gone"],
  [500, "http_status"],
  [503, "connection_lost"],
])) {
  test(`${status} says why`, async () => {
    world.http.file = () => new Response("", { status });
    await assert.rejects(fetchText(file(5), ""), problem(code));
  });
}

test("a download that was cut goes on from there", async () => {
  /** @type {Record<string, string>[]} */
  const asked = [];
  world.http.file = (headers) => {
    asked.push(headers);
    if (asked.length > 1) return new Response("llo", { status: 206 });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("he"));
      },
      pull(controller) {
        controller.error(new TypeError("cut"));
      },
    });
    return new Response(body);
  };
  /** @type {any} */
  let found;
  fetchText(file(5), "").then((text) => (found = text));
  await until(() => asked.length);
  await pass(1);
  await until(() => found);
  assert.equal(found.text, "hello");
  assert.deepEqual(asked[1], { Range: "bytes=2-", "If-Range": '"abc"' });
});
