"""Loads what only a room on several hosts needs (`server.cluster`), where it is one.

On a single host each of these does nothing, and none of that is loaded.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

from server.files.remote import RemoteFiles
from server.processes.control_channel import Channel, Failed
from server.room.core import RoomCore
from server.room.log import Applies, Log
from server.room.room_side.admission import Admission
from server.room.room_side.gateway import Gateway
from server.room.room_side.housekeeping import Housekeeping
from server.room.room_side.owner import OwnersKey
from server.room.storage.journal import Journal
from server.settings import Settings

if TYPE_CHECKING:
    from server.cluster.room import Cluster


FORMER_HOST = (
    "{folder} is that of a room on several hosts. Start it with --cluster; or, to go on with "
    "this host alone, make a backup and restore it to another --data-dir."
)


class RoomParts(NamedTuple):
    """The parts of a room process that its part for several hosts uses."""

    core: RoomCore
    gateway: Gateway
    admission: Admission
    housekeeping: Housekeeping
    owner: OwnersKey


class SeveralHosts:
    """This host among others, if `settings` have any.

    `channel` tells the main process why the server cannot start; `end` is set when it ends.
    """

    def __init__(self, settings: Settings, channel: Channel, end: asyncio.Event) -> None:
        self._settings = settings
        self._channel = channel
        self._end = end
        self._cluster: Cluster | None = None

    async def prepared(self) -> bool:
        """Let the journal be one that can be opened; returns False if the server ends."""
        if not self._settings.cluster:
            return True
        from server.cluster.room import Cluster  # noqa: PLC0415
        from server.cluster.secret import SecretError  # noqa: PLC0415

        try:
            self._cluster = Cluster(self._settings)
        except (SecretError, OSError) as why:
            return await self._fail(str(why))
        return await self._done(self._cluster.prepare())

    @property
    def files(self) -> RemoteFiles | None:
        """The store of the files that all hosts share; None on a single host."""
        return self._cluster.files if self._cluster else None

    async def entered(self, journal: Journal) -> bool:
        """Agree with the other hosts; returns False if the server ends."""
        if self._cluster is not None:
            return await self._done(self._cluster.enter(journal))
        if journal.agreed() is not None:
            return await self._fail(FORMER_HOST.format(folder=self._settings.data_dir))
        return True

    def make_log(self, core: RoomCore) -> Callable[[Applies], Log] | None:
        """Return what makes the log of the room; None for the log of a single host."""
        return self._cluster.make_log(core) if self._cluster else None

    async def run(self, parts: RoomParts) -> None:
        """Be a host of the room for as long as this runs."""
        if self._cluster is not None:
            await self._cluster.run(parts)

    def in_charge(self) -> bool:
        """Whether this host does what one does for all; a single host does."""
        return self._cluster is None or self._cluster.in_charge()

    def commands(self) -> dict[str, Callable[[], Coroutine[Any, Any, Any]]]:
        """Return what the command line can ask a room on several hosts."""
        if self._cluster is None:
            return {}
        return {
            "hosts": self._cluster.urls,
            "settings": self._cluster.settings,
            "snapshot": self._cluster.snapshot,
        }

    async def change(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change what the hosts agree on; returns that, or an `error`."""
        if self._cluster is None:
            return {"error": "This room runs on one host: start it with other options."}
        return await self._cluster.change(changes)

    async def close(self) -> None:
        """Leave the other hosts."""
        if self._cluster is not None:
            await self._cluster.close()

    async def _done(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do something; returns False if the server ends first, or cannot start."""
        from server.cluster.agreed import CannotEnterError  # noqa: PLC0415

        working = asyncio.ensure_future(work)
        ending = asyncio.ensure_future(self._end.wait())
        await asyncio.wait((working, ending), return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not working.done():
            working.cancel()
            return False
        try:
            await working
        except CannotEnterError as why:
            return await self._fail(str(why))
        return True

    async def _fail(self, why: str) -> bool:
        self._channel.send(Failed(why))
        await self._end.wait()
        return False
