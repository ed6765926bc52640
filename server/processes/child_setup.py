"""What all processes of the server do first: title, logging, signals, event loop.

Children ignore INT and TERM: a terminal sends those to the whole group, but when to end is
the supervisor's decision alone. Knows nothing of what a process is for.
"""

import asyncio
import gc
import signal

import uvloop
from setproctitle import setproctitle

from server.processes import logs
from server.settings import Settings

GARBAGE_AFTER = 20_000
"""New objects, of those that can be in cycles, before the collector looks at them."""


def settle(title: str, settings: Settings) -> None:
    """Make this child process what it is, as `ps` and the log will show it."""
    setproctitle(f"chatroom: {title}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logs.configure(settings, title)


def spare_the_collector() -> None:
    """Once all is loaded: little of what comes now makes cycles, so look for them seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)


def event_loop() -> asyncio.AbstractEventLoop:
    """The event loop that all processes of the server run."""
    return uvloop.new_event_loop()
