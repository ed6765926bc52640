"""A tab of the browser client, used as a person uses it: by roles and names, keys and clicks.

All names on screen that several tests need stand here.
"""

import re
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Locator, Page, Request, expect

# What Chromium itself writes when a server is away or refuses, which the page handles, and when
# a header that needs a secure context comes without one.
_CHROMIUMS = (
    "Failed to load resource",
    "WebSocket connection to",
    "The Cross-Origin-Opener-Policy header has been ignored",
)

# Not innerText: rows out of view have none (content-visibility).
_TEXTS = """
list => [...list.querySelectorAll('[role=listitem]')].map(row => {
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode.data);
    return texts.join(' ');
})
"""

# Chromium without windows treats all tabs as shown.
_HIDDEN = """
hidden => {
    const state = hidden ? 'hidden' : 'visible';
    Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => state});
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.hasFocus = () => !hidden;
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event(hidden ? 'blur' : 'focus'));
}
"""


class Tab:
    """One page. `problems` collects what must not happen in any test."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.name = ""
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error.stack}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_CHROMIUMS):
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("data", "blob") or parts.netloc == urlsplit(self.page.url).netloc:
            return
        if not request.is_navigation_request():
            self.problems.append(f"request to another host: {request.url}")

    # --- the join page -------------------------------------------------------------------

    async def open(self, path: str = "/") -> Self:
        """Open the page of the room."""
        await self.page.goto(self.url + path)
        return self

    @property
    def name_field(self) -> Locator:
        """The field of the join page."""
        return self.page.get_by_label("Your name")

    @property
    def password_field(self) -> Locator:
        """The field of the join page, where the room has a password."""
        return self.page.get_by_label("Room password")

    async def ask_to_join(self, name: str, password: str = "") -> None:
        """Fill in the join page and press Join; it may be refused."""
        await self.name_field.fill(name)
        if password:
            await self.password_field.fill(password)
        await self.button("Join").click()

    async def join(self, name: str, password: str = "") -> Self:
        """Join, and wait for the room."""
        self.name = name
        await self.ask_to_join(name, password)
        await self.in_room()
        return self

    async def in_room(self) -> None:
        """Wait until the room is shown, with oneself among the members."""
        await expect(self.composer).to_be_visible()

    # --- the room -----------------------------------------------------------------------

    @property
    def composer(self) -> Locator:
        """The field for messages."""
        return self.page.get_by_role("textbox", name=re.compile("^Message"))

    @property
    def log(self) -> Locator:
        """The conversation."""
        return self.page.get_by_role("list", name="Messages")

    @property
    def conversation(self) -> Locator:
        """The pane that scrolls."""
        return self.page.get_by_role("region", name="Conversation")

    @property
    def pending(self) -> Locator:
        """The own messages that the room does not have yet."""
        return self.page.get_by_role("list", name="Not sent yet").get_by_role("listitem")

    @property
    def uploads(self) -> Locator:
        """The files that are being shared, and those that were refused."""
        return self.page.get_by_role("list", name="Files being shared").get_by_role("listitem")

    def card(self, name: str) -> Locator:
        """Return the cards of a shared file."""
        return self.log.get_by_role("article", name=f"File {name}")

    @property
    def members(self) -> Locator:
        """The list of members, with its heading."""
        return self.page.get_by_role("complementary", name="Members")

    @property
    def banner(self) -> Locator:
        """Says that the connection is lost."""
        return self.page.get_by_role("status").filter(has_text="sent when you are back")

    def button(self, name: str) -> Locator:
        """Return the button with exactly this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def dialog(self, name: str = "") -> Locator:
        """Return the open dialog."""
        return self.page.get_by_role("dialog", name=name or None)

    def message(self, text: str) -> Locator:
        """Return the rows of the conversation with this text."""
        return self.log.get_by_role("listitem").filter(has_text=text)

    async def send(self, text: str) -> None:
        """Type a message, and press Enter."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def hide(self) -> None:
        """Show another tab or program instead: the page is hidden, without the keyboard."""
        await self.page.evaluate(_HIDDEN, True)

    async def show(self) -> None:
        """Come back to the tab."""
        await self.page.evaluate(_HIDDEN, False)

    async def shows(self, *texts: str) -> None:
        """Wait until each of these texts is in the conversation, exactly once."""
        for text in texts:
            await expect(self.message(text)).to_have_count(1)

    async def rows(self) -> list[str]:
        """Return the text of each row of the conversation, from top to bottom."""
        rows: list[str] = await self.log.evaluate(_TEXTS)
        return rows

    async def has_sent_all(self) -> None:
        """Wait until the room has all own messages."""
        await expect(self.pending).to_have_count(0)

    async def search(self, words: str) -> Locator:
        """Search all history; return the results."""
        await self.page.keyboard.press("Control+f")
        await self.search_field.fill(words)
        await self.button("Search all history").click()
        return self.page.get_by_role("complementary", name="Search").locator("li")

    @property
    def search_field(self) -> Locator:
        """The field of the search."""
        return self.page.get_by_label("Search all messages")

    async def numbers(self, prefix: str) -> list[str]:
        """Return all texts `prefix-1`, `prefix-2`, … of the conversation, in order."""
        return re.findall(rf"\b{re.escape(prefix)}-\d+\b", "\n".join(await self.rows()))

    async def menu(self, *entries: str) -> None:
        """Choose an entry of the menu."""
        await self.button("Menu").click()
        for entry in entries:
            await self.page.get_by_role("menuitem", name=entry).click()

    async def choose(self, row: Locator, entry: str) -> None:
        """Choose an entry of the menu of a message."""
        await row.hover()
        await row.get_by_role("button", name="More", exact=True).click()
        await self.page.get_by_role("menuitem", name=entry).click()

    async def save_as(self, form: str) -> None:
        """Choose the form in which to save the conversation: text, html or json."""
        names = {"text": "As text", "html": "As a web page", "json": "As JSON"}
        await self.page.get_by_role("menuitem", name=names[form]).click()

    async def has_members(self, names: Sequence[str]) -> None:
        """Wait until the list of members has exactly these."""
        await expect(self.members.get_by_role("listitem")).to_have_count(len(names))
        for name in names:
            await expect(self.members.get_by_text(name, exact=True)).to_be_visible()
