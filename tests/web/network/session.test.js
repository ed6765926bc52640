import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { makeNetwork } from "../../../server/web/network/network.js";
import { FakeSocket, ROOM, browser, pass, said, settle, until, welcome } from "./fakes.js";

/** @type {ReturnType<typeof browser>} */
let world;
/** @type {any[]} */
let told;
/** @type {import("../../../server/web/network/api.js").Network} */
let network;

const kinds = () => told.map((event) => event.kind);
/** @param {string} kind */
const of = (kind) => told.filter((event) => event.kind === kind);

/** @param {Partial<import("../../../server/web/network/api.js").JoinOptions>} [options] */
async function connect(options = {}) {
  network.connect({ name: "alice", ...options }, (event) => told.push(event));
  await settle();
}

async function ready() {
  await connect();
  FakeSocket.last.receive(welcome(0));
  await settle();
  assert.equal(told.at(-1).kind, "caughtUp");
}

beforeEach(() => {
  world = browser();
  told = [];
  network = makeNetwork("0.3.1");
});

describe("a connection", () => {
  test("asks which room it is before anything is sent", async () => {
    /** @type {(given: {body: any}) => void} */
    let answer = () => {};
    world.http.room = () => new Promise((done) => (answer = done));
    await connect({ token: "t0", journal: "j1", password: "secret" });
    assert.deepEqual(
      world.http.asked.map(({ method, path }) => [method, path]),
      [["GET", "/room"]],
    );
    assert.equal(FakeSocket.all.length, 0);
    answer({ body: ROOM });
    await settle();
    assert.deepEqual(kinds(), ["roomFound"]);
    const { url, protocol, sent } = FakeSocket.last;
    assert.deepEqual([url, protocol], ["ws://localhost:18000/ws", "chatroom.v1"]);
    assert.deepEqual(
      [sent[0]?.type, sent[0]?.token, sent[0]?.client],
      ["join", "t0", "Chatroom web 0.3"],
    );
  });

  test("asks over another one where the first is silent, as after sleep", async () => {
    const answers = [() => new Promise(() => {}), () => ({ body: ROOM })];
    world.http.room = () => /** @type {any} */ (answers.shift())();
    await connect();
    await pass(1);
    assert.equal(world.http.asked.length, 1);
    await pass(1);
    await settle();
    assert.deepEqual(kinds(), ["roomFound"]);
    assert.equal(FakeSocket.all.length, 1);
  });

  test("asks once where the answer comes", async () => {
    await connect();
    await pass(5);
    assert.equal(world.http.asked.length, 1);
  });

  test("sends nothing to another room", async () => {
    await connect({ token: "t0", journal: "j0" });
    assert.equal(FakeSocket.all.length, 0);
    assert.deepEqual(kinds(), ["roomFound", "ended"]);
    assert.equal(told[1].why, "other_room");
  });

  test("uses TLS where the page came by it", async () => {
    Object.assign(globalThis.location, { protocol: "https:" });
    await connect();
    assert.equal(FakeSocket.last.url, "wss://localhost:18000/ws");
  });

  for (const [status, code] of /** @type {[number, string][]} */ ([
    [503, "starting"],
    [429, "too_many_connections"],
    [0, "redirected"],
  ])) {
    test(`that meets ${status} says why`, async () => {
      world.http.room = () => ({ status });
      await connect();
      assert.equal(told[0].problem.code, code);
      assert.equal(told[0].why, "unreachable");
    });
  }

  test("is unreachable where no chatroom, or nothing, answers", async () => {
    world.http.room = () => ({ body: "<html>" });
    await connect();
    world.http.room = () => Promise.reject(new TypeError("no"));
    await connect();
    world.http.room = () => new Promise(() => {});
    await connect();
    await pass(10);
    assert.deepEqual(
      told.map((event) => event.problem.code),
      ["not_a_chatroom", "connection_refused", "no_answer"],
    );
  });

  test("says so where only its socket does not open", async () => {
    FakeSocket.opens = "fail";
    await connect();
    assert.equal(of("ended")[0].problem.code, "no_socket");
  });

  test("that was open before is only lost then", async () => {
    await ready();
    FakeSocket.opens = "fail";
    FakeSocket.last.end(1006);
    await pass(1);
    assert.deepEqual(
      new Set(of("disconnected").map((event) => event.problem.code)),
      new Set(["connection_lost"]),
    );
  });

  test("is given up when its socket hangs", async () => {
    await ready();
    FakeSocket.opens = false;
    FakeSocket.last.end(1001);
    await pass(11);
    assert.deepEqual(
      of("disconnected").map((event) => event.problem.code),
      ["server_closed", "no_welcome"],
    );
  });

  test("ends when frames cannot be read", async () => {
    await ready();
    for (let frame = 0; frame < 20; frame++) FakeSocket.last.receive("{");
    assert.equal(of("disconnected").length, 0);
    FakeSocket.last.receive("{");
    assert.equal(of("disconnected")[0].problem.code, "protocol_broken");
  });

  test("ends when a frame is too large, or has a seq that cannot be", async () => {
    await ready();
    const socket = FakeSocket.last;
    socket.receive(`"${"x".repeat(1024 * 1024)}"`);
    assert.equal(of("disconnected").length, 1);
    assert.ok(socket.closed);
  });
});

