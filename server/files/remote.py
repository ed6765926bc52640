"""Files of a room on several hosts: what each host needs of the store that they share.

Knows no such store. A server that is its room's only host has none.
"""

from typing import Protocol

from server.files.thumbnails import FOLDER


class RemoteMissingError(Exception):
    """The store does not have the file, not all of it, or another one under its name."""


class RemoteUnavailableError(Exception):
    """The store does not answer now."""


class FileSource(Protocol):
    """The source of a file's bytes; it may be read again from its beginning."""

    def seek(self, offset: int, /) -> int: ...
    def read(self, size: int, /) -> bytes: ...


class FileTarget(Protocol):
    """The target of a file's bytes."""

    def write(self, data: bytes, /) -> object: ...


class RemoteFiles(Protocol):
    """A store of files by name. Each call ends when the store does not answer for long."""

    async def put(self, name: str, file: FileSource) -> None:
        """Store a file, from its beginning; until all of it is stored, nobody can fetch it.

        Raises:
            RemoteUnavailableError: try again later.
            OSError: the file cannot be read.
        """

    async def fetch(self, name: str, into: FileTarget, sha256: str = "") -> None:
        """Write a file to `into`.

        Args:
            name: its name.
            into: where its bytes go; what is written there is of no use after an error.
            sha256: what it must be (hex); empty: whatever has the name.

        Raises:
            RemoteMissingError, RemoteUnavailableError: it cannot be had.
            OSError: it cannot be written.
        """

    async def delete(self, name: str) -> None:
        """Delete a file, if there is one. Raises `RemoteUnavailableError`: call again."""


def thumbnail_name(stored: str) -> str:
    """Return the name in the store of the thumbnail of a picture; no file has it."""
    return f"{FOLDER}/{stored}"


def shared_name(name: str) -> str:
    """Return the file to which something in the store belongs: itself, or its thumbnail."""
    return name.removeprefix(f"{FOLDER}/")


async def delete_shared(remote: RemoteFiles, stored: str) -> None:
    """Delete a shared file and its thumbnail. Raises `RemoteUnavailableError`."""
    await remote.delete(thumbnail_name(stored))
    await remote.delete(stored)
