/** Parts of the program that are loaded when they are needed first. @module */

/**
 * @template {{intents: any}} Part
 * @typedef {object} Later a part that is loaded when it is needed first
 * @property {Part["intents"]} intents each loads it
 * @property {<T>(pick: (part: Part) => T) => T} intentsOf those that `pick` finds in it; each
 *   loads it
 * @property {(run: (part: Part) => void) => void} use do this with it, at once or when it is loaded
 * @property {() => void} prepare load it before it is needed, where that can be done now
 * @property {Part | null} part what is loaded; null: nothing has needed it
 * @property {boolean} isAwaited whether something is done with it as soon as it is loaded
 */

/**
 * Return a part that `load` makes. Its `intents` load it; `failed` is called where that cannot be
 * done now.
 *
 * @template {{intents: any}} Part
 * @param {() => Promise<Part>} load
 * @param {() => void} failed
 * @returns {Later<Part>}
 */
export function later(load, failed) {
  /** @type {Part | null} */
  let part = null;
  /** @type {Promise<Part> | null} */
  let loading = null;
  let waiting = 0;

  function get() {
    loading ??= load().then(
      (made) => (part = made),
      (error) => {
        loading = null;
        throw error;
      },
    );
    return loading;
  }

  function use(/** @type {(part: Part) => void} */ run) {
    if (part) {
      run(part);
      return;
    }
    waiting += 1;
    const end = () => void (waiting -= 1);
    void get().finally(end).then(run, failed);
  }

  /** @type {Later<Part>["intentsOf"]} */
  const intentsOf = (pick) =>
    /** @type {any} */ (
      new Proxy(
        {},
        {
          get:
            (_, name) =>
            (/** @type {any[]} */ ...values) =>
              use((made) => /** @type {any} */ (pick(made))[name](...values)),
        },
      )
    );
  return {
    intents: intentsOf((made) => made.intents),
    intentsOf,
    use,
    prepare: () => void get().catch(() => {}),
    get part() {
      return part;
    },
    get isAwaited() {
      return waiting > 0;
    },
  };
}
