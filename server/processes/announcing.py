"""Keeps the process that announces the room on the network (`server.announcing`).

Nothing else waits for it.
"""

import socket
from collections.abc import Callable, Sequence

from server.processes import binding, child, children
from server.processes.auxiliary import Auxiliary
from server.processes.child import Child
from server.processes.run_directory import RunInfo
from server.settings import Settings


class Announcing:
    """The announcement as the main process sees it.

    Args:
        settings: those of the server.
        sockets: the listening sockets.
        start: starts the process, as `child.start` does.
    """

    def __init__(
        self,
        settings: Settings,
        sockets: Sequence[socket.socket],
        start: Callable[..., Child] = child.start,
    ) -> None:
        self._settings = settings
        self._sockets = sockets
        self._info: RunInfo | None = None
        self._process = Auxiliary(
            "announcer",
            children.announcer,
            self._arguments,
            hung_after=settings.hung_after,
            start=start,
        )

    @property
    def wanted(self) -> bool:
        """Whether anybody is to hear of the room: others can reach it, and may know."""
        return self._settings.announce and not binding.is_loopback(self._sockets)

    def start(self, info: RunInfo) -> None:
        """Announce the room from now on, or announce it anew: its key may have changed.

        Args:
            info: how to reach the room process; its key.
        """
        if not self.wanted:
            return
        known, self._info = self._info, info
        if known is None:
            self._process.start()
        elif known.key != info.key:
            self._process.renew()

    def stop(self) -> None:
        """Take the announcement back, and start it no more."""
        self._process.stop()

    async def ended(self) -> None:
        """Wait until the process has ended, shortly."""
        await self._process.ended()

    def _arguments(self) -> tuple[object, ...]:
        bound = [str(one.getsockname()[0]) for one in self._sockets]
        return self._settings, self._info, bound, self._sockets[0].getsockname()[1]
