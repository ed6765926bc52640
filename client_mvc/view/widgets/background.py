"""Slow work of the window, such as decoding a picture, on a thread of its own."""

import queue
import threading
import tkinter as tk
from collections.abc import Callable
from typing import Any

from client_mvc.view.widgets.delayed_call import DelayedCall

_LOOK_EVERY = 15  # milliseconds, while there is work

type _Job = tuple[Callable[[], Any], Callable[[Any], object]]


class Background:
    """Does one thing after the other; what is done when `widget` is gone is dropped.

    The thread must not touch Tk, and Tk takes no call from it: the widget asks for results.
    """

    def __init__(self, widget: tk.Misc) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._asking = DelayedCall(widget, self._take)
        self._waiting = 0
        self._thread: threading.Thread | None = None
        widget.bind("<Destroy>", lambda event: self._end(event.widget is widget), add="+")

    def run[Result](
        self, job: Callable[[], Result], done: Callable[[Result | None], object]
    ) -> None:
        """Do `job` on the thread, then call `done` on that of Tk.

        `done` gets None if the job fails with an error that a damaged or missing file causes:
        OSError, ValueError, SyntaxError (as Pillow raises for PNG), MemoryError.
        """
        if self._thread is None:
            # A daemon: another program's clipboard must not hold up the end of this one.
            self._thread = threading.Thread(target=self._work, name="window", daemon=True)
            self._thread.start()
        self._waiting += 1
        self._jobs.put((job, done))
        self._asking.after(_LOOK_EVERY)

    def _work(self) -> None:
        while (one := self._jobs.get()) is not None:
            job, done = one
            try:
                result = job()
            except (OSError, ValueError, SyntaxError, MemoryError):
                result = None
            self._results.put(lambda done=done, result=result: done(result))  # type: ignore[misc]
            # Kept in a local variable, a picture would stay until the next job.
            del one, job, done, result

    def _take(self) -> None:
        while not self._results.empty():
            self._waiting -= 1
            self._results.get()()
        if self._waiting:
            self._asking.after(_LOOK_EVERY)

    def _end(self, gone: bool) -> None:
        if gone:
            self._jobs.put(None)
