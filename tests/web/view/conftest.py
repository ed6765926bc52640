"""A browser with the gallery: the real page and view, with made-up values."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, expect

from tests.support.browser_tests import mark_browser_tests
from tests.web.gallery_server import gallery

expect.set_options(timeout=15_000)  # builds run on busy machines

type Show = Callable[..., Awaitable[Page]]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests here, and let them share one event loop."""
    mark_browser_tests(items, Path(__file__).parent)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address() -> AsyncIterator[str]:
    """Serve the gallery for all tests."""
    async with gallery() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages(browser: Browser) -> AsyncIterator[dict[str, Page]]:
    """Keep a page of each kind for all tests: to load it again is four times as quick."""
    kept: dict[str, Page] = {}
    yield kept
    for page in kept.values():
        await page.context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def show(browser: Browser, address: str, pages: dict[str, Page]) -> AsyncIterator[Show]:
    """Open a state of the gallery in a page that is loaded anew; no script of it may fail."""
    errors: list[str] = []
    used: set[Page] = set()

    def failed(error: Error) -> None:
        errors.append(str(error))

    async def open_state(state: str, width: int = 1280, **options: Any) -> Page:
        kind = f"{width} {options}"
        if kind not in pages:
            context = await browser.new_context(
                viewport={"width": width, "height": 800},
                reduced_motion="reduce",
                bypass_csp=True,
                **options,
            )
            pages[kind] = await context.new_page()
        page = pages[kind]
        if page not in used:
            used.add(page)
            page.on("pageerror", failed)
        await page.goto("about:blank")
        await page.mouse.move(0, 0)
        await page.goto(address)
        await page.evaluate(f"gallery.show({state!r})")
        return page

    yield open_state
    for page in used:
        await page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.remove_listener("pageerror", failed)
    assert errors == []


async def asked(page: Page, name: str) -> list[Any]:
    """Return the arguments of each time that the person asked for this intent."""
    found: list[Any] = await page.evaluate(
        "name => gallery.asked.filter(([each]) => each === name).map(([, args]) => args)", name
    )
    return found
