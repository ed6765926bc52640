"""The other hosts of a room, as the gateway of one host knows them; a single host has none."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from server.room.interface import ConnectionUsage
from server.room.ipc import HostsDecide, RoomHosts, SomebodyTypes


async def _nothing() -> dict[int, ConnectionUsage]:
    return {}


@dataclass(slots=True)
class OtherHosts:
    """The link between a gateway and `server.cluster`, which sets all but `deleted`.

    Attributes:
        tell_typing: tells them that a member is typing.
        usage: returns the usage of their connections.
        lost: is told which hosts were lost.
        heard: how many hosts are heard, this one too; 0 in a room on one host.
        told: whether enough hosts reach each other to decide anything, as members were told
            last; None in a room on one host.
        decides: whether enough did just now, so that members of others may come here.
        urls: where people reach all hosts; None in a room on one host.
        deleted: whether texts or files were, since this was last set back.
    """

    tell_typing: Callable[[SomebodyTypes], None] = lambda notice: None
    usage: Callable[[], Awaitable[dict[int, ConnectionUsage]]] = _nothing
    lost: Callable[[Sequence[str]], None] = lambda hosts: None
    heard: int = 0
    decides: bool = True
    told: HostsDecide | None = None
    urls: RoomHosts | None = None
    deleted: bool = False

    @property
    def undecided(self) -> bool:
        """Whether too few hosts reach each other to decide anything."""
        return self.told is not None and not self.told.majority
