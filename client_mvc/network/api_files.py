"""The part of `api` about files: uploads, downloads, pictures."""

from dataclasses import dataclass
from pathlib import Path

from shared import messages
from shared.problems import Problem


@dataclass(frozen=True, slots=True)
class UploadSize:
    """The file can be read; `size` is in bytes."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """`fraction` of the file, 0 to 1, is sent."""

    key: str
    fraction: float


@dataclass(frozen=True, slots=True)
class UploadRetrying:
    """The file could not be sent now; the client tries again by itself."""

    key: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class UploadDone:
    """The server has the file."""

    key: str


@dataclass(frozen=True, slots=True)
class UploadFailed:
    """The file was not shared."""

    key: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """A shared file and where to save it. Without `replace` it takes the first free name of
    `notes.txt`, `notes (2).txt`, …

    `journal` is that of its room: nothing is fetched from another one. Empty where the server
    does not answer `GET /room`.
    """

    key: str
    file: messages.File
    target: Path
    replace: bool = True
    journal: str = ""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """`fraction` of the file, 0 to 1, is here."""

    key: str
    fraction: float


@dataclass(frozen=True, slots=True)
class DownloadDone:
    """The whole file is at `target`."""

    key: str
    target: Path


@dataclass(frozen=True, slots=True)
class DownloadFailed:
    """The file `name` could not be saved; no part of it is left on the disk."""

    key: str
    name: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class FileFetched:
    """A shared file as text, safe to show. `cut`: the file is longer than this."""

    file: messages.File
    text: str
    encoding: str
    cut: bool


@dataclass(frozen=True, slots=True)
class FileFetchFailed:
    """The file `name` could not be fetched to be shown."""

    name: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PictureFetched:
    """A picture to show: the bytes `data` of its small copy, or the whole one at `path`.

    `path` is in a private folder that is removed when the network ends. What the bytes are is
    what the server says: nothing has decoded them.
    """

    file_id: str
    data: bytes | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class PictureFetchFailed:
    """The picture of the file `file_id`, or its small copy (not `whole`), was not fetched."""

    file_id: str
    problem: Problem
    whole: bool = False


type UploadEvent = UploadSize | UploadProgress | UploadRetrying | UploadDone | UploadFailed
type DownloadEvent = (
    DownloadProgress | DownloadDone | DownloadFailed | FileFetched | FileFetchFailed
)
type PictureEvent = PictureFetched | PictureFetchFailed
type TransferEvent = UploadEvent | DownloadEvent
