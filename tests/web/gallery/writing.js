/** The composer, and what is on its way. @module */

import { PICTURES } from "./items.js";
import { find, room, screen } from "./stage.js";
import { pending } from "./values.js";

/** @type {Record<string, () => unknown>} */
export const writing = {
  sending() {
    room();
    screen.messages.showPending(pending);
    screen.transfers.show([
      {
        key: "u1",
        name: "server.log",
        size: "5.2 of 8.4 MB",
        state: "sending",
        fraction: 0.62,
        note: "",
        retry: false,
      },
      {
        key: "u2",
        name: "seating.csv",
        size: "",
        state: "waiting",
        fraction: 0,
        note: "",
        retry: false,
      },
      {
        key: "u3",
        name: "hall.mov",
        size: "",
        state: "failed",
        fraction: 0,
        note: "This file is not text. This room accepts text files only.",
        retry: false,
      },
    ]);
    screen.messages.toBottom();
  },
  mention() {
    room();
    screen.composer.insert("Great! @");
  },
  emoji() {
    room();
    screen.composer.insert("See you at noon :ta");
  },
  command() {
    room();
    screen.composer.insert("/");
  },
  grown() {
    room();
    screen.composer.showContext({
      kind: "reply",
      title: "Replying to bob",
      text: "Yes. Here are my setup notes, line 3 is the one that helps:",
    });
    screen.composer.insert(
      "Thanks, that helped.\n\nThree things are still open:\n- who brings the second switch\n- whether the projector has HDMI",
    );
  },
  editing() {
    room();
    screen.composer.showContext({
      kind: "edit",
      title: "Editing",
      text: "The plan is at https://wiki.example.org/lan as always.",
    });
    screen.composer.replace("The plan is at https://wiki.example.org/lan-party as always.");
  },
  attached() {
    room();
    screen.composer.showAttachments([
      {
        key: "a1",
        name: "Screenshot.png",
        size: "212 KB",
        url: PICTURES[0]?.[1].url ?? "",
        problem: "",
      },
      { key: "a2", name: "seating.csv", size: "3 KB", url: "", problem: "" },
      {
        key: "a3",
        name: "hall.mov",
        size: "1.2 GB",
        url: "",
        problem: "The file has 1.2 GB; this room accepts 100 MB at most.",
      },
    ]);
  },
  async picker() {
    room();
    find("#emoji").click();
  },
  hold() {
    room();
    screen.composer.insert("One more");
    screen.composer.hold({ reason: "Slow mode: one message in 30 s.", left: "12 s" });
  },
};
