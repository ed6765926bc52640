/** The icons of what is loaded later; index.html has the others. @module */

import { byId } from "./dom.js";

/** @type {Record<string, string>} a path on a square of 20 by 20, by name */
const PATHS = {
  at: "M7.2 10a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0M12.8 7.2V11c0 2.5 3.7 2.2 3.7-1A6.5 6.5 0 1 0 14 15",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l2.6-2.6a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.6 2.6a3 3 0 0 0 4.3 4.3l1-1",
  moon: "M16 11.5A6.5 6.5 0 1 1 8.5 4a5.2 5.2 0 0 0 7.5 7.5z",
  room: "M5 4.5h10q1.5 0 1.5 1.5v6q0 1.5-1.5 1.5H9.5l-3 3v-3H5Q3.5 13.5 3.5 12V6Q3.5 4.5 5 4.5zM7 8h6M7 10.5h3.5",
  show: "M2.5 10c1.5-2.7 4-4.5 7.5-4.5s6 1.8 7.5 4.5c-1.5 2.7-4 4.5-7.5 4.5S4 12.7 2.5 10zM8 10a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  table:
    "M5 4h10a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-10a1.5 1.5 0 0 1-1.5-1.5v-9a1.5 1.5 0 0 1 1.5-1.5zM3.5 8h13M8.5 8v8",
  up: "M10 16V4m-4.5 4.5L10 4l4.5 4.5",
};

/** Add them to those of the page. */
export function addIcons() {
  for (const [name, d] of Object.entries(PATHS)) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.id = `i-${name}`;
    path.setAttribute("d", d);
    byId("icons").append(path);
  }
}
