"""Helpers for tests of the downloads folder: store a file, list the files."""

from server.files.folder import Folder
from server.files.incoming import INCOMING
from server.files.upload import Kept

MOST = 10 * 1024 * 1024


def take(folder: Folder, data: bytes, name: str = "notes.txt", piece: int = 1 << 30) -> Kept:
    upload = folder.begin(name, MOST)
    try:
        for start in range(0, len(data), piece):
            upload.write(data[start : start + piece])
        return upload.finish()
    finally:
        upload.abandon()


def left(folder: Folder) -> list[str]:
    """Return the names of all files, unfinished ones too."""
    paths = [*folder.path.iterdir(), *(folder.path / INCOMING).iterdir()]
    return sorted(path.name for path in paths if path.is_file())
