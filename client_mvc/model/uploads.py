"""Files on their way to the room. Knows neither the files nor the way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from client_mvc.model.observable import Observable


@dataclass(frozen=True, slots=True)
class Upload:
    """One file. `fraction` is 0 to 1; `problem` is set when it was not shared."""

    key: str
    name: str
    fraction: float = 0.0
    problem: str = ""


class Uploads:
    """In the order asked for; one that is done is gone, one that failed stays."""

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self._uploads: dict[str, Upload] = {}

    def __iter__(self) -> Iterator[Upload]:
        return iter(self._uploads.values())

    def add(self, key: str, name: str) -> None:
        """Another file is to be shared."""
        self._uploads[key] = Upload(key, name)
        self.changed.notify(None)

    def progress(self, key: str, fraction: float) -> None:
        """So much of it is sent."""
        self._change(key, fraction=fraction)

    def failed(self, key: str, problem: str) -> None:
        """It was not shared."""
        self._change(key, problem=problem)

    def remove(self, key: str) -> None:
        """It is done, or no longer wanted."""
        if self._uploads.pop(key, None) is not None:
            self.changed.notify(None)

    def clear(self) -> None:
        """In no room, nothing is on its way."""
        self._uploads.clear()
        self.changed.notify(None)

    def _change(self, key: str, **changes: float | str) -> None:
        # What was cancelled may still be told about.
        if key in self._uploads:
            self._uploads[key] = replace(self._uploads[key], **changes)  # type: ignore[arg-type]
            self.changed.notify(None)
