"""For all tests of the client: what is logged as an error fails the test."""

import inspect
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_mvc import news
from tests.client_mvc.client import Client


@pytest.fixture(autouse=True)
def no_logged_errors(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A test that asks for `caplog` itself expects some."""
    yield
    if "caplog" not in inspect.signature(request.function).parameters:
        records = caplog.get_records("call")
        assert not [each.getMessage() for each in records if each.levelno >= logging.ERROR]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.model.close()


@pytest.fixture
def inside(client: Client) -> Client:
    """A client in the room, caught up."""
    client.join()
    client.hear(news.CaughtUp())
    return client
