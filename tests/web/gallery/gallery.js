/**
 * The real screen with made-up values. `/#STATE` shows one state; `window.gallery` is for tests:
 * the screen, and what the person asked for.
 *
 * @module
 */

/* global window, location */

import { message } from "./items.js";
import { pages } from "./pages.js";
import { reading } from "./reading.js";
import { asked, frame, load, screen } from "./stage.js";
import { dialogs, windows } from "./windows.js";
import { writing } from "./writing.js";

/** @type {Record<string, () => unknown>} */
const states = { ...pages, ...reading, ...writing, ...windows };

/** @type {any} */ (window).gallery = {
  screen,
  asked,
  message,
  ...dialogs,
  states: Object.keys(states),
  frame,
  async show(/** @type {string} */ state) {
    await load();
    await states[state]?.();
    await frame();
    await frame();
  },
};

const state = location.hash.slice(1);
if (state) /** @type {any} */ (window).gallery.show(state);
