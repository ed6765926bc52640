"""A browser with the gallery: the real page and view, with made-up values."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.web.gallery_server import gallery
from tests.web.screenshots import ARGUMENTS, CHROMIUM

expect.set_options(timeout=15_000)  # builds run on busy machines

type Show = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def show(browser: Browser) -> AsyncIterator[Show]:
    """Open a state of the gallery in a page of its own; no script of it may fail."""
    errors: list[str] = []
    async with gallery() as address:

        async def open_state(state: str, width: int = 1280, **options: Any) -> Page:
            page = await browser.new_page(
                viewport={"width": width, "height": 800},
                reduced_motion="reduce",
                bypass_csp=True,
                **options,
            )
            page.on("pageerror", lambda error: errors.append(str(error)))
            await page.goto(address)
            await page.evaluate(f"gallery.show({state!r})")
            return page

        yield open_state
    assert errors == []


async def asked(page: Page, name: str) -> list[Any]:
    """Return the arguments of each time that the person asked for this intent."""
    found: list[Any] = await page.evaluate(
        "name => gallery.asked.filter(([each]) => each === name).map(([, args]) => args)", name
    )
    return found
