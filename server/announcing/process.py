"""The process that announces the room: looks how the room is, and tells the network."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Sequence
from multiprocessing import parent_process
from pathlib import Path

import msgspec

from server.announcing import record
from server.announcing.interfaces import Ways, ways
from server.announcing.record import Facts
from server.announcing.responder import Responder
from server.processes import child_setup, own_addresses
from server.processes.control_channel import Channel, Message
from server.processes.run_directory import RunInfo
from server.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks at the interfaces."""
ASK_EVERY = 6.0
"""Seconds between two questions about the room: RFC 6762, section 8.4, allows ten changes of a
record in a minute."""
ASK_WITHIN = 2.0
_ANSWER_BYTES = 4096


class _Overview(msgspec.Struct):
    journal: str
    active: int
    max_users: int


def run(
    settings: Settings, info: RunInfo, bound: Sequence[str], port: int, control: socket.socket
) -> None:
    """Run the process, from start to end.

    Args:
        settings: those of the server.
        info: how to reach its room process; `key` is announced.
        bound: the addresses that it listens on.
        port: its port.
        control: the end of the control channel. Any message on it ends the process.
    """
    child_setup.set_up("announcer", settings)
    # It warns of every packet that it cannot read, and anybody can send those.
    logging.getLogger("zeroconf").setLevel(logging.CRITICAL)
    asyncio.run(_announce(settings, info, bound, port, control))


async def _announce(
    settings: Settings, info: RunInfo, bound: Sequence[str], port: int, control: socket.socket
) -> None:
    end = asyncio.Event()

    def told(message: Message | None = None, passed: socket.socket | None = None) -> None:
        end.set()

    channel = Channel(control, told)
    if parent := parent_process():
        asyncio.get_running_loop().add_reader(parent.sentinel, told)
    announcer = Announcer(settings, info, bound, port)
    try:
        while not end.is_set():
            await announcer.look()
            await _either(end, LOOK_EVERY)
    finally:
        await announcer.close()
        channel.close()


class Announcer:
    """Keeps the announcement true."""

    def __init__(
        self,
        settings: Settings,
        info: RunInfo,
        bound: Sequence[str],
        port: int,
        responder: Responder | None = None,
    ) -> None:
        self._settings = settings
        self._info = info
        self._bound = bound
        self._port = port
        self._responder = responder or Responder()
        self._facts: Facts | None = None
        self._asked_at = float("-inf")

    async def look(self) -> None:
        """Look at room and interfaces, and announce what has changed."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at >= (ASK_EVERY if self._facts else LOOK_EVERY):
            self._asked_at = now
            self._facts = await ask(Path(self._info.owner_address)) or self._facts
        if (facts := self._facts) is None:
            return
        found = await asyncio.to_thread(self._ways)
        unique = (facts.journal, socket.gethostname(), str(self._port))
        await self._responder.announce(
            instance=record.instance(self._settings.room, *unique),
            host=record.host(*unique),
            port=self._port,
            text=record.text(self._settings.room, facts, self._info.key),
            senders=found.senders,
            reached_at=found.reached_at,
        )

    async def close(self) -> None:
        """Say goodbye."""
        await self._responder.close()

    def _ways(self) -> Ways:
        found = own_addresses.interfaces()
        return ways(self._bound, found, own_addresses.default_address())


async def ask(address: Path) -> Facts | None:
    """Return how the room is; None while the room process does not answer.

    Args:
        address: the socket on which the command line asks the room process.
    """
    try:
        async with asyncio.timeout(ASK_WITHIN):
            reader, writer = await asyncio.open_unix_connection(address)
            try:
                writer.write(b"overview\n")
                answer = await reader.read(_ANSWER_BYTES)
            finally:
                writer.close()
            found = msgspec.json.decode(answer, type=_Overview)
    except (OSError, TimeoutError, msgspec.DecodeError) as problem:
        log.debug("room not asked error=%s", problem)
        return None
    return Facts(found.journal, found.active, found.max_users)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
