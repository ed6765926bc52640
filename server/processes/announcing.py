"""Keeps the process that announces the room on the network (`server.announcing`).

Nothing else waits for it: it may fail, hang or die, and is started again.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence

from server.processes import binding, child, children
from server.processes.child import Child
from server.processes.control_channel import Drain
from server.processes.run_directory import RunInfo
from server.settings import Settings

log = logging.getLogger(__name__)

STABLE_AFTER = 60.0
FIRST_DELAY, LONGEST_DELAY = 1.0, 300.0
"""Seconds before it is started again."""
ENDS_WITHIN = 1.0
"""Seconds for its goodbye."""


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
        self._start_child = start
        self._child: Child | None = None
        self._info: RunInfo | None = None
        self._delay = FIRST_DELAY
        self._ends_by = 0.0
        self._gone = asyncio.Event()
        self._gone.set()
        self._later: asyncio.TimerHandle | None = None

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
            self._run()
        elif known.key != info.key and self._child is not None:
            self._child.channel.send(Drain())  # it ends, and another one starts

    def stop(self) -> None:
        """Take the announcement back, and start it no more."""
        self._info = None
        self._ends_by = asyncio.get_running_loop().time() + ENDS_WITHIN
        if self._later is not None:
            self._later.cancel()
        if self._child is not None:
            self._child.channel.send(Drain())

    async def ended(self) -> None:
        """Wait until the process has ended; kill it `ENDS_WITHIN` after `stop`."""
        try:
            async with asyncio.timeout_at(self._ends_by):
                await self._gone.wait()
        except TimeoutError:
            if (last := self._child) is not None:
                last.process.kill()
                self._ended(last)

    def _run(self) -> None:
        self._later = None
        bound = [str(one.getsockname()[0]) for one in self._sockets]
        port = self._sockets[0].getsockname()[1]
        arguments = (self._settings, self._info, bound, port)
        try:
            started = self._start_child(
                "announcer",
                children.announcer,
                arguments,
                lambda *_: None,
                self._settings.hung_after,
            )
        except OSError as problem:
            self._again(f"error={problem.strerror!r}", 0.0)
            return
        self._child = started
        self._gone.clear()
        loop = asyncio.get_running_loop()
        loop.add_reader(started.process.sentinel, self._ended, started)

    def _ended(self, dead: Child) -> None:
        self._forget(dead)
        dead.process.join()
        code = dead.process.exitcode
        dead.process.close()
        lived = asyncio.get_running_loop().time() - dead.started
        if self._info is not None:
            self._again(f"exit_code={code}", lived)

    def _again(self, why: str, lived: float) -> None:
        if why == "exit_code=0":
            log.info("announcer exited %s action=restart", why)
            delay = 0.0
        else:
            if lived >= STABLE_AFTER or self._delay == FIRST_DELAY:
                self._delay = FIRST_DELAY
                log.warning("announcer exited %s action=restart", why)
            delay, self._delay = self._delay, min(2 * self._delay, LONGEST_DELAY)
        self._later = asyncio.get_running_loop().call_later(delay, self._run)

    def _forget(self, last: Child) -> None:
        asyncio.get_running_loop().remove_reader(last.process.sentinel)
        last.channel.close()
        self._child = None
        self._gone.set()
