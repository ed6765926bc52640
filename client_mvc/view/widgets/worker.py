"""A thread for work that would hold up the window: decoding pictures, colouring code.

Results come back on the Tk thread, which looks for them only while there is work.
"""

import logging
import queue
import threading
import tkinter as tk
from collections.abc import Callable

from client_mvc.view.widgets.delayed_call import DelayedCall

log = logging.getLogger(__name__)

_LOOK_EVERY = 10  # milliseconds


class Worker:
    """Runs one piece of work after the other; it ends with `widget`."""

    def __init__(self, widget: tk.Misc) -> None:
        self._waiting = 0
        self._started = False
        self._work: queue.SimpleQueue[Callable[[], Callable[[], None]] | None]
        self._work = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._looking = DelayedCall(widget, self._look)
        widget.bind("<Destroy>", lambda event: self._end(event.widget is widget), add="+")

    def run[T](self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Call `work` on the thread, then `done` with its result on the Tk thread.

        If `work` raises, that is logged and `done` is not called.
        """

        def both() -> Callable[[], None]:
            result = work()
            return lambda: (done(result), None)[1]

        if not self._started:
            self._started = True
            threading.Thread(target=self._serve, name="view-worker", daemon=True).start()
        self._waiting += 1
        self._work.put(both)
        if not self._looking.waiting:
            self._looking.after(_LOOK_EVERY)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                result = work()
            except Exception:
                log.exception("work for the window failed")
                result = _nothing
            self._results.put(result)

    def _look(self) -> None:
        while self._waiting:
            try:
                result = self._results.get_nowait()
            except queue.Empty:
                self._looking.after(_LOOK_EVERY)
                return
            self._waiting -= 1
            result()

    def _end(self, mine: bool) -> None:
        if mine:
            self._work.put(None)


def _nothing() -> None:
    pass
