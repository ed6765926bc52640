/** A tab of the browser client in Firefox, used by roles, names and keys. @module */

import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

/**
 * @import { Browser, Page } from "puppeteer-core"
 */

/** Milliseconds to wait for what a person should see at once; builds run on busy machines. */
const PATIENCE = 15_000;

const { FIREFOX, STAGE, ROOM_PORT, SAVED } = process.env;

/** Leads to this computer, and looks like another one (OTHER_NAME in tests/support/browser.py). */
const OTHER_NAME = "chat.test";

export const URLS = {
  http: `http://127.0.0.1:${ROOM_PORT}`,
  https: `https://${OTHER_NAME}:${ROOM_PORT}`,
};
const OWN = Object.values(URLS);

/** Firefox must not ask the internet anything, and saves files without a question. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "browser.download.dir": SAVED,
  "browser.download.folderList": 2,
  "layout.css.prefers-color-scheme.content-override": 1,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.localDomains": OTHER_NAME,
};

/** Start Firefox without a window. @returns {Promise<Browser>} */
export const startFirefox = () =>
  puppeteer.launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    acceptInsecureCerts: true,
    extraPrefsFirefox: PREFERENCES,
    defaultViewport: { width: 1280, height: 800 },
  });

/** Ask the stage (stage.py) to do something. @param {string} name @returns {Promise<any>} */
export async function stage(name, fields = {}) {
  const answer = await fetch(`${STAGE}/${name}`, {
    method: "POST",
    body: JSON.stringify(fields),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/**
 * Ask again and again until the answer is right.
 *
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} ask
 * @param {(answer: T) => unknown} [right]
 */
export async function until(what, ask, right = Boolean) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (Date.now() > end) assert.fail(`${what}: ${JSON.stringify(answer)}`);
    await new Promise((done) => setTimeout(done, 30));
  }
}

export class Tab {
  /** What must not happen in any test. @type {string[]} */
  problems = [];

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type()))
        this.problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.problems.push(`exception: ${error}`));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (/^(http|ws)/.test(protocol) && !OWN.includes(origin.replace(/^ws/, "http")))
        this.problems.push(`request to another host: ${request.url()}`);
    });
  }

  /** Open a tab of a device of its own. @param {Browser} browser */
  static async open(browser, url = URLS.http, locale = "") {
    const context = await browser.createBrowserContext();
    const tab = new Tab(await context.newPage());
    if (locale) {
      const { connection } = /** @type {any} */ (browser);
      const contexts = [/** @type {any} */ (tab.page.mainFrame())._id];
      await connection.send("emulation.setLocaleOverride", { locale, contexts });
    }
    // Firefox writes violations of the policy to a console that tests do not see.
    await tab.page.evaluateOnNewDocument(() =>
      document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`forbidden by ${event.violatedDirective}: ${event.blockedURI}`),
      ),
    );
    await tab.page.goto(url);
    return tab;
  }

  /** Open a tab and join. @param {Browser} browser @param {string} name */
  static async join(browser, name, url = URLS.http) {
    const tab = await Tab.open(browser, url);
    await tab.joins(name);
    return tab;
  }

  /** @param {string} name @param {string} [label] */
  async joins(name, label = "Your name") {
    await (await this.find(label, "textbox")).click({ count: 3 });
    await this.page.keyboard.type(name);
    await this.page.keyboard.press("Enter");
    await this.inRoom();
  }

  inRoom = () => this.focused("field");

  /** Wait for an element with this name. @param {string} name @param {string} [role] */
  async find(name, role) {
    const selector = `aria/${name}${role ? `[role="${role}"]` : ""}`;
    const found = await this.page.waitForSelector(selector, { visible: true });
    return found ?? assert.fail(name);
  }

  /** @param {string} name */
  press = async (name, role = "button") => (await this.find(name, role)).click();

  /** Press keys together, such as "Control+f". @param {string} names */
  async keys(names) {
    const keys = /** @type {import("puppeteer-core").KeyInput[]} */ (names.split("+"));
    for (const key of keys) await this.page.keyboard.down(key);
    for (const key of keys.reverse()) await this.page.keyboard.up(key);
  }

  /** Type a message into the field that has the focus, and press Enter. @param {string} text */
  async send(text) {
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
  }

  /** The visible text of elements. @param {string} selector @returns {Promise<string[]>} */
  texts = (selector) =>
    this.page.evaluate(
      (all) =>
        [...document.querySelectorAll(all)]
          .filter((each) => each.checkVisibility())
          .map((each) => each.textContent ?? ""),
      selector,
    );

  /** Wait until elements have a text. @param {string} selector @param {string} text */
  shows = (selector, text) =>
    until(
      `${selector} shows ${text}`,
      () => this.texts(selector),
      (all) => all.some((each) => each.includes(text)),
    );

  /** Wait until no element has it. @param {string} selector @param {string} text */
  hides = (selector, text = "") =>
    until(
      `${selector} shows no ${text}`,
      () => this.texts(selector),
      (all) => !all.some((each) => each.includes(text)),
    );

  /** All texts `prefix-1`, `prefix-2`, … of the conversation. @param {string} prefix */
  numbers = async (prefix) =>
    (await this.texts("#messages [role=listitem]"))
      .join("\n")
      .match(RegExp(`${prefix}-\\d+`, "g")) ?? [];

  /** The text in the field for messages. */
  written = () =>
    this.page.$eval("#field", (field) => /** @type {HTMLTextAreaElement} */ (field).value);

  /** Wait until the element with this id has the focus. @param {string} id */
  focused = (id) =>
    until(
      `${id} has the focus`,
      () => this.page.evaluate(() => document.activeElement?.id),
      (focused) => focused === id,
    );

  /** Whether nothing sticks out to the right. */
  fits = () =>
    this.page.evaluate(() => {
      const page = document.documentElement;
      return page.scrollWidth <= page.clientWidth;
    });

  async close() {
    await this.page.browserContext().close();
    assert.deepEqual(this.problems, []);
  }
}
