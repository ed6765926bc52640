"""The mouse wheel: on X11 it is buttons 4 and 5, elsewhere an event of its own."""

import tkinter as tk
from collections.abc import Callable

WHEEL = ("<MouseWheel>", "<Button-4>", "<Button-5>")
"""The sequences of events that a turn of the wheel makes, on one system or another."""


def direction(event: "tk.Event[tk.Misc]") -> int:
    """Return -1 for a turn up, 1 for one down, 0 for any other event."""
    if event.num in (4, 5):
        return -1 if event.num == 4 else 1
    if isinstance(event.delta, int) and event.delta:
        return -1 if event.delta > 0 else 1
    return 0


def on_wheel(widget: tk.Misc, scroll: Callable[[int], object]) -> None:
    """Call `scroll` with -1 or 1 for a turn over `widget`, in place of Tk's own binding."""

    def turned(event: "tk.Event[tk.Misc]") -> str:
        scroll(direction(event))
        return "break"

    for sequence in WHEEL:
        widget.bind(sequence, turned)
