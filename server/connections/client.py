"""The client of a session, as its session sees it."""

from collections.abc import Collection
from typing import Protocol

from server.connections.replies import Reply
from server.room.interface import CloseReason


class Client(Protocol):
    """Each protocol implements this."""

    def speaks(self, features: Collection[str] | None) -> None:
        """Send replies and events from now on as this client understands them.

        `features` are those that it knows; None from a client of version 1.
        """

    def reply(self, reply: Reply) -> None:
        """Send a reply."""

    def serve(self, start: int) -> None:
        """Send every event after the `seq` `start` from now on."""

    def hold(self, seconds: float) -> None:
        """Pass on no further request for so long."""

    async def pause(self, seconds: float) -> None:
        """Wait so long."""

    def close(self, reason: CloseReason) -> None:
        """Close the connection, after everything that was sent.

        A member that was removed (`REMOVED`) first gets the events up to the newest one.
        """


class EndedClient:
    """The client of a session whose connection has ended: it takes everything."""

    def speaks(self, features: Collection[str] | None) -> None:
        """Do nothing."""

    def reply(self, reply: Reply) -> None:
        """Do nothing."""

    def serve(self, start: int) -> None:
        """Do nothing."""

    def hold(self, seconds: float) -> None:
        """Do nothing."""

    async def pause(self, seconds: float) -> None:
        """Do nothing."""

    def close(self, reason: CloseReason) -> None:
        """Do nothing."""
