/** The viewer for shared pictures: fits the window or shows every pixel, zooms, goes on. @module */

import { t } from "../i18n/translate.js";
import { dialog, openDialog } from "./dialog.js";
import { button, h, iconButton } from "./dom.js";

/**
 * @import { PictureView, WindowsScreen } from "./contract.js"
 * @import { App } from "./screen.js"
 */

const STEP = 1.25; // of one zoom step
const MOST = 8;

/** @param {App} app @returns {Pick<WindowsScreen, "showPicture">} */
export function makePictures(app) {
  /** @type {PictureView} */
  let view;
  /** 0: as large as the window. */
  let scale = 0;
  const image = h("img", { crossorigin: "anonymous", draggable: false });
  const stage = h(
    "div.stage",
    { tabIndex: 0, role: "region", "aria-label": t("Picture"), onwheel: wheel },
    image,
  );
  const facts = h("span.tiny.grow");
  const size = button("", () => zoom(scale ? 0 : 1), "line");
  const step = (/** @type {number} */ by) => app.intents.pictures.step(by);
  const before = iconButton(t("Previous picture"), "up", () => step(-1), "line before");
  const after = iconButton(t("Next picture"), "up", () => step(1), "line after");
  const frame = h("div.frame", stage, before, after);
  image.addEventListener("load", () => zoom(scale));

  const fitting = () =>
    Math.min(
      1,
      stage.clientWidth / image.naturalWidth,
      stage.clientHeight / image.naturalHeight,
    ) || 1;

  /** The point of the picture at `x`, `y` of the stage stays there. */
  function zoom(
    /** @type {number} */ to,
    x = stage.clientWidth / 2,
    y = stage.clientHeight / 2,
  ) {
    const was = image.getBoundingClientRect();
    const box = stage.getBoundingClientRect();
    const [across, down] = [box.left + x - was.left, box.top + y - was.top];
    scale = to && Math.min(MOST, to);
    image.style.width = scale ? `${Math.max(1, image.naturalWidth * scale)}px` : "";
    stage.classList.toggle("zoomed", scale > 0);
    size.textContent = scale ? t("Fit") : "1:1";
    if (!was.width) return;
    const now = image.getBoundingClientRect();
    stage.scrollLeft += now.left + (across * now.width) / was.width - (box.left + x);
    stage.scrollTop += now.top + (down * now.height) / was.height - (box.top + y);
  }

  /** Smaller than the window is the window's size. */
  function zoomBy(/** @type {number} */ factor, x = undefined, y = undefined) {
    const to = (scale || fitting()) * factor;
    zoom(to <= fitting() ? 0 : to, x, y);
  }

  function wheel(/** @type {WheelEvent} */ event) {
    event.preventDefault();
    const { left, top } = stage.getBoundingClientRect();
    const at = /** @type {any} */ ([event.clientX - left, event.clientY - top]);
    zoomBy(event.deltaY < 0 ? STEP : 1 / STEP, ...at);
  }

  stage.addEventListener("pointermove", ({ buttons, pointerType, movementX, movementY }) => {
    if (buttons && pointerType === "mouse") stage.scrollBy(-movementX, -movementY);
  });
  image.addEventListener("dblclick", ({ clientX, clientY }) => {
    const { left, top } = stage.getBoundingClientRect();
    const at = /** @type {any} */ ([clientX - left, clientY - top]);
    zoom(scale ? 0 : 1, ...at);
  });

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => view.before && step(-1),
    ArrowRight: () => view.after && step(1),
    "+": () => zoomBy(STEP),
    "-": () => zoomBy(1 / STEP),
    0: () => zoom(0),
    1: () => zoom(1),
  };

  function open() {
    const shown = openDialog("picture", view.name, {
      look: "viewer",
      closed: () => app.intents.pictures.closed(),
      buttons: [button(t("Save"), () => app.intents.files.save(view.fileId), "main", "save")],
    });
    shown.fill(frame);
    shown.node.querySelector("footer")?.prepend(facts, size);
    shown.node.addEventListener("keydown", (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
    stage.focus();
  }

  return {
    showPicture(now, lift) {
      if (!now) return dialog("picture")?.close();
      const other = view?.fileId !== now.fileId || !dialog("picture");
      view = now;
      if (!dialog("picture")) {
        if (!lift) return;
        open();
      }
      if (other) {
        image.removeAttribute("src"); // else the one before stays until this one is here
        scale = 0;
        zoom(0);
        image.src = now.url;
      }
      image.alt = now.name;
      facts.textContent = now.facts;
      dialog("picture")?.node.querySelector("h2")?.replaceChildren(now.name);
      for (const [node, there] of /** @type {[HTMLButtonElement, boolean][]} */ ([
        [before, now.before],
        [after, now.after],
      ])) {
        if (!there && node.matches(":focus")) stage.focus();
        node.hidden = !there;
      }
    },
  };
}
