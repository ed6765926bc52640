"""Write a file as a whole or not at all."""

import contextlib
import os
import uuid
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write the whole file; after a failure an older file is unchanged.

    `private`: only this user may read it.

    Raises:
        OSError: The file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.touch(0o600 if private else 0o666, exist_ok=False)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        raise
