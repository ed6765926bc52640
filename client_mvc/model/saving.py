"""Files being saved into a folder, one after the other. Knows neither the files nor the way."""

from collections import deque
from collections.abc import Iterable
from pathlib import Path

from client_mvc.model.observable import Observable
from shared import messages


class Saving:
    """`folder` is None when there is nothing to tell; `current` when nothing is saved now.

    `fraction` is that of `current`; `failed` has each that could not be saved, and why.
    """

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self.folder: Path | None = None
        self.total = 0
        self.saved = 0
        self.fraction = 0.0
        self.current: messages.File | None = None
        self.failed: list[tuple[messages.File, str]] = []
        self._left: deque[messages.File] = deque()

    def begin(self, folder: Path, files: Iterable[messages.File]) -> None:
        """These are to be saved."""
        self.folder, self._left = folder, deque(files)
        self.total, self.saved, self.failed = len(self._left), 0, []
        self.go_on()

    def go_on(self) -> messages.File | None:
        """The next becomes `current`; None after the last."""
        self.current, self.fraction = self._left.popleft() if self._left else None, 0.0
        self.changed.notify(None)
        return self.current

    def progress(self, fraction: float) -> None:
        """So much of `current` is here."""
        self.fraction = fraction
        self.changed.notify(None)

    def done(self, problem: str = "") -> None:
        """`current` is saved, or is not and `problem` says why."""
        if self.current is None:
            return
        if problem:
            self.failed.append((self.current, problem))
        else:
            self.saved += 1
        self.go_on()

    def clear(self) -> None:
        """Nothing is to be told any more."""
        self.folder, self.current = None, None
        self._left.clear()
        self.changed.notify(None)
