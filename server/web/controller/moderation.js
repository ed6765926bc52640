/**
 * The acts of owner and moderators: ask what is needed, send the request, show a failure
 * (client_mvc/controller/moderation/). The answer to an act is its event.
 *
 * @module
 */

import { plural, shortDay, t } from "../i18n/translate.js";
import { isContent } from "../model/page.js";
import { defuse } from "../text/texts.js";
import { listed, moment, newId } from "./context.js";
import { actor } from "./notices.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {Role} from "../view/contract.js"
 * @import {Context} from "./context.js"
 */

/** A mute until it is undone: 100 years. */
const FOREVER = 52_704_000;
const TEXT = 200;
const KEY = 64;
/** So many members are named whom a ban also hits. */
const NAMED = 3;

/** Format the length of a ban: 10 minutes, 1 hour, 1 day. */
function duration(/** @type {number} */ minutes) {
  if (minutes % 1440 === 0) return plural("{count} day", "{count} days", minutes / 1440);
  if (minutes % 60 === 0) return plural("{count} hour", "{count} hours", minutes / 60);
  return plural("{count} minute", "{count} minutes", minutes);
}

export function makeModeration(/** @type {Context} */ context) {
  const { conversation, members, membership, rules, screen } = context;
  const { windows } = screen;
  let [claim, report, bans] = ["", "", ""];
  let [bansOpen, bansWanted] = [false, false];
  /** @type {(answer: Wire | null) => void} */
  let askAboutBan = () => {};

  /** Name a member by the number, which nobody else ever has. */
  const target = (/** @type {string} */ name) => members.all.get(name)?.number ?? name;

  const time = (/** @type {string} */ at) => {
    const when = moment(at);
    return when ? `${shortDay(when)}, ${context.time(when)}` : "";
  };

  /** @type {(prompt: {title: string, text: string, yes: string, label?: string, value?: string}, request: (text: string) => Wire) => void} */
  function prompt(form, request) {
    const whole = {
      label: t("Reason (optional)"),
      value: "",
      limit: TEXT,
      optional: true,
      secret: false,
    };
    windows.prompt({ ...whole, ...form }, (text) => {
      windows.closePrompt();
      context.ask(request(text.trim()));
    });
  }

  function claimWith(/** @type {string} */ typed) {
    const key = /[#&]owner=([^&\s]+)/.exec(typed)?.[1] ?? typed.trim();
    if (!key || key.length > KEY)
      return windows.showPromptError(t("This is not an owner's key."));
    claim = newId();
    context.ask({ type: "claim", key }, claim);
  }

  /** Return whom a ban also keeps out: those at the same address, where it holds on it. */
  function hits(/** @type {Wire} */ { members: lines }, /** @type {string} */ name) {
    /** @type {Map<string, string>} */
    const addresses = new Map(
      lines.map((/** @type {Wire} */ each) => [each.name, each.address]),
    );
    const address = addresses.get(name);
    if (!address || address === addresses.get(membership.you) || /^(127\.|::1$)/.test(address))
      return "";
    const others = [...addresses.keys()].filter(
      (each) => each !== name && addresses.get(each) === address,
    );
    if (!others.length) return t("Nobody else is here from this address.");
    return plural(
      "{names} has the same address: once gone, they cannot join again either.",
      "{names} have the same address: once gone, they cannot join again either.",
      others.length,
      { names: listed(others, NAMED) },
    );
  }

  function ban(/** @type {string} */ name, /** @type {number} */ minutes) {
    const whom = target(name);
    askAboutBan = (answer) => {
      const why = minutes
        ? t("{name} leaves the room and cannot join again for {time}.", {
            name,
            time: duration(minutes),
          })
        : t("{name} leaves the room and cannot join again.", { name });
      const also = answer ? hits(answer, name) : "";
      const form = {
        title: t("Ban {name}?", { name }),
        text: also ? `${why}\n\n${also}` : why,
        yes: t("Ban"),
      };
      prompt(form, (text) => ({ type: "ban", target: whom, minutes, text }));
    };
    report = context.ask({ type: "report" });
  }

  function remove(/** @type {number} */ seq) {
    const event = conversation.find(seq);
    if (!event || !isContent(event) || event.deleted) return;
    const title = event.type === "shared" ? t("Delete this file?") : t("Delete this message?");
    const text = t("Everybody sees that it was deleted.");
    const act = () => void context.ask({ type: "delete", seq });
    windows.ask({ title, text, yes: t("Delete") }, act);
  }

  function askTopic() {
    const form = {
      title: t("Topic"),
      text: t("Everybody sees the topic in the top bar. Leave it empty for none."),
      label: t("What the room is about"),
      yes: t("Set topic"),
      value: rules.now.topic,
    };
    prompt(form, (text) => ({ type: "topic", text }));
  }

  const askBans = () => (bans = context.ask({ type: "bans" }));

  return {
    intents: {
      remove,
      mute: (/** @type {string} */ name, /** @type {number | null} */ minutes) =>
        void context.ask({ type: "mute", target: target(name), minutes: minutes ?? FOREVER }),
      kick(/** @type {string} */ name) {
        const whom = target(name);
        const text = t("{name} leaves the room now, and can join again after a minute.", {
          name,
        });
        const form = { title: t("Remove {name}?", { name }), text, yes: t("Remove") };
        prompt(form, (why) => ({ type: "kick", target: whom, text: why }));
      },
      ban,
      setRole: (/** @type {string} */ name, /** @type {Role} */ role) =>
        void context.ask({ type: "role", target: target(name), role }),
      lock: (/** @type {boolean} */ on) => void context.ask({ type: "lock", on }),
      slow: (/** @type {number} */ seconds) => void context.ask({ type: "slow", seconds }),
      askTopic,
      claim() {
        const form = {
          title: t("I am the owner"),
          text: context.network.hosts.length
            ? t(
                "Enter the owner's key. The host that opened the room first shows it: chatroom-server owner-key",
              )
            : t("Enter the owner's key. The server shows it: chatroom-server owner-key"),
          label: t("Owner's key, or the link that has it"),
          yes: t("Become owner"),
          value: "",
          limit: 1000,
          optional: false,
          secret: true,
        };
        windows.prompt(form, claimWith);
      },
      askBans() {
        bansWanted = true;
        askBans();
      },
      bansClosed: () => void (bansOpen = false),
      undoBan: (/** @type {number} */ number) =>
        void context.ask({ type: "unban", ban: number }),
    },
    handleEvent(/** @type {Wire} */ event) {
      if (claim && event.type === "role" && event.id === claim) {
        claim = "";
        windows.closePrompt();
        screen.say(t("You are the owner of this room now."));
      }
      if (bansOpen && (event.type === "banned" || event.type === "unbanned")) askBans();
    },
    /** Take the report that was asked for before a ban; false for any other. */
    handleReport(/** @type {Wire} */ answer) {
      if (!report || answer.id !== report) return false;
      report = "";
      askAboutBan(answer);
      return true;
    },
    answered(/** @type {Wire} */ answer) {
      if (answer.id !== bans) return;
      const rows = answer.bans.map(
        (/** @type {Wire} */ { ban: number, name, by, at, until, text }) => ({
          ban: number,
          name,
          until: until ? time(until) : t("for good"),
          by: actor(by),
          at: time(at),
          text: defuse(text ?? ""),
        }),
      );
      windows.showBans(rows, bansWanted);
      [bansOpen, bansWanted] = [true, false];
    },
    /** Show the failure of a request where it belongs; false for any other request. */
    failed(/** @type {string} */ id, /** @type {string} */ reason) {
      if (id && id === report) {
        report = "";
        askAboutBan(null); // a ban needs no report
      } else if (id && id === claim) {
        claim = "";
        windows.showPromptError(reason);
      } else return false;
      return true;
    },
  };
}
