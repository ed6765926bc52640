/** The field for a message, the members suggested for a mention, and files on their way. @module */

import { t } from "../i18n/translate.js";
import { button, byId, face, h, icon, iconButton, sync } from "./dom.js";
import { roleName } from "./rows.js";

/**
 * @import { MemberRow, Screen, UploadRow } from "./contract.js"
 * @import { App } from "./screen.js"
 */

const SUGGESTED = 6;
const UPLOADS = 5;

/**
 * @param {App} app
 * @returns {{screen: Screen["composer"], transfers: Screen["transfers"]}}
 */
export function makeComposer(app) {
  const field = byId("field");
  const list = byId("suggest");
  const send = byId("send");
  const chooser = byId("chooser");
  /** @type {MemberRow[]} */
  let suggested = [];
  let chosen = 0;
  let held = "";

  function changed() {
    if (!CSS.supports("field-sizing", "content")) {
      field.style.height = "auto";
      field.style.height = `${field.scrollHeight}px`;
    }
    app.intents.composer.edited(field.value);
    suggest();
  }

  function put(/** @type {string} */ text, start = 0, end = field.value.length) {
    field.setRangeText(text, start, end, "end");
    changed();
  }

  function submit() {
    if (held || !field.value.trim()) return;
    if (app.intents.composer.send(field.value)) put("");
  }

  // --- suggestions ---------------------------------------------------------------------------

  const before = () => field.value.slice(0, field.selectionStart);

  function suggest() {
    const prefix = /(?:^|\s)@(\S*)$/.exec(before())?.[1];
    suggested =
      prefix === undefined ? [] : app.intents.composer.suggest(prefix).slice(0, SUGGESTED);
    chosen = 0;
    list.replaceChildren(...suggested.map(option));
    choose(0);
  }

  function option(
    /** @type {MemberRow} */ { name, colour, away, role },
    /** @type {number} */ place,
  ) {
    const facts = away ? t("reconnecting") : role === "member" ? "" : roleName(role);
    return h(
      "li",
      { role: "option", id: `suggest-${place}`, onmousedown: take(place) },
      face(name, colour, true),
      h("span.grow.cut", { dir: "auto" }, name),
      facts && h("span.muted", facts),
    );
  }

  const take = (/** @type {number} */ place) => (/** @type {Event} */ event) => {
    event.preventDefault();
    const end = field.selectionStart;
    const start = before().lastIndexOf("@");
    put(`@${suggested[place]?.name} `, start, end);
  };

  function choose(/** @type {number} */ place) {
    const count = suggested.length;
    list.hidden = !count;
    chosen = count && (place + count) % count;
    [...list.children].forEach((each, at) => (each.ariaSelected = String(at === chosen)));
    if (count) field.setAttribute("aria-activedescendant", `suggest-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
  }

  /** The keys of the open list. @param {KeyboardEvent} event */
  function inList(event) {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(chosen)(event);
    else if (event.key === "Escape") {
      suggested = [];
      choose(0);
    } else return false;
    return true;
  }

  // --- keys ----------------------------------------------------------------------------------

  function complete() {
    const { selectionStart: at, selectionEnd } = field;
    const completed =
      at === selectionEnd && at ? app.intents.composer.complete(before()) : null;
    if (completed === null) return false;
    put(completed, 0, at);
    return true;
  }

  function onKey(/** @type {KeyboardEvent} */ event) {
    const { key, shiftKey } = event;
    if (key === "Enter" && !shiftKey) submit();
    else if (key === "ArrowUp" && !field.value) put(app.intents.composer.recall());
    else if (key !== "Tab" || shiftKey || !complete()) return false;
    return true;
  }

  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.altKey) return;
    if ((suggested.length && inList(event)) || onKey(event)) event.preventDefault();
  });
  field.addEventListener("input", changed);
  field.addEventListener("blur", () => {
    suggested = [];
    choose(0);
  });
  send.addEventListener("click", () => {
    submit();
    field.focus();
  });

  // --- files ---------------------------------------------------------------------------------

  const share = (/** @type {FileList | undefined} */ files) =>
    files?.length && app.intents.files.share([...files]);
  byId("share").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    share(chooser.files);
    chooser.value = "";
  });
  const hasFiles = (/** @type {DragEvent} */ event) =>
    app.inRoom() && event.dataTransfer?.types.includes("Files");
  const main = byId("main");
  main.dataset.drop = t("Drop files to share them");
  for (const kind of /** @type {const} */ (["dragover", "dragleave", "drop"]))
    document.addEventListener(kind, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      main.classList.toggle("dropping", kind === "dragover");
      if (kind === "drop") share(event.dataTransfer?.files);
    });
  document.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    // Office programs add a picture of the text that they copy.
    if (!app.inRoom() || !data?.files.length || data.types.includes("text/plain")) return;
    event.preventDefault();
    share(data.files);
  });

  function uploadRow(/** @type {UploadRow} */ { key, name, size, state, fraction, note }) {
    const failed = state === "failed";
    const cancel = failed ? t("Remove {name}", { name }) : t("Cancel {name}", { name });
    const percent = Math.floor(fraction * 100);
    return h(
      "li",
      icon(failed ? "warn" : "file", failed ? "bad" : ""),
      h("span.cut", { dir: "auto" }, name),
      state === "sending" && h("progress", { max: 1, value: fraction, "aria-label": name }),
      state === "sending" && h("span.tiny.size", size),
      state === "sending"
        ? h("span.tiny", `${percent} %`)
        : h("span", { class: `grow ${failed ? "bad" : "muted"}` }, note || t("Waiting")),
      failed && button(t("Retry"), () => app.intents.files.retry(key), "link low"),
      iconButton(cancel, "x", () => app.intents.files.cancel(key), "low"),
    );
  }

  function showUploads(/** @type {UploadRow[]} */ uploads) {
    const ups = byId("uploads");
    ups.hidden = !uploads.length;
    const failed = uploads.filter(({ state }) => state === "failed").length;
    const more = Math.max(0, uploads.length - UPLOADS);
    /** @type {(UploadRow | {key: "", more: number, failed: number})[]} */
    const shown = uploads.slice(0, UPLOADS);
    if (more || failed > 1) shown.push({ key: "", more, failed });
    sync(
      ups,
      shown,
      ({ key }) => key,
      (row) => ("more" in row ? lastRow(row.more, row.failed) : uploadRow(row)),
    );
  }

  const lastRow = (/** @type {number} */ more, /** @type {number} */ failed) =>
    h(
      "li",
      h("span.muted.grow", more ? t("and {count} more", { count: more }) : ""),
      failed > 1 &&
        button(t("Clear failed"), () => app.intents.files.clearFailed(), "link low"),
    );

  byId("uploads").hidden = true;

  return {
    screen: {
      showRoom(room) {
        const text = room ? t("Message #{room}", { room }) : "";
        field.placeholder = text;
        field.ariaLabel = text || t("Message");
      },
      insert(text) {
        field.focus();
        put(text, field.selectionStart, field.selectionEnd);
      },
      replace: (text) => put(text),
      hold(hold) {
        const why = hold?.reason ?? "";
        if (why !== held) app.announce(why);
        held = why;
        send.disabled = Boolean(hold);
        byId("hold").hidden = !hold;
        byId("hold").replaceChildren(
          icon("clock"),
          h("span.grow", why),
          h("span.tiny", hold?.left ?? ""),
        );
      },
    },
    transfers: { show: showUploads },
  };
}
