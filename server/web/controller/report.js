/** The active-user report: request it, show it, refresh it while it is open (report.py). @module */

import { number, t } from "../i18n/translate.js";
import { moment, save, stamp } from "./context.js";

/**
 * @import {Wire} from "../network/api.js"
 * @import {ReportTable} from "../view/contract.js"
 * @import {Context} from "./context.js"
 */

/** Seconds from an answer to the next request, and for an answer. */
const EVERY = 3;
const ANSWER_WITHIN = 15;

/** Return the latency: 12 ms; below a millisecond a figure would only be noise. */
function latencyText(/** @type {number} */ seconds) {
  if (seconds >= 1) return `${number(seconds)} s`;
  return seconds >= 0.001 ? `${Math.round(seconds * 1000)} ms` : t("under 1 ms");
}

/** @type {(report: Wire, latency: number) => ReportTable} */
export function table(report, latency) {
  /** @type {Record<string, string>} */
  const states = { active: t("active"), away: t("reconnecting") };
  const hosts = report.members.some((/** @type {Wire} */ each) => each.host); // a room on several
  const columns = [
    t("Name"),
    ...(hosts ? [t("Host")] : []),
    t("Address"),
    t("Port"),
    t("Protocol"),
    t("Encrypted"),
    t("Worker"),
    t("Since"),
  ];
  columns.push(t("Idle (s)"), t("State"), t("Sent"), t("Received"), t("Client"));
  const rows = report.members.map((/** @type {Wire} */ each) => [
    each.name,
    ...(hosts ? [each.host ?? ""] : []),
    each.address,
    each.address ? String(each.port) : "", // the server may show none
    each.door,
    each.tls ? t("yes") : t("no"),
    String(each.worker),
    stamp(moment(each.since)),
    String(Math.round(each.idle)),
    states[each.state] ?? each.state,
    String(each.sent),
    String(each.received),
    each.client ?? "",
  ]);
  const when = stamp(moment(report.started)).slice(0, 16);
  const values = { active: report.active, places: report.max_users, when };
  return {
    summary: t("{active} of {places} members, server started {when}", values),
    columns,
    rows,
    numeric: [2, 5, 7, 9, 10].map((place) => place + Number(hosts)),
    latency: t("Latency {time}", { time: latencyText(latency) }),
  };
}

/** A cell of CSV (RFC 4180); a spreadsheet must not take a member's name for a formula. */
function cell(/** @type {string} */ text) {
  const safe = text.replace(/(?<=^|;)(?=[=+\-@\t\r])/g, "'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const lines = (/** @type {ReportTable} */ { columns, rows }) => [columns, ...rows];

/** Return the table as CSV. */
export const csv = (/** @type {ReportTable} */ shown) =>
  lines(shown)
    .map((row) => `${row.map(cell).join(",")}\r\n`)
    .join("");

/** One request at a time waits for its answer. */
export function makeReport(/** @type {Context} */ context) {
  const { clock, membership, screen } = context;
  let [open, wanted, asked, nextAt] = [false, false, "", 0];

  function ask() {
    nextAt = clock() + ANSWER_WITHIN;
    asked = context.ask({ type: "report" });
  }
  return {
    intents: {
      ask() {
        ask();
        wanted = asked !== "";
      },
      closed: () => void (open = false),
      copy(/** @type {ReportTable} */ shown) {
        const text = lines(shown).map((row) => row.join("\t"));
        screen.copy(text.join("\n"), t("Report copied."));
      },
      save: (/** @type {ReportTable} */ shown) =>
        save(screen, "report.csv", "text/csv", csv(shown)),
    },
    tick(/** @type {number} */ now) {
      if (!membership.connected) nextAt = now;
      else if (open && now >= nextAt) ask();
    },
    handle(/** @type {Wire} */ report, /** @type {number} */ latency) {
      if (!open && !wanted) return;
      screen.windows.showReport(table(report, latency), wanted);
      [open, wanted, asked, nextAt] = [true, false, "", clock() + EVERY];
    },
    /** Return whether `id` was a refresh, whose failure needs no words. */
    failed(/** @type {string} */ id) {
      if (!asked || id !== asked) return false;
      const quiet = !wanted;
      [wanted, asked] = [false, ""];
      return quiet;
    },
  };
}