describe("a member", () => {
  test("gets events, sends messages, and asks", async () => {
    await ready();
    network.send({ id: "a", text: "hello", tried: false });
    assert.deepEqual(FakeSocket.last.sent.at(-1), { type: "say", text: "hello", id: "a" });
    FakeSocket.last.receive(said(1, { name: "alice", text: "hello", id: "a" }));
    assert.deepEqual(kinds().slice(-2), ["confirmed", "event"]);
    network.ask({ type: "report", id: "r" });
    const report = {
      type: "report",
      id: "r",
      active: 1,
      max_users: 3,
      started: "",
      members: [],
    };
    await pass(0.5);
    FakeSocket.last.receive(report);
    assert.equal(told.at(-1).latency, 0.5);
  });

  test("hears nothing late of an old socket", async () => {
    await ready();
    const old = FakeSocket.last;
    const { onmessage, onclose } = old;
    old.receive(said(5)); // a gap
    await settle();
    assert.ok(old.closed);
    await pass(0.1);
    FakeSocket.last.receive(welcome(0));
    const before = told.length;
    onmessage?.({ data: JSON.stringify(said(1)) });
    onclose?.({ code: 4001 });
    await pass(1);
    assert.equal(told.length, before);
  });

  test("is told in order also of what follows from what it did meanwhile", async () => {
    network.connect({ name: "alice" }, (event) => {
      told.push(event);
      if (event.kind === "welcomed") network.send({ id: "a", text: "1", tried: false });
      if (event.kind === "caughtUp") network.send({ id: "b", text: "2", tried: false });
    });
    await settle();
    FakeSocket.last.receive(welcome(0));
    assert.deepEqual(
      FakeSocket.last.sent.map((sent) => sent.id ?? sent.type),
      ["join", "a"],
    );
    FakeSocket.last.receive({ type: "accepted", id: "a", seq: 1 });
    assert.equal(FakeSocket.last.sent.at(-1)?.id, "b");
  });

  test("goes on after an error of the controller", async () => {
    await ready();
    network.connect({ name: "alice" }, (event) => {
      told.push(event);
      if (event.kind === "roomFound") throw new Error("a bug");
    });
    await settle();
    FakeSocket.last.receive(welcome(0));
    assert.equal(told.at(-1).kind, "caughtUp");
    await assert.rejects(async () => pass(0.25), /a bug/);
  });

  test("that leaves is told once the server has confirmed it", async () => {
    await ready();
    network.leave();
    assert.deepEqual(FakeSocket.last.sent.at(-1), { type: "leave" });
    FakeSocket.last.end(1000);
    assert.deepEqual(told.at(-1), { kind: "ended", why: "left", problem: null, clean: true });
  });

  test("hears no more of an earlier session", async () => {
    await ready();
    const first = FakeSocket.last;
    /** @type {any[]} */
    const second = [];
    network.connect({ name: "bob" }, (event) => second.push(event));
    assert.deepEqual(first.sent.at(-1), { type: "leave" });
    const before = told.length;
    await settle();
    first.end(1000);
    FakeSocket.last.receive(welcome(0));
    assert.equal(told.length, before);
    assert.deepEqual(
      second.map((event) => event.kind),
      ["roomFound", "welcomed", "caughtUp"],
    );
  });

  test("never stops trying", async () => {
    await ready();
    world.http.room = () => Promise.reject(new TypeError("no"));
    FakeSocket.last.end(1006);
    await pass(3600, 5);
    const attempts = of("reconnecting").length;
    assert.ok(attempts > 200, `${attempts}`);
    world.http.room = () => ({ body: ROOM });
    while (FakeSocket.all.length === 1) await pass(1);
    FakeSocket.last.receive(welcome(0));
    assert.equal(told.at(-1).kind, "caughtUp");
  });
});

