/** The pages before and after the room, and the way to another one. @module */

import { asked, form, note, screen } from "./stage.js";

/** @type {Record<string, () => unknown>} */
export const pages = {
  join: () => screen.join.show(form),
  taken() {
    screen.join.show({ ...form, name: "bob" });
    screen.join.error("name", "That name is taken.");
  },
  password: () =>
    screen.join.show({
      ...form,
      name: "alice",
      password: true,
      security: {
        encrypted: false,
        mark: "Not encrypted: others on this network can read along",
        details: "Others on this network can read and change everything, also the password.",
        fingerprint: "",
      },
    }),
  joining() {
    screen.join.show({ ...form, name: "alice" });
    screen.join.wait("Joining…");
  },
  unsent: () =>
    screen.join.show({ ...form, unsent: ["Great, I’ll bring plates.", "Who has the key?"] }),
  full: () =>
    note({
      title: "The room is full",
      text: "All 12 places in lan-party are taken. This page joins as soon as somebody leaves.",
      note: "Next try in 8 s",
      action: "Try now",
      icon: "full",
    }),
  removed: () =>
    note({
      title: "You were removed",
      text: "alice removed you from #lan-party.",
      note: "You can join again in 42 s.",
      action: "Join again",
      ready: false,
      unsent: ["Great, I’ll bring plates."],
      icon: "removed",
    }),
  changed: () =>
    note({
      title: "This is another room",
      text: "There is another room at this address now. Nothing was sent to it.",
      action: "Join this room",
      icon: "changed",
    }),
  other() {
    screen.join.show(form);
    screen.windows.prompt(
      {
        title: "Another room",
        text: "The room's page opens in this tab, encrypted. If the room has no encryption, enter its address with http://",
        label: "Code, link or address of the room",
        yes: "Open",
        value: "R2M0-2509",
        limit: 1000,
        optional: false,
        secret: false,
      },
      (text) => asked.push(["done", [text]]),
    );
    screen.windows.showPromptError(
      "This code has a typing error. Enter a computer's name with its port: R2M0-2509:18000",
    );
  },
};
