"""The system's browsers for tests and benchmarks: where they are, how Chromium is started.

The benchmarks are installed without pytest: nothing here needs it.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser

_PACKAGES = Path(__file__).parents[2] / "node_modules"
AXE = _PACKAGES / "axe-core/axe.min.js"
PUPPETEER = _PACKAGES / "puppeteer-core"
"""Drives Firefox."""
OTHER_NAME = "chat.test"
"""Leads to this computer, and is no secure context over plain http, unlike 127.0.0.1."""

# Nothing but the page under test may use the network or the processor, and names other than
# OTHER_NAME lead nowhere.
_RULES = f"MAP {OTHER_NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    f"--host-resolver-rules={_RULES}",
)  # fmt: skip


def chromium() -> str | None:
    """Return the path of Chromium, or of a browser that is built on it; None: there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def headless_chromium() -> str | None:
    """Return the path of the Chromium that has no window at all, else of the usual one.

    A context of it takes a third of the processor time: nothing is drawn around the pages.
    """
    return shutil.which("chromium-headless-shell") or chromium()


def firefox() -> str | None:
    """Return the path of Firefox; None: there is none."""
    return next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)


@asynccontextmanager
async def running_browser(
    *arguments: str, program: str | None = None
) -> AsyncIterator["Browser"]:
    """Run Chromium without a window, with a new profile.

    Args:
        arguments: command line arguments beside the usual ones.
        program: the path of another Chromium than that of `chromium`.
    """
    from playwright.async_api import async_playwright  # most tests need none

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program or chromium(), args=[*ARGUMENTS, *arguments]
        )
        yield browser
        await browser.close()
