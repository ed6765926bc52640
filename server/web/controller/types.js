/** What the controller is given: types only, so no page loads this. @module */

/**
 * @import {Network, Store} from "../network/api.js"
 * @import {Notepage, Screen} from "../view/contract.js"
 *
 * @typedef {object} Browser the browser around the page; no call blocks
 * @property {boolean} canNotify the page is encrypted, so that it may ask for notifications
 * @property {() => string} permission "granted", "denied" or "default"
 * @property {() => Promise<string>} askPermission
 * @property {(title: string, text: string) => void} notify
 * @property {() => void} withdraw remove the notifications shown so far
 * @property {(url: string, name: string) => void} download
 * @property {(name: string) => Promise<string>} getText one of the files of this program
 * @property {(blob: Blob) => string} makeUrl an address that shows it in this page
 * @property {(url: string) => void} revokeUrl
 * @property {(path: string) => Promise<any>} getJson null: the server did not answer
 * @property {(url: string) => void} go leave this page for another
 * @property {() => boolean} isDark
 *
 * @typedef {object} Page what the server wrote into the page
 * @property {string} room
 * @property {string} key base64url, the hash of the room's TLS key
 * @property {boolean} encrypted
 * @property {boolean} local it comes from this computer
 * @property {boolean} windows the browser runs on Windows
 * @property {string} version
 * @property {string} origin
 * @property {string} [ownerKey] of the link that opened the page
 * @property {number} [message] the `seq` of the message that it leads to
 *
 * @typedef {object} Parts
 * @property {Network} network
 * @property {Store} store
 * @property {Screen} screen
 * @property {Browser} browser
 * @property {Page} page
 * @property {() => number} clock seconds, for what depends on time passing
 * @property {() => Date} wall the time of day
 * @property {{frame: (run: () => void) => void, later: (run: () => void, ms: number) => void}} timers
 *
 * @typedef {object} Note a page in place of the room
 * @property {Notepage["icon"]} icon
 * @property {string} title
 * @property {string} text
 * @property {string} [action]
 * @property {() => void} [act]
 * @property {number} [at] when `act` is ready, in seconds of the clock
 * @property {boolean} [auto] then it is carried out by itself
 */

export {};
