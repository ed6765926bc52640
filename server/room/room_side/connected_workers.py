"""The workers that are connected to this host's room, and what all of them are told."""

import asyncio
import logging
from collections.abc import Mapping

from server.room.ipc import (
    Answers,
    EventBatch,
    HelloReply,
    HostsDecide,
    RoomHosts,
    SomebodyTypes,
    UploadsEnded,
    frame,
)
from server.room.outcome import Outcome
from server.room.room_side.other_hosts import OtherHosts
from server.room.room_side.worker_connection import WorkerConnection

log = logging.getLogger(__name__)


class ConnectedWorkers:
    """The workers of one gateway. Lives on the room process's event loop.

    Attributes:
        by_number: their connections.
    """

    def __init__(self, others: OtherHosts) -> None:
        self._others = others
        self._last_left = asyncio.Event()
        self.by_number: dict[int, WorkerConnection] = {}

    def add(self, connection: WorkerConnection, hello: HelloReply) -> None:
        """Take a worker; tell it how the room stands."""
        self.by_number[connection.worker] = connection
        connection.send(frame(hello))
        if self._others.urls:
            connection.send(frame(self._others.urls))
        if self._others.told:
            connection.send(frame(self._others.told))

    def remove(self, worker: int) -> None:
        """Take note that a worker has ended."""
        del self.by_number[worker]
        if not self.by_number:
            self._last_left.set()

    async def gone(self, within: float) -> None:
        """Wait until none is left; at most for so many seconds."""
        if self.by_number:
            self._last_left.clear()
            try:
                await asyncio.wait_for(self._last_left.wait(), within)
            except TimeoutError:
                log.warning("workers did not leave in time workers=%d", len(self.by_number))

    def show_hosts(self, hosts: RoomHosts) -> None:
        """Tell them which hosts the room has."""
        self._others.urls = hosts
        self._send_all(frame(hosts))

    def show_majority(self, *, has: bool) -> None:
        """Tell the members of this host whether the room can decide anything."""
        self._others.told = HostsDecide(has)
        self._send_all(frame(self._others.told))

    def show_typing(self, notice: SomebodyTypes) -> None:
        """Tell the members of this host that a member is typing."""
        self._send_all(frame(notice))

    def end_uploads(self, over: Mapping[int, list[int]]) -> None:
        """Let workers end these uploads, by worker."""
        for worker, ids in over.items():
            if connection := self.by_number.get(worker):
                connection.send(frame(UploadsEnded(ids)))

    def deliver(self, outcome: Outcome, answers: Mapping[WorkerConnection, Answers]) -> None:
        """Send the events to all and, behind them, its answers to each: one write."""
        batch = b""
        if outcome.bodies or outcome.signals or outcome.evictions:
            signals = list(outcome.signals.items())
            events = EventBatch(
                outcome.first, outcome.bodies, signals, outcome.evictions,
                outcome.rewritten, outcome.requoted, outcome.replied,
            )  # fmt: skip
            batch = frame(events)
        for connection in self.by_number.values():
            if connection in answers:
                connection.send(batch + frame(answers[connection].packed()))
            elif batch:
                connection.send(batch)

    def _send_all(self, data: bytes) -> None:
        for connection in self.by_number.values():
            connection.send(data)
