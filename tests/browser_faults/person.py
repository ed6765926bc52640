"""A person with a browser behind a bad network: types, reloads, closes tabs, and comes back."""

import asyncio
import re
from contextlib import suppress
from typing import Self

from playwright.async_api import Browser, BrowserContext, Error, expect

from tests.browser.tab import Tab
from tests.faults.proxy import Proxy
from tests.support.waiting import until_asked

PATIENCE = 60.0
"""Seconds until a person gives up, which is a finding."""
LOAD_WITHIN = 5.0
"""Seconds until a person presses F5 once more: what was asked of a dead network never comes."""
_WAKE = "document.dispatchEvent(new Event('visibilitychange'))"


class Person:
    """One person. `typed` has all texts that the field took, in order.

    A text counts as sent as soon as the field is empty again: from then on it must not be lost.
    """

    def __init__(self, name: str, context: BrowserContext, port: int) -> None:
        self.name = name
        self.typed: list[str] = []
        self.network = Proxy(port)
        self.problems: list[str] = []
        self.longest = 0.0
        self._context = context
        self._tabs = 0
        self._still_to_type = 0
        # One does not type and reload at the same time.
        self._hands = asyncio.Lock()

    @classmethod
    async def enter(cls, browser: Browser, name: str, port: int) -> Self:
        """Come with a browser of one's own, and join."""
        context = await browser.new_context()
        context.set_default_timeout(PATIENCE * 1000)
        context.set_default_navigation_timeout(LOAD_WITHIN * 1000)
        person = cls(name, context, port)
        await person._new_tab()
        return person

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.network.port}"

    async def _new_tab(self) -> None:
        """Join in a new tab, under a new name: the earlier membership may still be there."""
        self._tabs += 1
        self.tab = Tab(await self._context.new_page(), self._url)
        await self._load()
        await self.tab.join(f"{self.name}{self._tabs}")
        await self._offered()

    async def _load(self) -> None:
        """Load the page, again and again while the server is away, as a person presses F5."""

        async def load() -> bool:
            with suppress(Error):
                await self.tab.open()
                await self.tab.page.locator("h1:visible").first.wait_for(
                    timeout=LOAD_WITHIN * 1000
                )
                return True
            return False

        await until_asked(load, within=PATIENCE)

    async def _offered(self) -> None:
        """Send what an earlier tab did not send, unless the conversation shows that it did."""
        again = self.tab.page.get_by_role("button", name="Try again")
        waiting = self.tab.pending.filter(has=again)
        while await waiting.count():
            row = waiting.first
            (text,) = re.findall(rf"\b{self.name}-\d+\b", await row.inner_text())[:1]
            sent = text in await self.tab.numbers(self.name)
            await row.get_by_role("button", name="Discard" if sent else "Try again").click()
            await expect(waiting.filter(has_text=text)).to_have_count(0)

    # --- what a person does --------------------------------------------------------------

    async def type(self, count: int, pause: float) -> None:
        """Send `count` messages, `pause` seconds apart."""
        for _ in range(count):
            async with self._hands:
                text = f"{self.name}-{len(self.typed) + 1}"
                await self.tab.send(text)
                await expect(self.tab.composer).to_have_value("")
                self.typed.append(text)
            await asyncio.sleep(pause)

    async def reload(self) -> None:
        """Reload the page; the membership goes on."""
        async with self._hands:
            await self._keep_problems()
            with suppress(Error):
                await self.tab.page.reload()
            await self._load()
            await self.tab.in_room()

    async def close_tab(self) -> None:
        """Close the tab in the middle of everything, and come back in a new one."""
        async with self._hands:
            await self._keep_problems()
            await self.tab.page.close()
            await self._new_tab()

    async def wake(self) -> None:
        """Open the lid of the laptop."""
        with suppress(Error):  # the page is just loading
            await self.tab.page.evaluate(_WAKE)

    # --- what there is to check ----------------------------------------------------------

    async def _keep_problems(self) -> None:
        self.problems += self.tab.problems
        self.tab.problems.clear()

    async def settled(self, newest: str) -> None:
        """Wait until all is sent and the newest message is shown."""
        await expect(self.tab.banner).to_be_hidden(timeout=PATIENCE * 1000)
        await expect(self.tab.pending).to_have_count(0, timeout=PATIENCE * 1000)
        if newest:
            await expect(self.tab.message(newest).last).to_be_visible(timeout=PATIENCE * 1000)
        await self._keep_problems()

    async def shown(self) -> list[str]:
        """Return the numbered texts on the page, from top to bottom."""
        return re.findall(r"\b[a-z]+-\d+\b", "\n".join(await self.tab.rows()))

    async def go(self) -> None:
        """End the browser and the network."""
        await self._context.close()
        self.network.close()
