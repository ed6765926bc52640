"""Waiting on the event loop: for a condition, with a deadline. It knows neither side."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], within: float = 10) -> None:
    """Let the event loop run until the condition holds; fail if it does not in time."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0)
