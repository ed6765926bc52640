/** Notify subscribers of a change without importing them. @module */

/** Make something to subscribe to; what its values are is said where it is made. */
export function makeObservable() {
  /** @type {((value: any) => void)[]} */
  const observers = [];
  return {
    subscribe: (/** @type {(value: any) => void} */ observer) => void observers.push(observer),
    notify: (/** @type {any} */ value = undefined) => observers.forEach((each) => each(value)),
  };
}
