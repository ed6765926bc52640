import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { UploadQueue, disposition } from "../../../server/web/network/uploads.js";
import { ROOM, browser, install, pass, settle, until } from "./fakes.js";

/** @type {ReturnType<typeof browser>} */
let world;
/** @type {any[]} */
let told;
/** @type {UploadQueue} */
let uploads;

/** A membership. */
const member = {
  live: true,
  host: "",
  protocol: { token: "t1", roomJournal: "", limits: { files: "text", file: 1000 } },
  /** @type {() => void} */
  connect: () => {},
  ready() {
    return /** @type {Promise<void>} */ (
      new Promise((done) => {
        this.connect = () => {
          this.live = true;
          done();
        };
      })
    );
  },
};

const notes = () => new File(["hello"], "Notizen für morgen.txt");
const posts = () => world.http.asked.filter((request) => request.method === "POST");
/** @param {string} kind */
const of = (kind) => told.filter((event) => event.kind === kind);
const cut = () => Promise.reject(new TypeError("cut"));
const never = () => /** @type {Promise<any>} */ (new Promise(() => {}));

beforeEach(() => {
  world = browser();
  told = [];
  member.live = true;
  member.protocol = { token: "t1", roomJournal: "", limits: { file: 1000, files: "text" } };
  uploads = new UploadQueue(member, (event) => told.push(event));
});

test("a file arrives whole", async () => {
  uploads.add("key", notes());
  await until(() => of("uploadDone").length);
  const [{ headers, body } = { headers: {}, body: "" }] = posts();
  assert.equal(body, "hello");
  assert.deepEqual(headers, {
    Authorization: "Bearer t1",
    "Idempotency-Key": "key",
    "Content-Disposition": "attachment; filename*=UTF-8''Notizen%20f%C3%BCr%20morgen.txt",
    "Content-Type": "application/octet-stream",
  });
  assert.deepEqual(
    of("uploadProgress").map((event) => event.fraction),
    [0, 1],
  );
});

test("files are uploaded one at a time in order", async () => {
  for (const key of ["1", "2", "3"]) uploads.add(key, new File([key], "x.txt"));
  await until(() => of("uploadDone").length === 3);
  assert.deepEqual(
    posts().map((request) => request.body),
    ["1", "2", "3"],
  );
});

test("after a lost answer it is sent again under the same key", async () => {
  world.http.posts = [cut];
  uploads.add("key", notes());
  await until(() => of("uploadRetrying").length);
  await pass(1);
  assert.equal(of("uploadDone").length, 1);
  assert.deepEqual(
    posts().map(({ headers }) => headers["Idempotency-Key"]),
    ["key", "key"],
  );
});

test("a lost answer does not matter after the shared event", async () => {
  world.http.posts = [
    () => {
      uploads.confirm("key");
      return cut();
    },
  ];
  uploads.add("key", notes());
  await until(() => of("uploadRetrying").length);
  await pass(1);
  assert.deepEqual([posts().length, of("uploadDone").length], [1, 1]);
});

test("it waits for the connection and uses the new token", async () => {
  member.live = false;
  uploads.add("key", notes());
  await settle();
  assert.equal(of("uploadRetrying")[0].problem.code, "connection_lost");
  member.protocol.token = "t2";
  member.connect();
  await until(() => of("uploadDone").length);
  assert.equal(posts()[0]?.headers.Authorization, "Bearer t2");
});

test("a token that has ended meanwhile is replaced", async () => {
  world.http.posts = [
    () => {
      member.protocol.token = "t2";
      return { status: 401 };
    },
  ];
  uploads.add("key", notes());
  await until(() => of("uploadRetrying").length);
  assert.equal(of("uploadRetrying")[0].problem.code, "rejoined");
  await pass(1);
  assert.equal(posts()[1]?.headers.Authorization, "Bearer t2");
  assert.equal(of("uploadDone").length, 1);
});

