"""The number of this device: made once, and the same for all windows of a person.

A ban holds on it, so that it still holds under another name. 128 random bits in base64url.
"""

import logging
import os
import re
import secrets
from pathlib import Path

from client_mvc.model.atomic import write_atomically

log = logging.getLogger(__name__)

FILE = "device"
_BYTES = 16
_FORM = re.compile(r"[A-Za-z0-9_-]{22}")


def load(folder: Path) -> str:
    """Return the number kept in `folder`, and make it if there is none or the file is damaged.

    Where it cannot be written, it lasts for this run.
    """
    path = folder / FILE
    if (kept := _read(path)) is not None:
        return kept
    made = secrets.token_urlsafe(_BYTES)
    try:
        if path.exists():
            write_atomically(path, made.encode())  # a damaged file
            path.chmod(0o600)
        else:
            _create(path, made)
    except OSError as problem:
        log.warning("device not written error=%s", problem)
        return made
    return _read(path) or made  # another window may have made it meanwhile


def _create(path: Path, made: str) -> None:
    """Make the file, whole from the start; one that another window made meanwhile stays."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.touch(0o600, exist_ok=False)
        with part.open("w") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    try:
        kept = path.read_text("ascii", "replace").strip()
    except OSError:
        return None
    return kept if _FORM.fullmatch(kept) else None
