/** The members beside the conversation; in a narrow window they are a drawer. @module */

import { t } from "../i18n/translate.js";
import { byId, face, h, icon, iconButton, isNarrow, sign, sync } from "./dom.js";
import { roleName } from "./rows.js";

/**
 * @import { MemberRow } from "./contract.js"
 * @import { App } from "./screen.js"
 */

/** @param {App} app */
export function makeMembers(app) {
  const side = byId("members");
  const room = byId("room");
  const people = byId("people");
  const summaryText = h("span.muted");
  const body = h("div");
  side.append(
    h(
      "header.line-up",
      h("h2", `${t("Members")} `, summaryText),
      iconButton(t("Close"), "x", () => toggle(), "close"),
    ),
    body,
  );
  const groups = [t("Here"), t("Reconnecting"), t("Unknown while disconnected")].map(
    (title) => {
      const list = h("ul");
      const heading = h("h3");
      body.append(heading, list);
      return { title, heading, list };
    },
  );

  /** @param {HTMLElement} from @param {MemberRow} member */
  const openActs = (from, member) =>
    app.late.use((part) =>
      part.openActs(app, from, member, () => {
        if (room.classList.contains("drawer")) toggle(false);
      }),
    );

  /** @param {MemberRow} member */
  function row(member) {
    const { name, colour, away, left, you, unknown, role, muted, note, ignored } = member;
    const more = iconButton(t("Actions for {name}", { name }), "dots", () =>
      openActs(more, member),
    );
    more.ariaHasPopup = "menu";
    return h(
      "li",
      {
        class: `who${away || unknown ? " away" : ""}`,
        oncontextmenu(/** @type {Event} */ event) {
          if (you) return;
          event.preventDefault();
          openActs(more, member);
        },
      },
      face(name, colour, true),
      h(
        "span.grow.cut",
        { dir: "auto" },
        h("span", name),
        you && h("span.muted", ` (${t("you")})`),
        note && h("span.note-line.tiny", { dir: "auto", title: note }, note),
      ),
      left && h("span.tiny", left),
      role !== "member" && sign(role === "owner" ? "star" : "shield", roleName(role)),
      muted && sign("mute", t("muted")),
      ignored && sign("hide", t("ignored")),
      !you && more,
    );
  }

  /** @param {MemberRow[]} members @param {string} summary */
  function show(members, summary) {
    summaryText.textContent = summary;
    people.replaceChildren(icon("people"), String(members.length));
    people.ariaLabel = t("Members, {count}", { count: members.length });
    groups.forEach(({ title, heading, list }, place) => {
      const rows = members.filter(
        ({ away, unknown }) => place === (unknown ? 2 : away ? 1 : 0),
      );
      heading.hidden = !rows.length;
      heading.textContent = `${title}, ${rows.length}`;
      sync(list, rows, ({ name }) => name, row);
    });
  }

  /** Open or close; a drawer takes the focus and gives it back. */
  function toggle(open = !(isNarrow() ? room.classList.contains("drawer") : isShown())) {
    const narrow = isNarrow();
    room.classList.toggle("drawer", narrow && open);
    if (!narrow) room.classList.toggle("no-side", !open);
    people.ariaExpanded = String(open);
    for (const id of ["main", "banner"]) byId(id).inert = narrow && open;
    if (narrow) (open ? side.querySelector(".close") : people).focus();
  }

  const isShown = () => !room.matches(".no-side, .searching");

  people.addEventListener("click", () => {
    if (room.classList.contains("searching")) app.closeSearch();
    else toggle();
  });
  byId("scrim").addEventListener("click", () => toggle(false));
  side.addEventListener("keydown", (/** @type {KeyboardEvent} */ { key }) => {
    if (key !== "Escape") return;
    if (room.classList.contains("drawer")) toggle(false);
    else app.focusField();
  });
  addEventListener("resize", () => {
    if (!isNarrow() && room.classList.contains("drawer")) {
      room.classList.remove("drawer");
      byId("main").inert = byId("banner").inert = false;
    }
  });
  return { show };
}
