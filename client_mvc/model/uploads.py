"""Files on their way to the room. Knows neither the files nor the way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from client_mvc.model.observable import Observable
from client_mvc.model.queued_uploads import Promised

type State = Literal["waiting", "sending", "retrying", "failed"]


@dataclass(frozen=True, slots=True)
class Upload:
    """One file. `size` in bytes, once it is known; `fraction` is 0 to 1; `note` says why it is
    `retrying` or `failed`.
    """

    key: str
    path: Path
    state: State = "waiting"
    size: int | None = None
    fraction: float = 0.0
    note: str = ""


class Uploads:
    """In the order asked for; one that is done is gone, one that failed stays."""

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self._uploads: dict[str, Upload] = {}

    def __iter__(self) -> Iterator[Upload]:
        return iter(self._uploads.values())

    def add(self, key: str, path: Path) -> None:
        """Another file is to be shared."""
        self._uploads[key] = Upload(key, path)
        self.changed.notify(None)

    def sized(self, key: str, size: int) -> None:
        """It has so many bytes."""
        self._change(key, size=size)

    def progress(self, key: str, fraction: float) -> None:
        """So much of it is sent."""
        self._change(key, state="sending", fraction=fraction, note="")

    def retrying(self, key: str, reason: str) -> None:
        """It did not go, and will be sent again."""
        self._change(key, state="retrying", fraction=0.0, note=reason)

    def failed(self, key: str, problem: str) -> None:
        """It was not shared."""
        self._change(key, state="failed", fraction=0.0, note=problem)

    def again(self, key: str) -> Path | None:
        """One that failed waits once more, behind the others; the file, if there is one."""
        upload = self._uploads.get(key)
        if upload is None or upload.state != "failed":
            return None
        del self._uploads[key]
        self.add(key, upload.path)
        return upload.path

    def remove(self, key: str) -> None:
        """It is done, or no longer wanted."""
        if self._uploads.pop(key, None) is not None:
            self.changed.notify(None)

    def load(self, promised: Iterable[Promised]) -> None:
        """Another box: what is still to be shared in its room; in no room, nothing."""
        self._uploads = {
            each.key: Upload(each.key, each.path)
            if each.problem is None
            else Upload(each.key, each.path, "failed", note=each.problem)
            for each in promised
        }
        self.changed.notify(None)

    def _change(self, key: str, **changes: Any) -> None:
        # What was cancelled may still be told about.
        if key in self._uploads:
            self._uploads[key] = replace(self._uploads[key], **changes)
            self.changed.notify(None)
