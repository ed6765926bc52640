/** The dialog of the preferences; each choice counts at once. @module */

import { t } from "../i18n/translate.js";
import { dialog, openDialog } from "./dialog.js";
import { h } from "./dom.js";

/** @import { PreferencesForm } from "./contract.js" */

const SIZES = [80, 90, 100, 110, 125, 150, 175, 200];

/** @param {import("./screen.js").App} app */
export function makePreferences(app) {
  /** @param {PreferencesForm} form @param {boolean} lift */
  function showPreferences(form, lift) {
    if (!lift && !dialog("preferences")) return;
    const choose = (/** @type {Partial<PreferencesForm>} */ part) => {
      Object.assign(form, part);
      app.intents.preferences.choose({ ...form });
    };

    /** @param {keyof PreferencesForm} key @param {string} title @param {[any, string][]} values */
    const radios = (key, title, values) =>
      h(
        "fieldset",
        h("legend", title),
        ...values.map(([value, text]) =>
          choice(text, "radio", form[key] === value, () => choose({ [key]: value }), key),
        ),
      );

    const choice = (
      /** @type {string} */ text,
      /** @type {string} */ type,
      /** @type {boolean} */ checked,
      /** @type {(checked: boolean) => void} */ chosen,
      name = "",
      disabled = false,
    ) => {
      const input = h("input", { type, name, checked, disabled });
      input.onchange = () => chosen(input.checked);
      return h("label.choice", input, text);
    };

    const notify = radios("notify", t("Notifications"), [
      ["off", t("Off")],
      ["mentions", t("Mentions")],
      ["all", t("All messages")],
    ]);
    notify.disabled = !form.canNotify;
    const size = h(
      "select",
      { id: "text-size", onchange: () => choose({ textSize: Number(size.value) }) },
      ...[...new Set([...SIZES, form.textSize])]
        .sort((a, b) => a - b)
        .map((each) =>
          h("option", { value: each, selected: each === form.textSize }, `${each} %`),
        ),
    );
    const shown = dialog("preferences") ?? openDialog("preferences", t("Preferences"));
    const focused = document.activeElement?.closest(".choice")?.textContent;
    shown.fill(
      radios("theme", t("Theme"), [
        ["system", t("As the system")],
        ["light", t("Light")],
        ["dark", t("Dark")],
      ]),
      h("div", h("label", { for: "text-size" }, t("Text size")), size),
      notify,
      ...(form.notifyHint ? [h("p.small.muted", form.notifyHint)] : []),
      choice(t("Play a sound"), "checkbox", form.sound, (sound) => choose({ sound })),
      radios("hours", t("Times"), [
        [24, t("24 hours")],
        [12, t("12 hours")],
      ]),
      choice(t("Show seconds"), "checkbox", form.seconds, (seconds) => choose({ seconds })),
      choice(t("Show who joins and leaves"), "checkbox", form.showJoins, (showJoins) =>
        choose({ showJoins }),
      ),
    );
    for (const each of shown.node.querySelectorAll(".choice"))
      if (focused === each.textContent) each.querySelector("input")?.focus();
  }

  return { showPreferences };
}
