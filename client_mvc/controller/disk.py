"""Why this computer's disk refused, as a sentence without the system's own words."""

import errno
import sqlite3
from pathlib import Path

from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked
from client_mvc.network.disk import FORBIDDEN, FULL, cannot_save

_FULL = (sqlite3.SQLITE_FULL,)
_FORBIDDEN = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
)
_MESSAGES_FULL = marked("Your messages cannot be saved: the disk of this computer is full.")
_MESSAGES_FORBIDDEN = marked(
    "Your messages cannot be saved: Chatroom may not write to its folder."
)
_MESSAGES_FAILED = marked("Your messages cannot be saved on this disk. The log says more.")


def messages_not_saved(error: sqlite3.Error | OSError) -> str:
    """Return why the outbox could not be opened or written."""
    if isinstance(error, OSError):
        full, forbidden = error.errno in FULL, error.errno in (*FORBIDDEN, errno.ENOENT)
    else:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended code
        full, forbidden = code in _FULL, code in _FORBIDDEN
    if full:
        return _(_MESSAGES_FULL)
    return _(_MESSAGES_FORBIDDEN) if forbidden else _(_MESSAGES_FAILED)


def file_not_saved(error: OSError, target: Path) -> str:
    """Return why the file `target` could not be written."""
    return sentence(cannot_save(error, target))
