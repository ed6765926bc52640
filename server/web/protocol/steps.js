/** The steps that an input asks for, in order. */

/** @import {NetworkEvent, Wire} from "../network/api.js" */
/** @import {Step} from "./state.js" */

export class Steps {
  /** @type {Step[]} */
  #steps = [];

  /** @param {Step} step */
  add(step) {
    this.#steps.push(step);
  }

  hangUp() {
    this.add({ do: "hangUp" });
  }

  /** @param {Wire} request */
  send(request) {
    this.add({ do: "send", request });
  }

  /** @param {NetworkEvent} event */
  tell(event) {
    this.add({ do: "tell", event });
  }

  /** Those since the last call. */
  take() {
    return this.#steps.splice(0);
  }
}
