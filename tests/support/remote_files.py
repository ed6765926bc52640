"""A store of files in memory, in place of the one that several hosts share."""

import asyncio
import hashlib

from server.files.remote import (
    FileSource,
    FileTarget,
    RemoteMissingError,
    RemoteUnavailableError,
)

BLOCK = 4


class MemoryFiles:
    """The store (`server.files.remote.RemoteFiles`).

    Attributes:
        files: what is in it, by name.
        fetched, deleted: the names in calls of `fetch` and `delete`, in order.
        down: it does not answer.
        cut: it stops to answer in the middle of a file.
        gate: while it is not set, a fetch waits.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.deleted: list[str] = []
        self.down = False
        self.cut = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.now = self.most_at_once = 0

    async def put(self, name: str, file: FileSource) -> None:
        await self._answer()
        file.seek(0)
        data = b""
        while block := file.read(BLOCK):
            data += block
        self.files[name] = data

    async def fetch(self, name: str, into: FileTarget, sha256: str = "") -> None:
        self.fetched.append(name)
        self.now += 1
        self.most_at_once = max(self.now, self.most_at_once)
        try:
            await self.gate.wait()
            await self._fetch(name, into, sha256)
        finally:
            self.now -= 1

    async def _fetch(self, name: str, into: FileTarget, sha256: str) -> None:
        await self._answer()
        if (data := self.files.get(name)) is None:
            raise RemoteMissingError(name)
        for start in range(0, len(data), BLOCK):
            into.write(data[start : start + BLOCK])
            if self.cut:
                raise RemoteUnavailableError("cut")
        if sha256 and hashlib.sha256(data).hexdigest() != sha256:
            raise RemoteMissingError("another file")

    async def delete(self, name: str) -> None:
        self.deleted.append(name)
        await self._answer()
        self.files.pop(name, None)

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise RemoteUnavailableError("down")
