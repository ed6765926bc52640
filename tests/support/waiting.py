"""Wait on the event loop for a condition, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], object], within: float = 10) -> None:
    """Let the event loop run until the condition holds; fail after `within` seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - no event exists for it
            await asyncio.sleep(0)


async def until_asked[T](
    ask: Callable[[], Awaitable[T]], wanted: Callable[[T], object] = bool, within: float = 15
) -> T:
    """Ask another process again and again until the answer is `wanted`; return the answer."""
    last: list[T] = []
    try:
        async with asyncio.timeout(within):
            while True:
                last[:] = [await ask()]
                if wanted(last[0]):
                    return last[0]
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {within} s; the last answer was {last}") from None
