"""Work on uploads in threads that leave the processor to the event loop."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

NICE = 15
"""How much lower the priority of these threads is (`nice(2)`). On Linux only: elsewhere all
threads of a process have the same.

Where all processes share one processor, messages beside uploads then wait a third as long, and
uploads have 0.4 of their pace; a fifth where other programs keep all processors busy. Give them
no long work in Python: they would hold the interpreter's lock while they wait for a turn."""


def _give_way() -> None:
    if sys.platform == "linux":
        os.nice(NICE)


_threads = ThreadPoolExecutor(thread_name_prefix="background", initializer=_give_way)


async def in_background[*Args, Result](
    work: Callable[[*Args], Result], *arguments: *Args
) -> Result:
    """Run `work` in such a thread; return or raise what it does."""
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *arguments)