describe("after sleep", () => {
  test("a connection that lives stays", async () => {
    await ready();
    network.checkNow();
    await pass(5);
    assert.equal(FakeSocket.all.length, 1);
    assert.equal(told.at(-1).kind, "caughtUp", "the answer is told to nobody");
  });

  test("a dead one is replaced, and live again within 3 s", async () => {
    await ready();
    await pass(60);
    FakeSocket.answers = false;
    world.events.dispatchEvent(new Event("online"));
    globalThis.document.dispatchEvent(new Event("visibilitychange"));
    await pass(1.75);
    assert.equal(FakeSocket.all.length, 1);
    await pass(0.5);
    assert.equal(FakeSocket.all.length, 2);
    assert.ok(FakeSocket.all[0]?.closed);
    FakeSocket.last.receive(welcome(0));
    assert.equal(told.at(-1).kind, "caughtUp");
    const waits = of("disconnected").map((event) => event.problem.code);
    assert.deepEqual(waits, ["connection_lost"]);
  });

  test("also where it was just renewed", async () => {
    await ready();
    FakeSocket.last.end(1006);
    await pass(0.25);
    FakeSocket.last.receive(welcome(0));
    FakeSocket.answers = false;
    network.checkNow();
    await pass(2.25);
    assert.equal(FakeSocket.all.length, 3);
  });

  test("the wait for the next attempt ends", async () => {
    await ready();
    world.http.room = () => Promise.reject(new TypeError("no"));
    FakeSocket.last.end(1006);
    await pass(60);
    world.http.room = () => ({ body: ROOM });
    const before = FakeSocket.all.length;
    world.events.dispatchEvent(new Event("pageshow"));
    await settle();
    assert.equal(FakeSocket.all.length, before + 1);
  });

  test("an attempt that hangs is made again", async () => {
    await ready();
    world.http.room = () => new Promise(() => {});
    FakeSocket.last.end(1006);
    await pass(1.5);
    world.http.room = () => ({ body: ROOM });
    network.checkNow();
    await settle();
    assert.equal(FakeSocket.all.length, 2);
  });

  test("also where it began just before", async () => {
    await ready();
    world.http.room = () => new Promise(() => {});
    FakeSocket.last.end(1006);
    await pass(0.5);
    world.http.room = () => ({ body: ROOM });
    network.checkNow();
    await pass(2.25);
    assert.equal(FakeSocket.all.length, 2);
  });

  test("a hidden page does nothing", async () => {
    await ready();
    Object.assign(globalThis.document, { hidden: true });
    globalThis.document.dispatchEvent(new Event("visibilitychange"));
    assert.equal(FakeSocket.last.sent.length, 1);
  });

  test("a first join is left alone", async () => {
    await connect();
    network.checkNow();
    await pass(5);
    assert.deepEqual([FakeSocket.all.length, kinds()], [1, ["roomFound"]]);
  });

  test("a silent connection is asked, and replaced without an answer", async () => {
    await ready();
    await pass(26);
    const { type, after, limit } = FakeSocket.last.sent.at(-1) ?? {};
    assert.deepEqual([type, after, limit], ["history", 0, 1]);
    FakeSocket.answers = false;
    await pass(36);
    assert.equal(FakeSocket.all.length, 2);
  });
});