for (const [status, body, code] of /** @type {[number, any, string][]} */ ([
  [401, "", "not_joined"],
  [403, { code: "muted", reason: "Hush." }, "muted"],
  [413, "", "file_too_large"],
  [415, { code: "of_tomorrow", reason: "No." }, "of_tomorrow"],
  [507, "", "storage"],
  [500, "oops", "http_status"],
])) {
  test(`a refusal with ${status} has its problem, and the next upload goes on`, async () => {
    world.http.posts = [() => ({ status, body })];
    uploads.add("refused", notes());
    uploads.add("next", notes());
    await until(() => of("uploadDone").length);
    const [{ key, problem }] = of("uploadFailed");
    assert.deepEqual([key, problem.code], ["refused", code]);
    assert.equal(problem.reason, body.reason);
  });
}

describe("a file that cannot be shared", () => {
  test("is not sent", async () => {
    uploads.add("large", new File(["x".repeat(1001)], "large.txt"));
    uploads.add("picture", new File([new Uint8Array([137, 80, 0])], "picture.png"));
    uploads.add("gone", unreadable());
    await until(() => of("uploadFailed").length === 3);
    const found = Object.fromEntries(
      of("uploadFailed").map(({ key, problem }) => [key, problem]),
    );
    assert.deepEqual(found, {
      large: { code: "too_long", params: { rule: "file", most: 1000, have: 1001 } },
      picture: { code: "not_text" },
      gone: { code: "file_unreadable" },
    });
    assert.equal(posts().length, 0);
  });

  test("fails before its turn", async () => {
    world.http.posts = [never];
    uploads.add("current", notes());
    uploads.add("large", new File(["x".repeat(1001)], "large.txt"));
    await until(() => of("uploadFailed").length);
    assert.equal(of("uploadDone").length, 0);
  });

  test("says that it changed, where it could be read before", async () => {
    const file = notes();
    world.http.posts = [
      () => {
        file.slice = unreadable().slice;
        return cut();
      },
    ];
    uploads.add("key", file);
    await until(() => of("uploadRetrying").length);
    await pass(1);
    assert.equal(of("uploadFailed")[0].problem.code, "file_changed");
  });
});

function unreadable() {
  const broken = /** @type {any} */ ({ arrayBuffer: () => Promise.reject(new Error("no")) });
  return Object.assign(notes(), { slice: () => broken });
}

test("utf-16 is text", async () => {
  uploads.add("key", new File([new Uint8Array([255, 254, 65, 0])], "x.txt"));
  await until(() => of("uploadDone").length);
});

test("a busy server decides how long to wait", async () => {
  world.http.posts = [
    () => ({ status: 503, body: { code: "storage", reason: "Later.", retry_after: 2.5 } }),
    () => ({ status: 429, headers: { "Retry-After": "7" } }),
  ];
  uploads.add("key", notes());
  await until(() => of("uploadRetrying").length === 1);
  await pass(2.25);
  assert.equal(posts().length, 1);
  await pass(0.25);
  await until(() => of("uploadRetrying").length === 2);
  await pass(6.75);
  assert.equal(posts().length, 2);
  await pass(0.25);
  await until(() => of("uploadDone").length);
});

test("a muted member shares the file later, however often", async () => {
  const muted = () => ({ status: 403, body: { code: "muted", reason: "", retry_after: 60 } });
  world.http.posts = Array(20).fill(muted);
  uploads.add("key", notes());
  await pass(60 * 21, 30);
  assert.equal(of("uploadDone").length, 1);
  assert.equal(of("uploadFailed").length, 0);
});

test("a room without a majority gets the file when it has one, under the same key", async () => {
  const params = { rule: "majority" };
  const body = { code: "unavailable", reason: "", params, retry_after: 2 };
  world.http.posts = Array(20).fill(() => ({ status: 503, body }));
  uploads.add("key", notes());
  await pass(2 * 21, 1);
  assert.equal(of("uploadDone").length, 1);
  assert.equal(of("uploadRetrying")[0].problem.code, "unavailable");
  assert.equal(new Set(posts().map(({ headers }) => headers["Idempotency-Key"])).size, 1);
});

