"""Work on uploads comes after messages."""

import os
import threading

import pytest

from server.files.background import NICE, in_background


def niceness() -> int:
    """Return that of this thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


async def test_its_threads_give_way_to_the_event_loop() -> None:
    before = niceness()
    assert await in_background(niceness) == min(19, before + NICE)
    assert niceness() == before


async def test_what_it_returns_and_raises_arrives() -> None:
    assert await in_background(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await in_background(divmod, 7, 0)
