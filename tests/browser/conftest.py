"""One browser for all tests here; each test has contexts and tabs of its own.

All tests run on one event loop, that of the browser. A test fails on what its pages write to
the console, on an exception in them, and on a request to another host.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, expect

from tests.browser.network import Network
from tests.browser.tab import Tab
from tests.conftest import StartServer
from tests.support.browser import OTHER_NAME
from tests.support.browser_tests import mark_browser_tests
from tests.support.running import RunningServer

HERE = Path(__file__).parent
PATIENCE = 15_000
"""Milliseconds to wait for what a person should see at once; builds run on busy machines."""

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests here, and let them share one event loop."""
    mark_browser_tests(items, HERE)


def owner_key(server: RunningServer) -> str:
    """Return the key that makes an owner of a member."""
    return (server.data / "owner-key").read_text().strip()


class OpenTab(Protocol):
    """Opens a tab at the page of a server, and joins if it gets a name."""

    async def __call__(
        self,
        server: RunningServer | str,
        name: str = "",
        *,
        context: BrowserContext | None = None,
        **options: Any,
    ) -> Tab:
        """Open a tab; `options` are those of a new context, unless `context` is given."""
        ...


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(browser: Browser) -> AsyncIterator[OpenTab]:
    """Return a function that opens tabs: each as a device of its own, unless told otherwise."""
    contexts: list[BrowserContext] = []
    tabs: list[Tab] = []

    async def start(
        server: RunningServer | str,
        name: str = "",
        *,
        context: BrowserContext | None = None,
        **options: Any,
    ) -> Tab:
        if context is None:
            context = await browser.new_context(**options)
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
        url = server if isinstance(server, str) else server.url
        tab = Tab(await context.new_page(), url)
        tabs.append(tab)
        await tab.open()
        if name:
            await tab.join(name)
        return tab

    yield start
    problems = [problem for tab in tabs for problem in tab.problems]
    await asyncio.gather(*(context.close() for context in contexts))
    assert problems == []


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one server for a module, for tests that do not count its members.

    Those who were in it stay, and what was said: each test has names and texts of its own.
    """
    options = (
        "--max-users", "200", "--max-users-per-address", "200", "--rate", "0",
        "--workers", "2", "--grace", "600", "--allow-host", OTHER_NAME,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("server")
    with closing(RunningServer(folder, *options)) as running:
        yield running


@pytest.fixture
def small_room(start_server: StartServer) -> RunningServer:
    """Start a server of its own for a test that changes it: 5 members, one worker."""
    return start_server(
        "--max-users", "5", "--workers", "1", "--rate", "0", "--allow-host", OTHER_NAME
    )


@pytest.fixture
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    """A network that can be cut between tabs and the room of the test."""
    room = "room" if "room" in request.fixturenames else "small_room"
    server: RunningServer = request.getfixturevalue(room)
    with closing(Network(server.port)) as running:
        yield running
