/** The network as the controller has it (`api.js`). */

import { unfit } from "./fitting.js";
import { askRoom } from "./http.js";
import { RoomSession } from "./session.js";
import { watchWake } from "./wake.js";

/** @import {Network} from "./api.js" */

/** @param {string} version of this program @returns {Network} */
export function makeNetwork(version) {
  const client = `Chatroom web ${version.split(".", 2).join(".")}`.trim();
  /** @type {RoomSession | null} */
  let session = null;
  /** @type {RoomSession["feed"]} */
  const feed = (input) => session?.feed(input);
  const checkNow = () => session?.checkNow();
  watchWake(checkNow);
  return {
    room: () => askRoom().catch(() => null),
    connect(options, tell) {
      if (session) session.muted = true;
      feed((protocol, now) => protocol.leave(now));
      session = new RoomSession(options, tell, client);
    },
    send: (message) => feed((protocol, now) => protocol.send(message, now)),
    reconnectNow: () => feed((protocol) => protocol.reconnectNow()),
    checkNow,
    leave: () => feed((protocol, now) => protocol.leave(now)),
    ask: (query) => feed((protocol, now) => protocol.ask(query, now)),
    typing: () => feed((protocol, now) => protocol.typing(now)),
    upload: (key, file) => void session?.upload(key, file),
    unfit: async (file) => (session ? unfit(file, session.protocol.limits) : null),
    cancelUpload: (key) => session?.cancelUpload(key),
    async fetchText(file) {
      const { fetchText } = await import("./files.js");
      return fetchText(file, session?.protocol.roomJournal ?? "", session?.host ?? "");
    },
    place: (path) => (session?.host ?? "") + path,
    get hosts() {
      return session?.protocol.hosts.all.filter((host) => host !== location.origin) ?? [];
    },
  };
}
