/** Loads the part of the view that is needed only when the reader acts (on_demand.js). @module */

import { byId, h } from "./dom.js";
import { later } from "./tools.js";

/**
 * @import { App } from "./screen.js"
 * @import { Meets, OnDemand } from "./on_demand.js"
 */

/** Milliseconds from the room on until it is loaded without an act, and until another try. */
const SOON = 2000;
const AGAIN = 30_000;

/** Add `later.css` to the page. @returns {Promise<unknown>} */
const addStyle = () =>
  new Promise((done, fail) => {
    const first = /** @type {HTMLLinkElement} */ (
      document.querySelector("link[rel=stylesheet]")
    );
    const sheet = h("link", {
      rel: "stylesheet",
      href: new URL("later.css", first.href).href,
      onload: done,
      onerror() {
        sheet.remove();
        fail(new Error("later.css"));
      },
    });
    first.after(sheet);
  });

/** @param {App} app @param {Meets} meets */
export function makeLate(app, meets) {
  /** @type {OnDemand | null} */
  let part = null;
  /** @type {Promise<OnDemand> | null} */
  let loading = null;
  /** @type {Promise<unknown> | null} */
  let styled = null;

  async function get() {
    // The style comes first: nothing is shown without it.
    styled ??= addStyle();
    const [{ makeOnDemand }] = await Promise.all([import("./on_demand.js"), styled]);
    return (part = makeOnDemand(app, meets));
  }

  function load() {
    loading ??= get().catch((error) => {
      loading = null;
      styled = null;
      throw error;
    });
    return loading;
  }

  const prepare = () => void load().catch(() => {});

  function soon() {
    load().catch(() => setTimeout(soon, AGAIN));
  }

  // Toolbar and keys of the messages should be there when the reader comes to them.
  for (const kind of ["pointerover", "focusin"])
    byId("pane").addEventListener(kind, prepare, { once: true });

  /** Do this with the part, at once or when it is loaded. @param {(part: OnDemand) => void} run */
  function use(run) {
    if (part) run(part);
    else later(load(), run);
  }

  return {
    load,
    prepare,
    use,
    /** The room is shown. */
    begin: () => void setTimeout(soon, SOON),
    /**
     * The part of the screen that `pick` finds there, each function of which loads it.
     *
     * @template T
     * @param {(part: OnDemand) => any} pick
     * @param {(name: string, values: unknown[]) => boolean} opens what loads it: calls before
     *   that would change nothing
     * @returns {T}
     */
    stand(pick, opens) {
      let wanted = false;
      const call = (/** @type {string} */ name, /** @type {unknown[]} */ values) => {
        wanted ||= opens(name, values);
        if (wanted) use((loaded) => pick(loaded)[name](...values));
      };
      return /** @type {any} */ (
        new Proxy(
          {},
          {
            get:
              (_, name) =>
              (/** @type {unknown[]} */ ...values) =>
                call(String(name), values),
          },
        )
      );
    },
  };
}
