"""Fixtures for all tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.support.running import RunningServer

type StartServer = Callable[..., RunningServer]


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
    """One server for a module: 50 places, no rate limit, two workers, a short grace period."""
    folder = tmp_path_factory.mktemp("server")
    options = ("--max-users", "50", "--rate", "0", "--workers", "2", "--grace", "1")
    with closing(RunningServer(folder, *options)) as running:
        yield running
