"""The owner's key of a running room: the file decides, the room follows.

In a room on several hosts the first host's file decides; the room knows only its hash, so the
key itself is on that host alone.
"""

import asyncio
import logging
from pathlib import Path
from typing import Protocol

from server.room.storage import owner_key
from server.room.storage.owner_key import KeyFileError

log = logging.getLogger(__name__)

ELSEWHERE = (
    "The owner's key of this room is on another host: the one that opened the room first, or "
    "made the last key. Ask there, or make a new one: `chatroom-server owner-key --new`."
)


class Holder(Protocol):
    """The room, which knows the hash of its owner's key."""

    @property
    def owner_key(self) -> bytes:
        """The SHA-256 of the key that holds; empty if there is none yet."""

    def set_owner_key(self, sha256: bytes, *, first: bool = False) -> None:
        """Let this key hold; with `first` only if there is none yet."""


class OwnersKey:
    """The key of the room in the data folder `data`; `several`: it runs on several hosts."""

    def __init__(self, data: Path, holder: Holder, *, several: bool = False) -> None:
        self._data = data
        self._holder = holder
        self._several = several

    def load(self) -> None:
        """Let the key of the file hold; make one at the first start."""
        try:
            key = owner_key.read(self._data)
            if key is None and not (self._several and self._holder.owner_key):
                key = owner_key.make(self._data)
        except (KeyFileError, OSError) as error:
            log.warning("owner key not loaded error=%s", error)
            return
        if key is not None:
            self._holder.set_owner_key(owner_key.sha256(key), first=self._several)

    async def current(self) -> dict[str, str]:
        """Return the key, or an `error`. Raises `OSError`, `ValueError`."""
        return await self._answer(new=False)

    async def make(self) -> dict[str, str]:
        """Make another key, which ends all present owner roles. Raises `OSError`."""
        return await self._answer(new=True)

    async def _answer(self, *, new: bool) -> dict[str, str]:
        loop = asyncio.get_running_loop()
        work = owner_key.make if new else owner_key.read
        try:
            key = await loop.run_in_executor(None, work, self._data)
        except KeyFileError as error:
            raise ValueError(str(error)) from None
        if self._several and not new:
            if key is None or owner_key.sha256(key) != self._holder.owner_key:
                return {"error": ELSEWHERE}
            return {"key": key}
        if key is None:
            key = await loop.run_in_executor(None, owner_key.make, self._data)
        self._holder.set_owner_key(owner_key.sha256(key))
        return {"key": key}
