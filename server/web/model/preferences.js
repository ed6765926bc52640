/** What the person chose; an invalid value becomes the default of its field. @module */

const USUAL = 100;

const DEFAULTS = {
  theme: /** @type {"light" | "dark" | "system"} */ ("system"),
  textSize: USUAL,
  sound: true,
  notify: /** @type {"off" | "mentions" | "all"} */ ("off"),
  hours: /** @type {12 | 24} */ (24),
  seconds: false,
  showJoins: true,
};

/** @typedef {typeof DEFAULTS} Choices `textSize` in percent */

/** @type {Record<string, (value: any) => boolean>} */
const VALID = {
  theme: (value) => ["light", "dark", "system"].includes(value),
  textSize: (value) => Number.isInteger(value) && value >= 70 && value <= 250,
  notify: (value) => ["off", "mentions", "all"].includes(value),
  hours: (value) => value === 12 || value === 24,
};

/** Return the valid ones of these values over `before`. */
export function choose(/** @type {any} */ values, before = DEFAULTS) {
  /** @type {Record<string, unknown>} */
  const now = { ...before };
  for (const key of Object.keys(DEFAULTS)) {
    const value = values?.[key];
    if (VALID[key]?.(value) ?? typeof value === "boolean") now[key] = value;
  }
  return /** @type {Choices} */ (now);
}

/** Return the text size after `step` steps of 10 percent; 0: the usual one. */
export const zoomed = (/** @type {number} */ size, /** @type {number} */ step) =>
  step ? Math.min(250, Math.max(70, size + step * 10)) : USUAL;
