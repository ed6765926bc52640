"""Fixtures of the tests of sessions and files."""

import pytest

from server.policy import Policy
from tests.server.visit import Visit


@pytest.fixture
async def visit() -> Visit:
    return Visit(Policy(room="lab", rate=0, max_file=1000))
