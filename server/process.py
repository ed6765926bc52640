"""What all processes of the server do first: title, logging, signals, event loop.

Children ignore INT and TERM: a terminal sends those to the whole group, but when to end is
the supervisor's decision alone. Knows nothing of what a process is for.
"""

import asyncio
import signal

import uvloop
from setproctitle import setproctitle

from server import logs


def settle(title: str, logging: logs.LogConfig) -> None:
    """Make this child process what it is, as `ps` and the log will show it."""
    setproctitle(f"chatroom: {title}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logs.configure(logging, title)


def event_loop() -> asyncio.AbstractEventLoop:
    """The event loop that all processes of the server run."""
    return uvloop.new_event_loop()
