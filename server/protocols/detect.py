"""Which door a connection gets: its first bytes decide.

`ProtocolSwitch` is the protocol every client's connection starts with and keeps: it watches the
time for a greeting, chooses, and passes everything on to the door's own protocol. Knows
what the first bytes look like, nothing of what comes after.
"""

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from typing import cast

log = logging.getLogger(__name__)

GREET_WITHIN = 10.0

_HTTP = tuple(
    method + b" "
    for method in (
        b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT",
    )
)  # fmt: skip
_LONGEST = max(map(len, _HTTP))


class Choice(Enum):
    """What the first bytes of a connection say."""

    HTTP = "http"
    UNDECIDED = "undecided"
    NONE = "none"


def choose(first: bytes) -> Choice:
    """The door for a connection that starts with these bytes; more may be needed."""
    if first.startswith(_HTTP):
        return Choice.HTTP
    if any(method.startswith(first) for method in _HTTP):
        return Choice.UNDECIDED
    return Choice.NONE


class ProtocolSwitch(asyncio.Protocol):
    """A connection, from accept to end. `ended` is called once, at its end.

    `open_http` gives the door's protocol, or None when the door is shut for good.
    """

    def __init__(
        self, open_http: Callable[[], asyncio.Protocol | None], ended: Callable[[], None]
    ) -> None:
        self._open_http = open_http
        self._ended = ended
        self._door: asyncio.Protocol | None = None
        self._first = b""
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(GREET_WITHIN, self._transport.abort)

    def greeted(self) -> None:
        """The client has said what it wants: a whole request is there."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def hand_over(self, door: asyncio.Protocol) -> None:
        """Another protocol goes on from here; to the one before the connection is over."""
        before, self._door = self._door, door
        if before is not None:
            before.connection_lost(None)

    def data_received(self, data: bytes) -> None:
        if self._door is not None:
            self._door.data_received(data)
            return
        assert self._transport is not None
        self._first += data
        match choose(self._first[:_LONGEST]):
            case Choice.HTTP:
                self._door = self._open_http()
                if self._door is None:
                    self._transport.abort()
                    return
                self._door.connection_made(self._transport)
                self._door.data_received(self._first)
                self._first = b""
            case Choice.NONE:
                self._transport.abort()

    def eof_received(self) -> bool | None:
        return self._door.eof_received() if self._door else None

    def pause_writing(self) -> None:
        if self._door is not None:
            self._door.pause_writing()

    def resume_writing(self) -> None:
        if self._door is not None:
            self._door.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.greeted()
        if self._door is not None:
            self._door.connection_lost(exc)
        self._ended()
