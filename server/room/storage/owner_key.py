"""The owner's key: a secret file of the data folder, of which the room knows only the hash."""

import hashlib
import os
import re
import secrets
from pathlib import Path

from server.room.storage.marker import sync_folder

NAME = "owner-key"
_BYTES = 24
_KEY = re.compile(r"[A-Za-z0-9_-]{32,64}")
_PRIVATE = 0o600


class KeyFileError(Exception):
    """The file of the key cannot be used; the text says why, in one line."""


def read(data: Path) -> str | None:
    """Return the key of the room in this data folder; None if it has none yet.

    Raises:
        KeyFileError: the file does not contain a key.
        OSError: it cannot be read.
    """
    path = data / NAME
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with open(descriptor) as file:  # noqa: PTH123 - of a descriptor
        os.fchmod(descriptor, _PRIVATE)
        try:
            key = file.read(1024).strip()
        except UnicodeDecodeError:
            key = ""
    if not _KEY.fullmatch(key):
        raise KeyFileError(
            f"{path} does not contain an owner's key. Remove it to get a new one."
        )
    return key


def make(data: Path) -> str:
    """Make another key, and return it. Raises `OSError`."""
    key = secrets.token_urlsafe(_BYTES)
    path = data / NAME
    fresh = path.with_name(NAME + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with open(descriptor, "w") as file:  # noqa: PTH123 - of a descriptor
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(data)
    return key


def sha256(key: str) -> bytes:
    """Return the hash by which the room knows a key."""
    return hashlib.sha256(key.encode()).digest()
