"""What lies about while a server runs: the lock of its data folder, and how to reach it.

One server for each data folder, by a lock that the kernel lets go of however the server
dies. `server.json` tells `python -m server report` where the room process listens; only the
server's own user can read it. Knows no process and no room.
"""

import fcntl
import os
import secrets
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


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that only a running server has; every child process gets them.

    `folder` holds the Unix sockets. `authkey` opens the Manager of the room process.
    `unclean`: the server before this one did not end properly, so the journal needs a check.
    `restarted`: the room process has run before, so members wait for it.
    """

    folder: str
    authkey: bytes
    unclean: bool = False
    restarted: bool = False

    @property
    def manager_address(self) -> str:
        """The socket of the Manager (joins, reports)."""
        return f"{self.folder}/manager"

    @property
    def gateway_address(self) -> str:
        """The socket of the gateway between the workers and the room."""
        return f"{self.folder}/gateway"


@contextmanager
def holding(data: Path) -> Iterator[None]:
    """Keep servers off the data folder. Raises `FolderError` if one runs on it."""
    with _lock(data):
        yield


class RunDirectory:
    """The data folder `data`, held by this process, and a private folder for sockets.

    `info` says how to reach this server, and whether the one before it ended properly.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = _lock(data)
        unclean = _forget_earlier(data)
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
        self.info = RunInfo(
            folder=str(self.folder), authkey=secrets.token_bytes(32), unclean=unclean
        )

    def publish(self) -> None:
        """Write down how to reach this server."""
        path = self._data / (RUNNING + ".new")
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(self.info))
        path.replace(self._data / RUNNING)

    def close(self) -> None:
        """Leave nothing behind."""
        _forget_earlier(self._data)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def running(data: Path) -> RunInfo | None:
    """How to reach the server of this data folder, as far as it says so."""
    try:
        return msgspec.json.decode((data / RUNNING).read_bytes(), type=RunInfo)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None


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
