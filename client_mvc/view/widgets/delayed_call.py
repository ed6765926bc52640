"""One delayed call that belongs to a widget and is cancelled when the widget is destroyed."""

import tkinter as tk
from collections.abc import Callable


class DelayedCall:
    """Runs `do` once on the Tk thread, when Tk is idle or after a delay."""

    def __init__(self, widget: tk.Misc, do: Callable[[], object]) -> None:
        self._widget = widget
        self._do = do
        self._id: str | None = None
        widget.bind("<Destroy>", self._destroyed, add="+")

    @property
    def waiting(self) -> bool:
        """Whether a call is scheduled and has not run yet."""
        return self._id is not None

    def when_idle(self) -> None:
        """Schedule the call for the next idle moment, unless one is scheduled already."""
        if self._id is None:
            self._id = self._widget.after_idle(self._run)

    def after(self, milliseconds: int) -> None:
        """Schedule the call; a call that was scheduled before is cancelled."""
        self.cancel()
        self._id = self._widget.after(milliseconds, self._run)

    def cancel(self) -> None:
        """Cancel the scheduled call, if there is one."""
        if self._id is not None:
            self._widget.after_cancel(self._id)
            self._id = None

    def _run(self) -> None:
        self._id = None
        self._do()

    def _destroyed(self, event: "tk.Event[tk.Misc]") -> None:
        # A window receives this event for its children, too.
        if event.widget is self._widget:
            self.cancel()
