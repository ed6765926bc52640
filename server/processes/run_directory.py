"""What lies about while a server runs: the lock of its data folder, and how to reach it.

One server for each data folder, by a lock that the kernel lets go of however the server
dies. `server.json` tells `python -m server report` where the room process listens; only the
server's own user can read it. Knows no process and no room.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

LOCK = "lock"
RUNNING = "server.json"
_PREFIX = "chatroom-"
_MOST_BYTES = 100 - len(f"/{_PREFIX}12345678/manager")


class FolderError(Exception):
    """The folder cannot be used; the text says why."""


class Running(msgspec.Struct, frozen=True):
    """How to reach a running server. `authkey` in hexadecimal."""

    pid: int
    folder: str
    manager_address: str
    authkey: str


@contextmanager
def holding(data: Path) -> Iterator[None]:
    """Keep servers off the data folder. Raises `FolderError` if one runs on it."""
    with _lock(data):
        yield


class RunDirectory:
    """The data folder `data`, held by this process, and a private folder for sockets.

    `unclean`: the server before this one did not end as it should.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = _lock(data)
        self.unclean = _forget_earlier(data)
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))

    def publish(self, manager_address: str, authkey: bytes) -> None:
        """Write down how to reach this server."""
        running = Running(os.getpid(), str(self.folder), manager_address, authkey.hex())
        path = self._data / (RUNNING + ".new")
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(running))
        path.replace(self._data / RUNNING)

    def close(self) -> None:
        """Leave nothing behind."""
        _forget_earlier(self._data)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def running(data: Path) -> Running | None:
    """How to reach the server of this data folder, as far as it says so."""
    try:
        where = msgspec.json.decode((data / RUNNING).read_bytes(), type=Running)
        bytes.fromhex(where.authkey)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None
    return where


def _place() -> Path:
    """Where the folder for sockets is made; their paths have at most some 100 bytes.

    So not in the data folder, nor among the temporary files where those lie too deep.
    """
    usual = Path(tempfile.gettempdir())
    return usual if len(os.fsencode(usual)) <= _MOST_BYTES else Path("/tmp")  # noqa: S108


def _lock(data: Path) -> IO[str]:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data / LOCK).open("a")
    except OSError as problem:
        raise FolderError(
            f"The data folder {data} cannot be used: {problem.strerror}."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise FolderError(
            f"A server is running on the data folder {data} already. "
            "Stop it, or give this one another --data-dir."
        ) from None
    return lock


def _forget_earlier(data: Path) -> bool:
    """Remove what a server that was killed has left; the lock says that it is dead.

    True if there was something.
    """
    earlier = running(data)
    if earlier is not None:
        folder = Path(earlier.folder)
        if folder.name.startswith(_PREFIX) and folder.parent == _place():
            shutil.rmtree(folder, ignore_errors=True)
    (data / RUNNING).unlink(missing_ok=True)
    return earlier is not None
