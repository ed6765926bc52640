"""A child process without which the server goes on: kept running, and started again.

It may fail, hang or die.
"""

import asyncio
import logging
from collections.abc import Callable

from server.processes import child
from server.processes.child import Child
from server.processes.control_channel import Drain, Message, Ready

log = logging.getLogger(__name__)

STABLE_AFTER = 60.0
FIRST_DELAY, LONGEST_DELAY = 1.0, 300.0
"""Seconds before it is started again."""
ENDS_WITHIN = 1.0
"""Seconds that it has to end by itself."""


class Auxiliary:
    """One such process as the main process sees it.

    Args:
        name: its name in the log.
        target: a function of `server.processes.children`.
        arguments: returns those of `target` before the last one, as of now.
        hung_after: seconds without a beat after which the process counts as hung.
        start: starts the process, as `child.start` does.
        longest_delay: the most seconds before it is started again; None: `LONGEST_DELAY`.
    """

    def __init__(
        self,
        name: str,
        target: Callable[..., None],
        arguments: Callable[[], tuple[object, ...]],
        *,
        hung_after: float,
        start: Callable[..., Child] = child.start,
        longest_delay: float | None = None,
    ) -> None:
        self._name = name
        self._target = target
        self._arguments = arguments
        self._hung_after = hung_after
        self._start_child = start
        self._longest_delay = longest_delay
        self._wanted = False
        self.child: Child | None = None
        """The process, if it runs at present."""
        self._delay = FIRST_DELAY
        self._ends_by = 0.0
        self._gone = asyncio.Event()
        self._gone.set()
        self._later: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Keep it running from now on."""
        self._wanted = True
        self._run()

    def renew(self) -> None:
        """Let another one, with the arguments of that moment, take the place of this one."""
        if self.child is not None:
            self.child.channel.send(Drain())  # it ends, and another one starts

    def stop(self) -> None:
        """End it, and start it no more."""
        self._wanted = False
        self._ends_by = asyncio.get_running_loop().time() + ENDS_WITHIN
        if self._later is not None:
            self._later.cancel()
        if self.child is not None:
            self.child.channel.send(Drain())

    async def ended(self) -> None:
        """Wait until the process has ended; kill it `ENDS_WITHIN` after `stop`."""
        try:
            async with asyncio.timeout_at(self._ends_by):
                await self._gone.wait()
        except TimeoutError:
            if (last := self.child) is not None:
                last.process.kill()
                self._ended(last)

    def _run(self) -> None:
        self._later = None
        try:
            started = self._start_child(
                self._name, self._target, self._arguments(), _received, self._hung_after
            )
        except OSError as problem:
            self._again(f"error={problem.strerror!r}", 0.0)
            return
        self.child = started
        self._gone.clear()
        loop = asyncio.get_running_loop()
        loop.add_reader(started.process.sentinel, self._ended, started)

    def _ended(self, dead: Child) -> None:
        self._forget(dead)
        dead.process.join()
        code = dead.process.exitcode
        dead.process.close()
        lived = asyncio.get_running_loop().time() - dead.started
        if self._wanted:
            self._again(f"exit_code={code}", lived)

    def _again(self, why: str, lived: float) -> None:
        if why == "exit_code=0":
            log.info("%s exited %s action=restart", self._name, why)
            delay = 0.0
        else:
            if lived >= STABLE_AFTER or self._delay == FIRST_DELAY:
                self._delay = FIRST_DELAY
                log.warning("%s exited %s action=restart", self._name, why)
            longest = LONGEST_DELAY if self._longest_delay is None else self._longest_delay
            delay, self._delay = self._delay, min(2 * self._delay, longest)
        self._later = asyncio.get_running_loop().call_later(delay, self._run)

    def _forget(self, last: Child) -> None:
        asyncio.get_running_loop().remove_reader(last.process.sentinel)
        last.channel.close()
        self.child = None
        self._gone.set()


def _received(sender: Child, message: Message) -> None:
    sender.ready = sender.ready or isinstance(message, Ready)
