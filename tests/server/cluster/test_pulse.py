"""When a host sends its next heartbeat."""

import asyncio

from server.cluster.pulse import Pulse
from tests.fakes import turns

NEVER = 3600.0


async def test_news_end_the_wait_and_that_after_it_is_a_whole_one() -> None:
    pulse = Pulse(NEVER)
    waiting = asyncio.ensure_future(pulse.wait())
    await turns()
    assert not waiting.done()
    pulse.hurry()
    pulse.hurry()
    await waiting
    waiting = asyncio.ensure_future(pulse.wait())
    await turns()
    assert not waiting.done()
    waiting.cancel()


async def test_news_that_came_before_the_wait_count() -> None:
    pulse = Pulse(NEVER)
    pulse.hurry()
    await pulse.wait()


async def test_without_news_the_time_passes() -> None:
    await Pulse(0.001).wait()
