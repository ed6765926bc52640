/** Keep the preferences and apply each change to the page at once. @module */

import { t } from "../i18n/translate.js";
import { zoomed } from "../model/preferences.js";

/**
 * @import {Choices} from "../model/preferences.js"
 * @import {Context} from "./context.js"
 * @import {makePresenter} from "./presenter.js"
 */

export function makePreferences(
  /** @type {Context} */ context,
  /** @type {ReturnType<typeof makePresenter>} */ presenter,
  /** @type {() => void} shows theme and size as chosen */ apply,
) {
  const { browser, screen } = context;

  function form() {
    let notifyHint = "";
    if (!browser.canNotify)
      notifyHint = t("Notifications need an encrypted connection (https).");
    else if (browser.permission() === "denied") {
      notifyHint = t(
        "This browser blocks notifications of this page. Allow them in its settings.",
      );
    }
    return { ...context.chosen, canNotify: !notifyHint, notifyHint };
  }

  function choose(/** @type {Partial<Choices>} */ changes) {
    const before = context.chosen;
    context.choose(changes);
    const { hours, seconds, notify, showJoins } = context.chosen;
    apply();
    if (hours !== before.hours || seconds !== before.seconds || showJoins !== before.showJoins)
      presenter.setAnew();
    if (notify === "off" || notify === before.notify || !browser.canNotify) return;
    // Only now: the person has turned them on.
    void browser.askPermission().then((answer) => {
      if (answer !== "granted") context.choose({ notify: "off" });
      if (answer !== "granted") screen.windows.showPreferences(form(), false);
    });
  }

  return {
    open: () => screen.windows.showPreferences(form(), true),
    choose,
    /** Switch between light and dark; the system's theme no longer matters. */
    toggleTheme() {
      const { theme } = context.chosen;
      const dark = theme === "system" ? browser.isDark() : theme === "dark";
      choose({ theme: dark ? "light" : "dark" });
    },
    zoom: (/** @type {number} */ step) =>
      choose({ textSize: zoomed(context.chosen.textSize, step) }),
  };
}
