/** The dialogs with a table: the active-user report, and the bans. @module */

import { t } from "../i18n/translate.js";
import { dialog, openDialog } from "./dialog.js";
import { button, h } from "./dom.js";

/**
 * @import { BanRow, ReportTable } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/**
 * The rows in the order of a column: numbers by value, other texts by the alphabet.
 *
 * @param {string[][]} rows
 * @param {number} column
 * @param {boolean} numeric
 * @param {boolean} down
 */
export function sorted(rows, column, numeric, down) {
  const value = (/** @type {string} */ text) => parseFloat(text.replace(/[^\d.-]/g, "")) || 0;
  const order = rows.toSorted((one, other) => {
    const [a = "", b = ""] = [one[column], other[column]];
    return numeric ? value(a) - value(b) : a.localeCompare(b, undefined, { numeric: true });
  });
  return down ? order.reverse() : order;
}

/** @param {string} label @param {...Node} parts */
const scrolling = (label, ...parts) =>
  h("div.scroll", { tabIndex: 0, role: "region", "aria-label": label }, h("table", ...parts));

/** @param {App} app */
export function makeTables(app) {
  /** @type {ReportTable} */
  let table;
  let column = 0;
  let down = false;

  const inOrder = () => ({
    ...table,
    rows: sorted(table.rows, column, table.numeric.includes(column), down),
  });

  function paint() {
    const shown = dialog("report");
    if (!shown) return;
    const { summary, latency, columns, numeric } = table;
    const look = (/** @type {number} */ place) => (numeric.includes(place) ? "num" : "");
    const heads = columns.map((text, place) => {
      const sort = () => {
        down = place === column && !down;
        column = place;
        paint();
      };
      const arrow = place === column ? (down ? " ↓" : " ↑") : "";
      return h(
        "th",
        {
          class: look(place),
          scope: "col",
          "aria-sort": place === column && (down ? "descending" : "ascending"),
        },
        button(text + arrow, sort),
      );
    });
    const rows = inOrder().rows.map((row) =>
      h(
        "tr",
        ...row.map((text, place) =>
          place
            ? h("td", { class: look(place), dir: "auto" }, text)
            : h("th", { scope: "row" }, h("bdi", text)),
        ),
      ),
    );
    const at = [...shown.node.querySelectorAll("th button")].findIndex((each) =>
      each.matches(":focus"),
    );
    if (!shown.node.querySelector("table"))
      shown.fill(h("p.small.muted"), scrolling(t("Active users")));
    const find = (/** @type {string} */ selector) => shown.node.querySelector(selector);
    find(".inside > p")?.replaceChildren(`${summary}. ${latency}`);
    find("table")?.replaceChildren(h("thead", h("tr", ...heads)), h("tbody", ...rows));
    /** @type {HTMLElement | undefined} */ (
      find("table")?.querySelectorAll("button")[at]
    )?.focus();
  }

  return {
    /** @param {ReportTable} now @param {boolean} lift */
    showReport(now, lift) {
      table = now;
      if (!dialog("report")) {
        if (!lift) return;
        openDialog("report", t("Active users"), {
          look: "wide",
          closed: () => app.intents.report.closed(),
          buttons: [
            button(t("Copy"), () => app.intents.report.copy(inOrder()), "line", "copy"),
            button(t("Save as CSV"), () => app.intents.report.save(inOrder()), "main", "save"),
          ],
        });
      }
      paint();
    },
    /** @param {BanRow[]} bans @param {boolean} lift */
    showBans(bans, lift) {
      if (!dialog("bans")) {
        if (!lift) return;
        openDialog("bans", t("Bans"), {
          look: "wide",
          closed: () => app.intents.moderation.bansClosed(),
        });
      }
      const heads = [t("Name"), t("Until"), t("Banned by"), t("Reason"), ""];
      const rows = bans.map(({ ban, name, until, by, at, text }) =>
        h(
          "tr",
          h("th", { scope: "row" }, h("bdi", name)),
          h("td", until),
          h("td", { title: at }, h("bdi", by)),
          h("td", { dir: "auto" }, text),
          h(
            "td",
            button(t("Undo ban"), () => app.intents.moderation.undoBan(ban), "line"),
          ),
        ),
      );
      dialog("bans")?.fill(
        bans.length
          ? scrolling(
              t("Bans"),
              h("thead", h("tr", ...heads.map((text) => h(text ? "th" : "td", {}, text)))),
              h("tbody", ...rows),
            )
          : h("p", t("Nobody is banned.")),
      );
    },
  };
}
