"""The downloads folder of one of several hosts: files go to the store that all hosts share.

A file is in the store before others hear of it. A host fetches it when it is first asked for
it, once for all who wait, and keeps it in the folder under the same name.
"""

import asyncio
import errno
import io
import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from typing import BinaryIO

from server.files.background import in_background
from server.files.folder import Folder
from server.files.remote import (
    FileTarget,
    RemoteFiles,
    RemoteMissingError,
    RemoteUnavailableError,
    delete_shared,
    thumbnail_name,
)
from server.files.thumbnails import MOST_BYTES

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Files that a worker fetches at the same time; others wait for their turn."""


class Copies:
    """The files of one worker, in its folder and in the store.

    Args:
        folder: the downloads folder, one with unique names (`Folder.unique`).
        remote: the store.
        min_free: bytes of the disk that stay free.
    """

    def __init__(self, folder: Folder, remote: RemoteFiles, min_free: int = 0) -> None:
        self._folder = folder
        self._remote = remote
        self._min_free = min_free
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._fetching: dict[str, asyncio.Task[None]] = {}

    async def store(self, stored: str, file: BinaryIO, thumbnail: bytes = b"") -> None:
        """Put a file into the store, and its thumbnail if it has one.

        Raises `RemoteUnavailableError`, `OSError`.
        """
        if thumbnail:
            await self._remote.put(thumbnail_name(stored), io.BytesIO(thumbnail))
        await self._remote.put(stored, file)

    async def discard(self, stored: str) -> None:
        """Delete a file that was not shared. Where this fails, it stays in the store."""
        try:
            await delete_shared(self._remote, stored)
        except RemoteUnavailableError as why:
            log.warning("file not deleted in the cluster file=%s problem=%s", stored, why)

    async def fetch(self, stored: str, size: int, sha256: str) -> None:
        """Bring a file into the folder.

        Args:
            stored: its name there.
            size: its bytes.
            sha256: its SHA-256 (hex).

        Raises:
            RemoteMissingError, RemoteUnavailableError: it cannot be had.
            OSError: it cannot be kept; `ENOSPC`: the disk is full.
        """
        await self._once(stored, lambda: self._fetch(stored, size, sha256))

    async def fetch_thumbnail(self, stored: str) -> None:
        """Bring the thumbnail of a picture into the folder. Raises as `fetch` does."""
        name = thumbnail_name(stored)
        await self._once(name, lambda: self._fetch_thumbnail(stored, name))

    async def close(self) -> None:
        """End all fetches."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _once(self, name: str, fetch: Callable[[], Awaitable[None]]) -> None:
        """Fetch, or wait for who does already. A fetch goes on where nobody waits any more."""
        if (task := self._fetching.get(name)) is None:
            task = self._fetching[name] = asyncio.create_task(self._in_turn(fetch))
            task.add_done_callback(lambda task: self._fetched(name, task))
        await asyncio.shield(task)

    async def _in_turn(self, fetch: Callable[[], Awaitable[None]]) -> None:
        async with self._turns:
            await fetch()

    def _fetched(self, name: str, task: asyncio.Task[None]) -> None:
        del self._fetching[name]
        if not task.cancelled() and (why := task.exception()) is not None:
            log.info("file not fetched file=%s problem=%s", name, why)

    async def _fetch(self, stored: str, size: int, sha256: str) -> None:
        await in_background(self._look_for_space, size)
        part, file = await in_background(self._folder.begin_copy)
        try:
            into = _AtMost(file, size)
            await self._remote.fetch(stored, into, sha256)
            if into.written != size:
                raise RemoteMissingError(f"{stored} has {into.written} bytes, not {size}")
            await in_background(self._folder.finish_copy, part, file, stored)
        finally:
            await in_background(self._folder.abandon_copy, part, file)

    def _look_for_space(self, size: int) -> None:
        if shutil.disk_usage(self._folder.path).free - size < self._min_free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._folder.path))

    async def _fetch_thumbnail(self, stored: str, name: str) -> None:
        data = io.BytesIO()
        await self._remote.fetch(name, _AtMost(data, MOST_BYTES))
        await in_background(self._folder.thumbnails.write, stored, data.getvalue())


class _AtMost:
    """Writes no more to a file than so many bytes."""

    def __init__(self, file: FileTarget, most: int) -> None:
        self._file = file
        self._most = most
        self.written = 0

    def write(self, data: bytes, /) -> None:
        """Write the next bytes. Raises `RemoteMissingError` if they are too many."""
        self.written += len(data)
        if self.written > self._most:
            raise RemoteMissingError(f"more than {self._most} bytes")
        self._file.write(data)
