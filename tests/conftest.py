"""Fixtures for all tests, and the selection of tests that this machine can run."""

import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests.support import networks, sharing
from tests.support.browser import (
    AXE,
    PUPPETEER,
    firefox,
    headless_chromium,
    running_browser,
)
from tests.support.running import RunningServer

if TYPE_CHECKING:
    from playwright.async_api import Browser

# Whatever started the tests may ignore signals (nohup, a script's background); what they start
# should not.
for _number, _usual in (
    (signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL),
):  # fmt: skip
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

# The tests expect English texts, in any locale of the user.
os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}

# What a test starts stays by itself, unless it is in a network of its own.
os.environ |= {"CHATROOM_NO_ANNOUNCE": "1", "CHATROOM_NO_DISCOVERY": "1"}

# Tests start hundreds of processes, and each would compile the whole program again where Python
# may not write bytecode into the source tree.
if sys.dont_write_bytecode and "PYTHONPYCACHEPREFIX" not in os.environ:
    _bytecode = tempfile.TemporaryDirectory(
        prefix="chatroom-tests-", ignore_cleanup_errors=True
    )
    atexit.register(_bytecode.cleanup)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = _bytecode.name
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    sys.dont_write_bytecode = False

# No deadlines, since the time of an example depends on the load of the machine. The examples
# are the same in each run, so that a failure can be repeated; `--hypothesis-profile=explore`
# makes new ones.
settings.register_profile(
    "explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "same", settings.get_profile("explore"), max_examples=100, derandomize=True
)
settings.load_profile("same")

type StartServer = Callable[..., RunningServer]

SCREEN_TOOLS = ("Xvfb", "setxkbmap", "xdotool", "xprop", "xwininfo")


def pytest_addoption(parser: pytest.Parser) -> None:
    sharing.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    sharing.configure(config)


def _missing() -> dict[str, list[str]]:
    """Return what the tests with these markers need, and this machine does not have."""
    axe = [] if AXE.exists() else ["axe-core (npm install)"]
    acorn = [
        f"{one} (npm install)"
        for one in ("acorn", "eslint-scope")
        if not (AXE.parents[1] / one).exists()
    ]
    puppeteer = [] if PUPPETEER.exists() else ["puppeteer-core (npm install)"]
    return {
        "gui": [tool for tool in SCREEN_TOOLS if not shutil.which(tool)],
        "browser": [] if headless_chromium() else ["chromium"],
        "axe": axe if headless_chromium() else [],
        "node": acorn if shutil.which("node") else ["node"],
        "firefox": ([] if firefox() else ["firefox-esr"]) + puppeteer,
    }


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests for which this machine lacks something; CI must have all of it.

    Those in Firefox run only where they are asked for, with `-m firefox`.
    """
    lacking = [] if "firefox" in config.option.markexpr else ["firefox"]
    if not os.environ.get("CI"):
        lacking += [marker for marker, missing in _missing().items() if missing]
        marked = any(item.get_closest_marker("network") for item in items)
        if marked and not networks.possible():
            lacking.append("network")
    left_out = [item for item in items if any(map(item.get_closest_marker, lacking))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Report what the tests of window and browser need."""
    return [
        f"{marker} tests need {', '.join(missing)} (see README.md)"
        for marker, missing in _missing().items()
        if missing
    ]


@pytest.fixture
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Return a function that starts servers, each in a folder of its own, for one test.

    They have one worker, unless the options say otherwise: another takes half a second. Their
    paths are short, since the path of a Unix socket has at most some 100 bytes.
    """
    with ExitStack() as stack:

        def start(*options: str, **keywords: Any) -> RunningServer:
            if "--workers" not in options:
                options = (*options, "--workers", "1")
            folder = tmp_path_factory.mktemp("server")
            return stack.enter_context(closing(RunningServer(folder, *options, **keywords)))

        yield start


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one server for a module: 50 members, no rate limit, two workers."""
    folder = tmp_path_factory.mktemp("server")
    options = ("--max-users", "50", "--rate", "0", "--workers", "2")
    with closing(RunningServer(folder, *options)) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator["Browser"]:
    """Run one browser for all tests that `mark_browser_tests` marks."""
    async with running_browser(program=headless_chromium()) as running:
        yield running
