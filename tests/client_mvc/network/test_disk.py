"""Errors of the file system as problems."""

import errno
from pathlib import Path

import pytest

from client_mvc.network.disk import cannot_read, cannot_save
from shared.problems import Problem


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOENT, "file_missing"),
        (errno.EACCES, "file_forbidden"),
        (errno.EIO, "file_unreadable"),
    ],
)
def test_reading(number: int, code: str) -> None:
    assert cannot_read(OSError(number, "x")) == Problem(code)


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (errno.ENOENT, Problem("folder_missing", {"folder": "/home/ann"})),
        (errno.EACCES, Problem("folder_forbidden", {"folder": "/home/ann"})),
        (errno.EROFS, Problem("folder_forbidden", {"folder": "/home/ann"})),
        (errno.ENOSPC, Problem("disk_full")),
        (errno.EIO, Problem("cannot_save", {"folder": "/home/ann"})),
    ],
)
def test_saving(number: int, problem: Problem) -> None:
    assert cannot_save(OSError(number, "x"), Path("/home/ann/notes.txt")) == problem
