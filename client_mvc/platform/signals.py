"""Signals that ask this program to end: Ctrl-C in its terminal, a closed terminal, a logout."""

import signal
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class EndSignals:
    """`asked` turns True with the first signal; a second one ends the process at once.

    A handler may run between any two instructions, so this only takes note: the main loop looks
    at `asked`. A signal that was ignored when the program started (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.asked = False
        self._signals = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]

    def watch(self) -> None:
        """Handle the signals from now on. Call it on the main thread."""
        for each in self._signals:
            if signal.getsignal(each) is not signal.SIG_IGN:
                signal.signal(each, self._note)

    def take(self) -> bool:
        """Return True once after the first signal."""
        asked, self.asked = self.asked, False
        return asked

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        for each in self._signals:
            if signal.getsignal(each) == self._note:
                signal.signal(each, signal.SIG_DFL)