describe("a room on several hosts", () => {
  const OTHER = "https://b:18000";
  const hosts = ["http://localhost:18000", OTHER];

  async function readyAtTwo() {
    await connect();
    FakeSocket.last.receive(welcome(0, { hosts }));
    await settle();
  }

  /** The host of the page is away; `there` is the answer of the other one to `GET /room`. */
  const lose = async (/** @type {any} */ there = { body: ROOM }) => {
    world.http.room = () => {
      const { path } = world.http.asked.at(-1) ?? { path: "" };
      if (path.startsWith("https:")) return there;
      throw new TypeError("refused");
    };
    FakeSocket.last.end(1006);
    await pass(0.1);
  };

  test("goes on at another host by its token", async () => {
    await readyAtTwo();
    assert.deepEqual(network.hosts, [OTHER]);
    assert.equal(network.place("/files/1/a"), "/files/1/a");
    await lose();
    const { url, sent } = FakeSocket.last;
    assert.deepEqual([url, sent[0]?.token], ["wss://b:18000/ws", "t1"]);
    FakeSocket.last.receive(welcome(0, { hosts: [OTHER, "http://localhost:18000"] }));
    assert.equal(told.at(-1).kind, "caughtUp");
    assert.equal(network.place("/files/1/a"), `${OTHER}/files/1/a`);
    network.upload("k", new File(["x"], "a.txt"));
    await until(() => of("uploadDone").length);
    assert.equal(world.http.asked.at(-1)?.path, `${OTHER}/files`);
  });

  test("leaves a host that cannot take messages for one that can", async () => {
    await readyAtTwo();
    const first = FakeSocket.last;
    /** @type {Record<string, any>} */
    let body = { ...ROOM, majority: false };
    world.http.room = () => ({ body });
    network.send({ id: "a", text: "hello", tried: false });
    first.receive({ type: "majority", on: false });
    assert.deepEqual(told.at(-1), { kind: "majority", has: false });
    const asked = () => world.http.asked.filter(({ path }) => path === `${OTHER}/room`).length;
    await pass(15);
    assert.ok(asked() > 1 && asked() < 5, `${asked()}`);
    assert.equal(FakeSocket.last, first, "it stays where no other can");
    first.receive(said(1));
    assert.equal(told.at(-1).kind, "event");
    body = ROOM;
    await pass(9);
    const { url, sent } = FakeSocket.last;
    assert.deepEqual([url, sent[0]?.token], ["wss://b:18000/ws", "t1"]);
    assert.ok(first.closed);
    FakeSocket.last.receive(welcome(1, { hosts: [OTHER, "http://localhost:18000"] }));
    assert.equal(sent.at(-1)?.id, "a");
    assert.deepEqual(
      of("disconnected").map(({ problem }) => problem.code),
      ["host_cut_off"],
    );
  });

  test("stays where the browser reaches no other host", async () => {
    await readyAtTwo();
    world.http.room = () => {
      throw new TypeError("the certificate is not trusted");
    };
    FakeSocket.last.receive({ type: "majority", on: false });
    await pass(15);
    assert.equal(of("disconnected").length, 0);
    FakeSocket.last.receive({ type: "majority", on: true });
    const before = world.http.asked.length;
    await pass(15);
    assert.equal(world.http.asked.length, before);
  });

  test("leaves a frozen host within some 10 s, and tries it last", async () => {
    await readyAtTwo();
    await pass(30);
    assert.equal(FakeSocket.all.length, 1, "one that answers stays");
    FakeSocket.answers = false;
    world.http.room = () =>
      world.http.asked.at(-1)?.path.startsWith("https:")
        ? { body: ROOM }
        : new Promise(() => {});
    await pass(11);
    assert.equal(FakeSocket.last.url, "wss://b:18000/ws");
  });

  test("sends nothing to a host with another room", async () => {
    await readyAtTwo();
    const before = FakeSocket.all.length;
    await lose({ body: { ...ROOM, journal: "j2" } });
    assert.equal(FakeSocket.all.length, before);
    const { problem } = of("disconnected").at(-1);
    assert.deepEqual(problem.params, { server: "localhost:18000" });
  });

  test("gives a silent host little time, and others their turn", async () => {
    await readyAtTwo();
    world.http.room = () => new Promise(() => {});
    FakeSocket.last.end(1006);
    await pass(1.25);
    assert.ok(!world.http.asked.some(({ path }) => path === `${OTHER}/room`));
    await pass(0.75);
    assert.ok(world.http.asked.some(({ path }) => path === `${OTHER}/room`));
  });
});
