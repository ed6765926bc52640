"""The lock of the data folder, the private folder for sockets, and `server.json`.

A lock allows one server per data folder; the kernel releases it however the server ends.
`server.json` tells the command line where the sockets are. Whoever can write to the data folder
can pretend to be the server, so it must belong to the caller alone.
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
CERTIFICATE = "tls.pem"
SOCKETS = "run-"
"""Folders for sockets in the data folder begin so. Each start makes its own: a room process of
an earlier server may still be about to end and to remove its sockets."""
_PREFIX = "chatroom-"
_PATH_BYTES = 100
"""The path of a Unix socket has at most some 100 bytes: 104 on macOS, 108 on Linux."""
_LONGEST = "/pictures"
_WRITABLE_BY_OTHERS = 0o022


class FolderError(Exception):
    """The data folder cannot be used; the text says why."""


class WaysIn(msgspec.Struct, frozen=True):
    """How people reach a room.

    Attributes:
        links: join links, the one to hand out first.
        web: the address for browsers.
        everybody: whether other computers can join, too.
    """

    links: tuple[str, ...]
    web: str
    everybody: bool


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that only a running server has; each child process gets them.

    Attributes:
        folder: the private folder of the Unix sockets.
        authkey: the key of the Manager in the room process.
        unclean: the previous server did not end properly, so the journal needs a check.
        restarted: the room process ran before, so members wait for it.
        key: the hash of the TLS key, as the protocol has it; empty without TLS.
        ways: the ways into the room, once it is open.
    """

    folder: str
    authkey: bytes = b""
    unclean: bool = False
    restarted: bool = False
    key: str = ""
    ways: WaysIn | None = None

    @property
    def manager_address(self) -> str:
        """The socket of the Manager (questions of the workers)."""
        return f"{self.folder}/manager"

    @property
    def gateway_address(self) -> str:
        """The socket of the gateway between the workers and the room."""
        return f"{self.folder}/gateway"

    @property
    def certificate(self) -> str:
        """The file with the certificate and its key, for the workers."""
        return f"{self.folder}/{CERTIFICATE}"

    @property
    def thumbnails_address(self) -> str:
        """The socket on which workers ask for thumbnails."""
        return f"{self.folder}/pictures"

    @property
    def owner_address(self) -> str:
        """The socket on which the command line asks the room process."""
        return f"{self.folder}/owner"


@contextmanager
def holding(data: Path) -> Iterator[None]:
    """Hold the lock of the data folder. Raises `FolderError` if a server runs on it."""
    with _lock(data):
        yield


@contextmanager
def holding_downloads(downloads: Path) -> Iterator[None]:
    """Hold a lock on the downloads folder, if its disk has locks.

    Two servers on one folder would count each other's files, and remove each other's uploads.

    Raises:
        FolderError: another server holds it.
    """
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        held = os.open(downloads, os.O_RDONLY)
    except OSError as problem:
        raise FolderError(
            f"The downloads folder {downloads} cannot be used: {problem.strerror}."
        ) from None
    try:
        _hold(held, downloads)
        yield
    finally:
        os.close(held)


def _hold(held: int, downloads: Path) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FolderError(
            f"Another server uses the downloads folder {downloads}. Use another --downloads."
        ) from None
    except OSError:
        pass  # the network disk has no locks


class RunDirectory:
    """The locked data folder of this server, and its private folder for sockets.

    `info` says how to reach this server. Raises `FolderError` if the folder cannot be used or
    a server runs on it.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = _lock(data)
        try:
            unclean = _remove_remains(data)
            self.folder = _make_folder(data)
        except OSError as problem:
            self._lock.close()
            raise FolderError(
                f"No folder for the sockets of the server can be made: {problem.strerror}."
            ) from None
        self.info = RunInfo(
            folder=str(self.folder), authkey=secrets.token_bytes(32), unclean=unclean
        )

    def publish(self, ways: WaysIn | None = None) -> None:
        """Write `server.json`, for this user only. Raises `OSError`."""
        path = self._data / (RUNNING + ".new")
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode({"folder": self.info.folder, "ways": ways}))
        path.replace(self._data / RUNNING)

    def close(self) -> None:
        """Remove the sockets and `server.json`; release the lock."""
        _remove_remains(self._data)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def running(data: Path) -> RunInfo | None:
    """Read `server.json`; None without one. The server may have been killed since.

    Raises:
        FolderError: another user could have written it.
    """
    path = data / RUNNING
    try:
        check_owner(data)
        check_owner(path)
        info = msgspec.json.decode(path.read_bytes(), type=RunInfo)
        if Path(info.folder).exists():
            check_owner(Path(info.folder))
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return None
    return info


def is_held(data: Path) -> bool:
    """Return whether a server runs on the data folder at this moment."""
    try:
        with (data / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def check_owner(path: Path) -> None:
    """Check that only this user can write to a file or folder.

    Raises:
        FolderError: another user owns it or may write to it, or it is a link.
        OSError: it is not there.
    """
    status = path.lstat()
    if status.st_uid != os.geteuid():
        raise FolderError(f"{path} belongs to another user. Run this as that user.")
    if path.is_symlink():
        raise FolderError(f"{path} is a link. Name the folder that it stands for.")
    if status.st_mode & _WRITABLE_BY_OTHERS:
        raise FolderError(f"Other users can write to {path}. To forbid it: chmod go-w {path}")


def make_private(folder: Path) -> None:
    """Make a folder that only this user can enter, if it is not there. Raises `OSError`."""
    folder.mkdir(mode=0o700, exist_ok=True)


def _make_folder(data: Path) -> Path:
    """Make a folder for sockets, in the data folder if the path is not too long."""
    inside = data / f"{SOCKETS}12345678"
    if _fits(inside):
        return Path(tempfile.mkdtemp(prefix=SOCKETS, dir=data))
    for place in _places():
        if place.is_dir() and os.access(place, os.W_OK):
            return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))


def _places() -> list[Path]:
    """Return where a folder for sockets may lie, if the data folder is too deep."""
    named = [os.environ.get("XDG_RUNTIME_DIR", ""), os.environ.get("TMPDIR", ""), "/tmp"]  # noqa: S108
    places = [Path(one) for one in named if one]
    return [one for one in places if _fits(one / f"{_PREFIX}12345678")]


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) + len(_LONGEST) <= _PATH_BYTES


def _lock(data: Path) -> IO[str]:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_owner(data.resolve())
        lock = os.fdopen(
            os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "a"
        )
    except OSError as problem:
        raise FolderError(
            f"The data folder {data} cannot be used: {problem.strerror}."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise FolderError(
            f"A server is already running on the data folder {data}. "
            "Stop it, or use another --data-dir."
        ) from None
    except OSError as problem:
        lock.close()
        raise FolderError(
            f"The data folder {data} cannot be locked: {problem.strerror}. "
            "Use a --data-dir on a disk of this computer."
        ) from None
    return lock


def _remove_remains(data: Path) -> bool:
    """Remove the files of a server that was killed; True if there were any.

    Only the holder of the lock may call it: the lock shows that no server runs.
    """
    was_there = os.path.lexists(data / RUNNING)
    try:
        previous = running(data)
    except FolderError:  # not written by a server of this user
        previous = None
    if previous is not None:
        folder = Path(previous.folder)
        if folder.name.startswith(_PREFIX) and folder.parent in _places():
            shutil.rmtree(folder, ignore_errors=True)
    for folder in data.glob(f"{SOCKETS}????????"):
        shutil.rmtree(folder, ignore_errors=True)  # it does not follow links
    (data / RUNNING).unlink(missing_ok=True)
    return was_there
