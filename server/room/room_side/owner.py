"""The owner's key of a running room: the file decides, the room follows."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from server.room.storage import owner_key
from server.room.storage.owner_key import KeyFileError

log = logging.getLogger(__name__)


class OwnersKey:
    """The key of the room in the data folder `data`. `hold` lets the room take its hash."""

    def __init__(self, data: Path, hold: Callable[[bytes], None]) -> None:
        self._data = data
        self._hold = hold

    def load(self) -> None:
        """Let the key of the file hold; make one at the first start."""
        try:
            key = owner_key.read(self._data) or owner_key.make(self._data)
        except (KeyFileError, OSError) as error:
            log.warning("owner key not loaded error=%s", error)
            return
        self._hold(owner_key.sha256(key))

    async def current(self) -> dict[str, str]:
        """Return the key. Raises `OSError`, `ValueError`."""
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
        if key is None:
            key = await loop.run_in_executor(None, owner_key.make, self._data)
        self._hold(owner_key.sha256(key))
        return {"key": key}
