"""What a person reads when the disk refuses: never the words of the system or of SQLite."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from client_mvc.controller.disk import file_not_saved, messages_not_saved
from tests.client_mvc.client import Client


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), "the disk of this computer is full"),
        (sqlite_error(sqlite3.SQLITE_READONLY), "may not write to its folder"),
        (sqlite_error(sqlite3.SQLITE_READONLY | 4 << 8), "may not write to its folder"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), "may not write to its folder"),
        (sqlite_error(sqlite3.SQLITE_IOERR), "The log says more"),
        (sqlite3.ProgrammingError("closed"), "The log says more"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk of this computer is full"),
        (OSError(errno.EROFS, "Read-only file system"), "may not write to its folder"),
        (OSError(errno.ENOENT, "No such file or directory"), "may not write to its folder"),
        (OSError(errno.EIO, "Input/output error"), "The log says more"),
    ],
)
def test_messages(error: sqlite3.Error | OSError, words: str) -> None:
    said = messages_not_saved(error)
    assert words in said
    assert str(error) not in said


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.ENOENT, errno.EIO])
def test_files(number: int) -> None:
    said = file_not_saved(OSError(number, os.strerror(number)), Path("/tmp/a.txt"))
    assert os.strerror(number) not in said


def test_a_room_is_refused_while_its_outbox_cannot_be_made(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(path: Path, **_: object) -> None:
        raise PermissionError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "touch", read_only)
    client.connect()
    assert client.screen.error is not None
    field, said, _ = client.screen.error
    assert field == "form"
    assert said == "Your messages cannot be saved: Chatroom may not write to its folder."
