"""A child process as the main process sees it: its start, its end, the delay before another."""

import asyncio
import logging
import multiprocessing
import socket
from collections.abc import Callable
from multiprocessing.context import SpawnProcess

from server.processes.control_channel import Channel, Message, beat_interval, pair

log = logging.getLogger(__name__)

# Seconds.
READY_WITHIN = 30.0
STABLE_AFTER = 10.0
FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
STUCK_AFTER = 1.0
"""A worker that takes no message for so long gets no further connections meanwhile."""

_spawn = multiprocessing.get_context("spawn")


class Backoff:
    """The delay before a process is started again."""

    def __init__(self) -> None:
        self._early = 0

    def delay(self, lived: float) -> float:
        """Return the seconds to wait after a process that lived for `lived` seconds."""
        self._early = 0 if lived >= STABLE_AFTER else min(self._early + 1, 20)
        if self._early <= 1:
            return 0.0
        return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (self._early - 2))


class Child:
    """A child process. `connections` are the numbers of those that a worker serves."""

    def __init__(
        self,
        process: SpawnProcess,
        end: socket.socket,
        receive: Callable[["Child", Message], None],
        hung_after: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.process = process
        self.channel = Channel(end, lambda message, _: self._received(message))
        self.started = self.last_heard = self._loop.time()
        self.ready = False
        self.connections: set[int] = set()
        self._receive = receive
        self._silent_after = 2 * beat_interval(hung_after)

    def _received(self, message: Message) -> None:
        self.last_heard = self._loop.time()
        self._receive(self, message)

    def takes_connections(self) -> bool:
        """Whether it is at work, as far as its channel and its beats show."""
        silent = self._loop.time() - self.last_heard
        return silent <= self._silent_after and self.channel.waits() <= STUCK_AFTER


def start(
    name: str,
    target: Callable[..., None],
    arguments: tuple[object, ...],
    receive: Callable[[Child, Message], None],
    hung_after: float,
) -> Child:
    """Start a child process.

    Args:
        name: the name of the process in the log.
        target: a function of `server.processes.children`.
        arguments: those of `target` before the last one, the end of the control channel.
        receive: is called with each message of the child.
        hung_after: seconds without a beat after which the process counts as hung.

    Raises:
        OSError: the system has no descriptor, memory or process left.
    """
    ours, theirs = pair()
    process = _spawn.Process(target=target, args=(*arguments, theirs), name=name)
    try:
        process.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return Child(process, ours, receive, hung_after)


async def ended(processes: list[SpawnProcess], deadline: float, hurry: asyncio.Event) -> None:
    """Wait until they end; kill them at the deadline (event loop time) or at `hurry`."""
    loop = asyncio.get_running_loop()
    while any(one.is_alive() for one in processes) and not hurry.is_set():
        if loop.time() > deadline:
            break
        await asyncio.sleep(0.01)
    for one in processes:
        if one.is_alive():
            log.warning("%s did not end %saction=kill", *kind_and_number(one.name))
            one.kill()
        one.join()


def kind_and_number(process: str) -> tuple[str, str]:
    """Return two parts of a log line: `worker` and `worker=3 ` for the process `worker 3`."""
    kind, _, number = process.partition(" ")
    return kind, f"{kind}={number} " if number else ""
