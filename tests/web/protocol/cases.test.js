/** Plays the recorded cases; their format stands in test_protocol_cases.py, which plays them too. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import {
  Malformed,
  ProblemError,
  decode,
  decodeRoom,
} from "../../../server/web/protocol/checks.js";
import { FEATURES } from "../../../server/web/protocol/joining.js";
import { ClientProtocol } from "../../../server/web/protocol/protocol.js";

const folder = new URL("../../protocol_cases/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

/** @param {Record<string, any>} given @param {ClientProtocol} protocol */
function played(protocol, given) {
  const { at: now, input } = given;
  if (input === "received") return received(protocol, given);
  if (input === "roomFound") {
    return protocol.roomFound(given.room && decodeRoom(JSON.stringify(given.room)), now);
  }
  const argument = given.problem ?? given.code ?? given.message ?? given.query ?? given.answers;
  const call = /** @type {any} */ (protocol)[input].bind(protocol);
  return argument === undefined ? call(now) : call(argument, now);
}

/** @param {ClientProtocol} protocol @param {Record<string, any>} given */
function received(protocol, given) {
  try {
    const message = decode(JSON.stringify(given.frame));
    return message === null ? [] : protocol.received(message, given.at);
  } catch (error) {
    if (error instanceof ProblemError) return protocol.unreachable(error.problem, given.at);
    if (error instanceof Malformed) return [];
    throw error;
  }
}

/** @param {any} step */
function asJson(step) {
  if (step.do === "send") return { send: step.request };
  if (step.do === "askHosts") return { askHosts: step.hosts };
  return step.do === "tell" ? { tell: step.event } : step.do;
}

/** Numbers that differ in their last bits are equal; no reason, no empty params. @param {any} value */
function normal(value) {
  const replace = (/** @type {string} */ key, /** @type {any} */ each) => {
    if (typeof each === "number") return Math.round(each * 1e9) / 1e9;
    if (key === "problem" && each) {
      const { code, params, retryAfter } = each;
      return {
        code,
        params: params && Object.keys(params).length ? params : undefined,
        retryAfter,
      };
    }
    return each;
  };
  return JSON.parse(JSON.stringify(value, replace));
}

/** A step as this version takes it: cases may be older than a feature. @param {any} step */
function asNow(step) {
  const { send, tell } = step;
  if (send?.type === "join") return { send: { ...send, features: FEATURES } };
  if (tell?.kind !== "welcomed") return step;
  const limits = { files: "text", edit: 0, ...tell.welcome.limits };
  return { tell: { ...tell, welcome: { pins: [], ...tell.welcome, limits } } };
}

for (const name of names) {
  test(name, () => {
    const { about, options, inputs } = JSON.parse(readFileSync(new URL(name, folder), "utf-8"));
    const protocol = new ClientProtocol(options, {
      client: "Example 1.0",
      origin: "https://localhost:18000",
      uniform: (_low, high) => high,
    });
    for (const [number, given] of inputs.entries()) {
      const found = played(protocol, given).map(asJson);
      const place = `${about}: input ${number}, ${given.input}`;
      assert.deepEqual(normal(found), normal(given.expect.map(asNow)), place);
      if ("wakeAt" in given) {
        assert.equal(normal(protocol.wakeAt), normal(given.wakeAt), place);
      }
      assert.equal(protocol.state, given.state, place);
      if ("host" in given) assert.equal(protocol.hosts.current, given.host, place);
      if ("within" in given) assert.equal(protocol.hosts.within, given.within, place);
    }
  });
}

test("there are cases", () => assert.ok(names.length >= 40));
