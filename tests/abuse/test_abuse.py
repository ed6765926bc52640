"""A script of abuse runs, as `python -m tests.abuse` runs all of them."""

from tests.abuse.__main__ import run
from tests.abuse.scene import MOST_ACTS, OPTIONS
from tests.conftest import StartServer


async def test_abuse_is_stopped_and_stays_stopped(start_server: StartServer) -> None:
    acts, messages, _ = await run("second-client", start_server(*OPTIONS))
    assert acts <= MOST_ACTS
    assert messages
