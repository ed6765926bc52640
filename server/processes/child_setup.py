"""The first steps of each child process: title, logging, signals, event loop.

Children ignore INT, TERM and HUP: a terminal sends these to the whole process group, but only
the supervisor decides when a child ends.
"""

import asyncio
import ctypes
import gc
import signal
from contextlib import suppress

import uvloop
from setproctitle import setproctitle

from server.processes import logs
from server.settings import Settings

LARGE_BLOCK = 64 * 1024
FREE_KEPT = 2 * 1024 * 1024
"""Bytes at the end of the heap that stay with a process when they are free. An upload takes and
frees memory all the time. From the system, which clears each page, it cost 0.2 s a GiB."""
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1  # mallopt(3)
GARBAGE_AFTER = 2_000, 5, 200
"""New container objects after which the garbage collector looks at these; runs after which it
looks at those that it left, too; and runs of that after which it looks at all. An HTTP request
that is refused leaves 100 of them. To free one takes 2 µs, in which the process does nothing
else: a run takes 4 ms at most, and one of the second kind 20 ms."""


def set_up(title: str, settings: Settings) -> None:
    """Set up this child process; `title` is its name in `ps` and in the log."""
    setproctitle(f"chatroom: {title}")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    logs.configure(settings, title)
    tune_memory()


def tune_memory() -> None:
    """Make the C library give large blocks back to the system when they are freed.

    glibc stops doing so after the first ones. Then the members lists of a few hundred joins
    (100 KiB each) stay in the heap for good: 10 KiB for each connection of a full room.
    Smaller ones come from the heap, of which some stays free.
    """
    with suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK)
        library.mallopt(_M_TRIM_THRESHOLD, FREE_KEPT)


def tune_garbage_collection() -> None:
    """Run the garbage collector for short times from now on, and seldom on all objects.

    Call it when everything is loaded: those objects are not scanned again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)


def event_loop() -> asyncio.AbstractEventLoop:
    """Create the event loop of a child process."""
    return uvloop.new_event_loop()
