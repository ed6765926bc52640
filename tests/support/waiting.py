"""Wait on the event loop for a condition, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable

_AT_ONCE = 100
"""Turns of the event loop in which most conditions come to hold."""


type Condition = Callable[..., object]
"""It is called without arguments; a lambda may bind variables of a loop as its defaults."""


async def until(condition: Condition, within: float = 10) -> None:
    """Let the event loop run until the condition holds; fail after `within` seconds.

    After some turns it leaves the processor to what it waits for, such as another process.
    """
    turns = 0
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0 if turns < _AT_ONCE else 0.002)
            turns += 1


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
