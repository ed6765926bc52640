/** The pages before and after the room: join, and notes in its place. @module */

import { t } from "../i18n/translate.js";
import { button, byId, h, icon } from "./dom.js";

/**
 * @import { Notepage, Screen, Security } from "./contract.js"
 * @import { App } from "./screen.js"
 */

const ICONS = { full: "people", removed: "out", left: "out", problem: "warn", changed: "warn" };

/** @param {"join" | "note" | "room"} shown */
export function showOnly(shown) {
  if (!byId(shown).hidden) return false;
  for (const each of document.querySelectorAll("dialog")) each.close();
  for (const id of ["join", "note", "room"]) byId(id).hidden = id !== shown;
  return true;
}

/** Texts that were not sent, with a button to copy them. @param {App} app @param {string[]} texts */
function unsentTexts(app, texts) {
  if (!texts.length) return [];
  return [
    h(
      "div",
      h("p.small", t("Not sent yet:")),
      h("p.print.small", { tabIndex: 0, dir: "auto" }, texts.join("\n")),
    ),
    button(t("Copy text"), () => app.intents.outgoing.copyAll(), "line", "copy"),
  ];
}

/** @param {Security} security */
function security({ encrypted, mark, details, fingerprint }) {
  return h(
    "details",
    h(
      "summary",
      { class: `lock line-up${encrypted ? "" : " open"}` },
      icon(encrypted ? "lock" : "unlock"),
      h("span", mark),
    ),
    h("p", details),
    fingerprint && h("code.print", fingerprint),
  );
}

/** @param {App} app @returns {Screen["join"]} */
export function makeJoin(app) {
  const name = byId("name");
  const password = byId("password");
  const part = byId("password-part");
  const go = byId("join-go");
  const wait = byId("join-wait");
  const form = byId("join").firstElementChild;

  function fail(/** @type {string} */ field, /** @type {string} */ text) {
    for (const id of ["name", "password", "form"]) {
      const here = id === field && text;
      byId(`${id}-error`).replaceChildren(...(here ? [icon("warn"), text] : []));
      if (id !== "form") byId(id).ariaInvalid = String(Boolean(here));
    }
  }

  function busy(/** @type {string} */ text) {
    for (const each of [name, password, go]) each.disabled = Boolean(text);
    const cancel = () => app.intents.membership.cancel();
    wait.hidden = !text;
    wait.replaceChildren(h("span.grow", text), button(t("Cancel"), cancel, "line"));
  }

  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    fail("", "");
    app.intents.membership.join(name.value, password.value);
  });

  return {
    show(values) {
      showOnly("join");
      byId("join-room").textContent = `#${values.room}`;
      byId("join-topic").textContent = values.topic;
      const count = byId("join-count");
      count.hidden = !values.count;
      count.replaceChildren(icon("people"), values.count);
      name.value ||= values.name;
      part.hidden = !values.password;
      byId("join-under").replaceChildren(
        security(values.security),
        ...unsentTexts(app, values.unsent),
        h(
          "p.muted",
          `${t("There is a desktop client too:")} `,
          button(t("how to get it"), () => app.intents.offers(), "link low"),
        ),
        h(
          "p",
          button(t("Another room"), () => app.intents.membership.otherRoom(), "link low"),
        ),
      );
      fail("", "");
      busy("");
      (name.value && values.password ? password : name).focus();
    },
    wait: busy,
    error(field, text, shown) {
      busy("");
      if (shown) part.hidden = false;
      fail(field, text);
      if (field === "form") go.focus();
      else {
        byId(field).focus();
        byId(field).select();
      }
    },
  };
}

/** @param {App} app @returns {Screen["page"]} */
export function makeNotepage(app) {
  const page = byId("note");
  /** @type {Notepage | null} */
  let shown = null;
  const note = h("p.small.muted");
  const act = button("", () => app.intents.membership.act(), "main big");

  return {
    show(now) {
      const same = shown?.title === now.title && shown.text === now.text && !page.hidden;
      shown = now;
      note.textContent = now.note;
      act.textContent = now.action;
      act.hidden = !now.action;
      act.disabled = !now.ready;
      if (same) return;
      showOnly("note");
      const title = h("h1", { tabIndex: -1 }, now.title);
      page.replaceChildren(
        h(
          "div",
          h(
            "span",
            { class: `badge${now.icon === "full" ? "" : " warn"}` },
            icon(ICONS[now.icon]),
          ),
          h("div", title, h("p.muted", now.text)),
          note,
          act,
          ...unsentTexts(app, now.unsent),
        ),
      );
      (act.hidden || act.disabled ? title : act).focus();
    },
  };
}
