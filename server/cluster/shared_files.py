"""The room's files in the object store, as `server.files` knows them."""

from collections.abc import Callable

from server.cluster.connection import UnavailableError
from server.cluster.objects import MissingError, Objects
from server.files.remote import (
    FileSource,
    FileTarget,
    RemoteMissingError,
    RemoteUnavailableError,
    shared_name,
)

SWEPT_AFTER = 6 * 3600.0


class SharedFiles:
    """The files of one bucket (`server.files.remote.RemoteFiles`)."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def put(self, name: str, file: FileSource) -> None:
        """Store a file. Raises `RemoteUnavailableError`, `OSError`."""
        try:
            await self._objects.put(name, file)
        except UnavailableError as why:
            raise RemoteUnavailableError(str(why)) from why

    async def fetch(self, name: str, into: FileTarget, sha256: str = "") -> None:
        """Write a file. Raises `RemoteMissingError`, `RemoteUnavailableError`, `OSError`."""
        try:
            await self._objects.fetch(name, into, sha256)
        except MissingError as why:
            raise RemoteMissingError(str(why)) from why
        except UnavailableError as why:
            raise RemoteUnavailableError(str(why)) from why

    async def sweep(self, is_shared: Callable[[str], bool], older: float = SWEPT_AFTER) -> int:
        """Delete the files of uploads whose host died before it shared them; returns how many.

        Args:
            is_shared: whether an event has the file of this name. Only a host that knows all
                events may call this.
            older: seconds since they were stored: younger ones may be about to be shared.

        Raises:
            RemoteUnavailableError: not all were looked at.
        """
        swept = 0
        try:
            for name in await self._objects.names(older):
                if not is_shared(shared_name(name)):
                    await self._objects.delete(name)
                    swept += 1
            return swept + await self._objects.sweep(older)
        except UnavailableError as why:
            raise RemoteUnavailableError(str(why)) from why

    async def delete(self, name: str) -> None:
        """Delete a file. Raises `RemoteUnavailableError`."""
        try:
            await self._objects.delete(name)
        except UnavailableError as why:
            raise RemoteUnavailableError(str(why)) from why
