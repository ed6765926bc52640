"""Fixtures for all tests; and what is left out where there is no virtual screen."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.running import RunningServer

# What the tests expect to read is English, whatever the one who runs them speaks.
os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}

# How long an example takes, or is thought out, says how busy the machine is; and what fails has
# to fail again for the next who looks. New examples: `--hypothesis-profile=explore`.
settings.register_profile(
    "explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "same", settings.get_profile("explore"), max_examples=100, derandomize=True
)
settings.load_profile("same")

type StartServer = Callable[..., RunningServer]

SCREEN_TOOLS = ("Xvfb", "xdotool", "xprop", "xwininfo")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the tools of a virtual screen leave out the window's tests, but never in CI."""
    if os.environ.get("CI") or all(map(shutil.which, SCREEN_TOOLS)):
        return
    windows = [item for item in items if item.get_closest_marker("gui")]
    config.hook.pytest_deselected(items=windows)
    items[:] = [item for item in items if item not in windows]


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say that they are left out, and what to install."""
    missing = [tool for tool in SCREEN_TOOLS if not shutil.which(tool)]
    return [f"window tests need {', '.join(missing)} (see README.md)"] if missing else []


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start servers, each in a folder of its own; they end with the test."""
    with ExitStack() as stack:
        count = 0

        def start(*options: str, **keywords: dict[str, str]) -> RunningServer:
            nonlocal count
            count += 1
            folder = tmp_path / f"server-{count}"
            folder.mkdir()
            return stack.enter_context(closing(RunningServer(folder, *options, **keywords)))

        yield start


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for a module: 50 places, no rate limit, two workers."""
    folder = tmp_path_factory.mktemp("server")
    options = ("--max-users", "50", "--rate", "0", "--workers", "2")
    with closing(RunningServer(folder, *options)) as running:
        yield running
