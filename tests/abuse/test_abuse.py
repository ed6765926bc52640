"""The scripts of abuse run: two of the twelve, as `python -m tests.abuse` runs all."""

import pytest

from tests.abuse.__main__ import run
from tests.abuse.scene import MOST_ACTS, OPTIONS
from tests.conftest import StartServer


@pytest.mark.parametrize("name", ["rename", "moderator-against-owner"])
async def test_abuse_is_stopped_and_stays_stopped(start_server: StartServer, name: str) -> None:
    acts, messages, _ = await run(name, start_server(*OPTIONS))
    assert acts <= MOST_ACTS
    assert messages
