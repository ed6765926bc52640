"""Collects garbage on the Tk thread only.

Python collects cyclic garbage on whichever thread allocates, for example that of the network.
A Tk variable or image in it would then call Tk from there, which waits for the main loop, or
fails.
"""

import gc
import time
import tkinter as tk

from client_mvc.view.widgets.delayed_call import DelayedCall

_EVERY = 300  # milliseconds
_WHOLE_EVERY = 60.0  # seconds between collections of everything, which take the longest


class GarbageCollection:
    """Replaces Python's own collections, with its thresholds, until `end`."""

    def __init__(self, root: tk.Misc) -> None:
        gc.disable()
        self._whole_at = time.monotonic() + _WHOLE_EVERY
        self._next = DelayedCall(root, self._collect)
        self._next.after(_EVERY)

    def end(self) -> None:
        """Let Python collect again, on any thread."""
        self._next.cancel()
        gc.enable()

    def _collect(self) -> None:
        due = [
            generation
            for generation, (count, threshold) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if count > threshold
        ]
        now = time.monotonic()
        if 2 in due and now < self._whole_at:
            due.remove(2)
        if 2 in due:
            self._whole_at = now + _WHOLE_EVERY
        if due:
            gc.collect(due[-1])
        self._next.after(_EVERY)