test("an upload fails after too many attempts", async () => {
  world.http.posts = Array(9).fill(cut);
  uploads.add("key", notes());
  await pass(120, 0.5);
  assert.equal(posts().length, 9);
  assert.equal(of("uploadFailed")[0].problem.code, "connection_lost");
});

test("an upload that stalls is cut and tried again", async () => {
  world.http.posts = [never];
  uploads.add("key", notes());
  await until(() => posts().length);
  await pass(31);
  assert.equal(of("uploadRetrying")[0].problem.code, "no_answer");
  assert.equal(of("uploadDone").length, 1);
});

test("a cancelled upload is silent and the next goes on", async () => {
  world.http.posts = [never];
  for (const key of ["current", "waiting", "next"]) uploads.add(key, notes());
  await until(() => posts().length);
  uploads.cancel("waiting");
  uploads.cancel("current");
  await until(() => of("uploadDone").length);
  assert.deepEqual([of("uploadDone")[0].key, of("uploadFailed").length], ["next", 0]);
  assert.equal(posts().length, 2);
});

test("the end of the membership stops all", async () => {
  world.http.posts = [never];
  uploads.add("current", notes());
  uploads.add("waiting", notes());
  await until(() => posts().length);
  uploads.close();
  uploads.add("late", notes());
  await pass(60);
  assert.equal(posts().length, 1);
  assert.equal(of("uploadDone").length + of("uploadFailed").length, 0);
});

test("another room gets no file", async () => {
  member.protocol.roomJournal = "j1";
  world.http.room = () => ({ body: { ...ROOM, journal: "j2" } });
  uploads.add("key", notes());
  await until(() => of("uploadRetrying").length);
  assert.equal(posts().length, 0);
});

describe("an upload that was cut", () => {
  test("goes on from there", async () => {
    world.http.posts = [cut];
    world.http.head = () => ({ headers: { "Upload-Offset": "2" } });
    uploads.add("key", notes());
    await until(() => of("uploadRetrying").length);
    await pass(1);
    await until(() => of("uploadDone").length);
    assert.equal(posts()[1]?.headers["Upload-Offset"], "2");
    assert.equal(posts()[1]?.body, "llo");
    assert.ok(of("uploadProgress").some((event) => event.fraction === 0.4));
  });

  for (const offset of ["-1", "x", "", "9".repeat(30), "6"]) {
    test(`is sent from its beginning after the offset "${offset}"`, async () => {
      world.http.posts = [cut];
      world.http.head = () => ({ headers: { "Upload-Offset": offset } });
      uploads.add("key", notes());
      await until(() => of("uploadRetrying").length);
      await pass(1);
      await until(() => of("uploadDone").length);
      assert.deepEqual(
        [posts()[1]?.headers["Upload-Offset"], posts()[1]?.body],
        [undefined, "hello"],
      );
    });
  }

  test("is sent from its beginning where the server lost its part", async () => {
    world.http.posts = [cut, () => ({ status: 409, body: { code: "bad_offset", reason: "" } })];
    world.http.head = () => ({ headers: { "Upload-Offset": "2" } });
    uploads.add("key", notes());
    await until(() => of("uploadRetrying").length);
    await pass(3);
    await until(() => of("uploadDone").length);
    assert.deepEqual(
      posts().map(({ headers }) => headers["Upload-Offset"]),
      [undefined, "2", undefined],
    );
  });
});

for (const [name, encoded] of /** @type {[string, string][]} */ ([
  ["a b.txt", "a%20b.txt"],
  ["it's (1)*.txt", "it%27s%20%281%29%2A.txt"],
  ['a;b"c\r\n.txt', "a%3Bb%22c%0D%0A.txt"],
  ["日.txt", "%E6%97%A5.txt"],
  ["\udcff.txt", "%3F.txt"],
])) {
  test(`the name ${JSON.stringify(name)} in a header`, () => {
    assert.equal(disposition(name), `attachment; filename*=UTF-8''${encoded}`);
  });
}

install({ File: globalThis.File ?? (await import("node:buffer")).File });
