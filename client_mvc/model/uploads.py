"""The progress of all uploads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from client_mvc.model.observable import Observable
from client_mvc.model.queued_uploads import QueuedUpload

type State = Literal["waiting", "sending", "retrying", "failed"]


@dataclass(frozen=True, slots=True)
class UploadItem:
    """One file. `size` in bytes, once known; `fraction` sent, 0 to 1; `note` has the reason of
    `retrying` or `failed`; `final`: another attempt cannot help.
    """

    key: str
    path: Path
    state: State = "waiting"
    size: int | None = None
    fraction: float = 0.0
    note: str = ""
    final: bool = False


class UploadList:
    """In the order of upload; failed uploads stay until they are removed."""

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self._uploads: dict[str, UploadItem] = {}

    def __iter__(self) -> Iterator[UploadItem]:
        return iter(self._uploads.values())

    def add(self, key: str, path: Path) -> None:
        """Add an upload."""
        self._uploads[key] = UploadItem(key, path)
        self.changed.notify(None)

    def sized(self, key: str, size: int) -> None:
        """Note the size of the file, in bytes."""
        self._change(key, size=size)

    def progress(self, key: str, fraction: float) -> None:
        """Note the fraction that is sent, 0 to 1."""
        self._change(key, state="sending", fraction=fraction, note="")

    def retrying(self, key: str, reason: str) -> None:
        """Note that the upload was interrupted and starts again by itself."""
        self._change(key, state="retrying", fraction=0.0, note=reason)

    def failed(self, key: str, problem: str, *, final: bool = False) -> None:
        """Note that the upload failed; `final`: another attempt cannot help."""
        self._change(key, state="failed", fraction=0.0, note=problem, final=final)

    def retry(self, key: str) -> Path | None:
        """Put a failed upload behind the others; return its path, None if it had not failed."""
        upload = self._uploads.get(key)
        if upload is None or upload.state != "failed" or upload.final:
            return None
        del self._uploads[key]
        self.add(key, upload.path)
        return upload.path

    def remove(self, key: str) -> None:
        """Remove an upload that is done or cancelled."""
        if self._uploads.pop(key, None) is not None:
            self.changed.notify(None)

    def load(self, queue: Iterable[QueuedUpload]) -> None:
        """Replace all uploads by those of another box's queue."""
        self._uploads = {
            each.key: UploadItem(each.key, each.path)
            if each.problem is None
            else UploadItem(each.key, each.path, "failed", note=each.problem)
            for each in queue
        }
        self.changed.notify(None)

    def _change(self, key: str, **changes: Any) -> None:
        # Events of a cancelled upload may still arrive.
        if key in self._uploads:
            self._uploads[key] = replace(self._uploads[key], **changes)
            self.changed.notify(None)
