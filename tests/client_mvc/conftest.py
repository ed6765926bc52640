"""For all tests of the client: what is logged as an error fails the test."""

import inspect
import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_logged_errors(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A test that asks for `caplog` itself expects some."""
    yield
    if "caplog" not in inspect.signature(request.function).parameters:
        records = caplog.get_records("call")
        assert not [each.getMessage() for each in records if each.levelno >= logging.ERROR]
