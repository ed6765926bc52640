"""The secrets in the data folder that belong to the room and not to the computer.

A backup has them: clients know a restored room again by its key.
"""

import os
from pathlib import Path

from server.files.regular import directory, open_regular
from server.room.storage import owner_key

NAMES = ("tls/key.pem", "tls/certificate.pem", owner_key.NAME)
MOST_BYTES = 64 * 1024


def read(data: Path, name: str) -> bytes | None:
    """Return one of `NAMES` in a data folder; None if it is not there. Raises `OSError`."""
    path = data / name
    try:
        with directory(path.parent, follow=path.parent == data) as folder:
            descriptor = open_regular(folder, path.name, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
        return file.read(MOST_BYTES)


def write(data: Path, name: str, content: bytes) -> None:
    """Write one of `NAMES`, new, in a folder that only this user can enter.

    Raises `OSError`.
    """
    path = data / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
