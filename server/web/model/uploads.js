/** The progress of all uploads, in their order; failed ones stay until removed. @module */

import { makeObservable } from "./observable.js";

/**
 * @typedef {Record<string, any>} Problem
 * @typedef {{key: string, file: Blob & {name: string},
 *   state: "waiting" | "sending" | "retrying" | "failed", fraction: number,
 *   problem?: Problem}} Upload
 */

const BEGIN = { state: /** @type {const} */ ("waiting"), fraction: 0, problem: undefined };

export class Uploads {
  changed = makeObservable();
  /** @type {Map<string, Upload>} */
  #uploads = new Map();

  get all() {
    return [...this.#uploads.values()];
  }

  add(/** @type {string} */ key, /** @type {Upload["file"]} */ file) {
    this.#uploads.delete(key);
    this.#uploads.set(key, { key, file, ...BEGIN });
    this.changed.notify();
  }

  get(/** @type {string} */ key) {
    return this.#uploads.get(key);
  }

  /** Change an upload; events of a cancelled one may still arrive. */
  change(/** @type {string} */ key, /** @type {Partial<Upload>} */ changes) {
    const found = this.#uploads.get(key);
    if (!found) return;
    this.#uploads.set(key, { ...found, ...changes });
    this.changed.notify();
  }

  remove(/** @type {string} */ key) {
    if (this.#uploads.delete(key)) this.changed.notify();
  }
}
