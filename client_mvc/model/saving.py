"""The progress of saving all files into a folder, one after the other."""

from collections import deque
from collections.abc import Iterable
from pathlib import Path

from client_mvc.model.observable import Observable
from shared import messages


class Saving:
    """`folder` is None while there is no progress to show; `current` while no file is saved.

    `fraction` of `current` is saved, 0 to 1; `failed` has files and reasons.
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
        """Start to save these files."""
        self.folder, self._left = folder, deque(files)
        self.total, self.saved, self.failed = len(self._left), 0, []
        self.go_on()

    def go_on(self) -> messages.File | None:
        """Make the next file `current`; None after the last."""
        self.current, self.fraction = self._left.popleft() if self._left else None, 0.0
        self.changed.notify(None)
        return self.current

    def progress(self, fraction: float) -> None:
        """Note the `fraction` of `current` that is saved."""
        self.fraction = fraction
        self.changed.notify(None)

    def done(self, problem: str = "") -> None:
        """Note that `current` is saved, or has failed with `problem`."""
        if self.current is None:
            return
        if problem:
            self.failed.append((self.current, problem))
        else:
            self.saved += 1
        self.go_on()

    def clear(self) -> None:
        """Reset: there is no progress to show."""
        self.folder, self.current = None, None
        self._left.clear()
        self.changed.notify(None)
