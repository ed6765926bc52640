"""The lock of the data folder, the private folder for sockets, and `server.json`.

A lock allows one server per data folder; the kernel releases it however the server ends.
`server.json` tells `python -m server report` where the room process listens; only the user
that runs the server can read it.
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
    """The data folder cannot be used; the text says why."""


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that only a running server has; each child process gets them.

    Attributes:
        folder: the private folder of the Unix sockets.
        authkey: the key of the Manager in the room process.
        unclean: the previous server did not end properly, so the journal needs a check.
        restarted: the room process ran before, so members wait for it.
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
    """Hold the lock of the data folder. Raises `FolderError` if a server runs on it."""
    with _lock(data):
        yield


class RunDirectory:
    """The locked data folder of this server, and its private folder for sockets.

    `info` says how to reach this server. Raises `FolderError` if the folder cannot be used or
    a server runs on it.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = _lock(data)
        unclean = _remove_remains(data)
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
        self.info = RunInfo(
            folder=str(self.folder), authkey=secrets.token_bytes(32), unclean=unclean
        )

    def publish(self) -> None:
        """Write `server.json`."""
        path = self._data / (RUNNING + ".new")
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(self.info))
        path.replace(self._data / RUNNING)

    def close(self) -> None:
        """Remove the sockets and `server.json`; release the lock."""
        _remove_remains(self._data)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def running(data: Path) -> RunInfo | None:
    """Read `server.json`; None without one. The server may have been killed since."""
    try:
        return msgspec.json.decode((data / RUNNING).read_bytes(), type=RunInfo)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None


def _place() -> Path:
    """The parent of the folder for sockets.

    The path of a Unix socket has at most about 100 bytes, so the data folder may be too deep,
    and so may the usual folder for temporary files.
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
            f"A server is already running on the data folder {data}. "
            "Stop it, or use another --data-dir."
        ) from None
    return lock


def _remove_remains(data: Path) -> bool:
    """Remove the files of a server that was killed; True if there were any.

    Only the holder of the lock may call it: the lock shows that no server runs.
    """
    previous = running(data)
    if previous is not None:
        folder = Path(previous.folder)
        if folder.name.startswith(_PREFIX) and folder.parent == _place():
            shutil.rmtree(folder, ignore_errors=True)
    (data / RUNNING).unlink(missing_ok=True)
    return previous is not None
