"""Chooses the protocol of a connection by its first bytes.

A `ProtocolSwitch` is the asyncio protocol of every connection from accept to end: it closes one
that sends no whole request in time, chooses, and passes everything on to the chosen protocol.
With TLS it chooses twice: the second time by the first bytes that were encrypted.
"""

import asyncio
import ssl
from collections.abc import Callable
from enum import Enum
from typing import cast

from server.connections.kind import Kind
from server.protocols.tls import FIRST_BYTE, TlsTransport

REQUEST_WITHIN = 10.0

_HTTP = tuple(
    method + b" "
    for method in (
        b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT",
    )
)  # fmt: skip
_LONGEST = max(map(len, _HTTP))


class Choice(Enum):
    """The protocol that the first bytes of a connection belong to."""

    HTTP = "http"
    TLS = "tls"
    UNDECIDED = "undecided"
    NONE = "none"


def choose(first: bytes) -> Choice:
    """Return the protocol of a connection that starts with these bytes."""
    if first.startswith(_HTTP):
        return Choice.HTTP
    if first.startswith(FIRST_BYTE):
        return Choice.TLS
    if any(method.startswith(first) for method in _HTTP):
        return Choice.UNDECIDED
    return Choice.NONE


type OpenHttp = Callable[["ProtocolSwitch", asyncio.Transport, bytes], asyncio.Protocol | None]
"""Returns the protocol that serves this connection, and gives it the first bytes; None if the
server takes no connections any more."""


class ProtocolSwitch(asyncio.Protocol):
    """A connection, from accept to end."""

    def __init__(
        self,
        open_http: OpenHttp,
        ended: Callable[[], None],
        changed: Callable[[Kind], None],
        take_turn: Callable[[Callable[[], None]], None],
        *,
        hold: Callable[["ProtocolSwitch", int], None],
        tls: Callable[[], ssl.SSLContext | None] = lambda: None,
    ) -> None:
        """Begin undecided.

        Args:
            open_http: starts HTTP, WebSocket included.
            ended: called once, at the end of the connection.
            changed: called when the connection is used for something else than before.
            take_turn: calls a function at once, or when other connections had their turn.
            hold: told how many bytes are kept until then; may call `end`.
            tls: returns the present certificate; None where TLS is off.
        """
        self._take_turn = take_turn
        self._hold = hold
        self._opening = False
        self._open_http = open_http
        self._ended = ended
        self._changed = changed
        self._tls = tls
        self._secured = False
        self._kind = Kind.UNJOINED
        self._end_requests: Callable[[], None] | None = None
        self._protocol: asyncio.Protocol | None = None
        self._first = b""
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(REQUEST_WITHIN, self._transport.abort)

    @classmethod
    def of(cls, transport: asyncio.BaseTransport | None) -> "ProtocolSwitch | None":
        """Return the switch of a connection; None if it has ended."""
        found = transport.get_protocol() if transport is not None else None
        return found if isinstance(found, cls) else None

    def request_began(self, end_requests: Callable[[], None]) -> None:
        """Note that a page or a file is asked for.

        Args:
            end_requests: ends the connection as soon as this request is answered.
        """
        self.request_came()
        self._end_requests = end_requests
        self._become(Kind.PAGE)

    def request_ended(self) -> None:
        """Note that the request is answered."""
        self._end_requests = None

    def joined(self) -> None:
        """Note that a member has joined here."""
        self._become(Kind.JOINED)

    def push_out(self) -> None:
        """End this connection for a newer one, but never one of a member or in a transfer."""
        if self._kind is Kind.JOINED or self._transport is None:
            return
        if self._end_requests is not None:
            self._end_requests()
        else:
            self._transport.abort()

    def end(self) -> None:
        """End this connection at once: all together keep too much."""
        if self._transport is not None:
            self._transport.abort()

    def _become(self, kind: Kind) -> None:
        if kind is not self._kind:
            self._kind = kind
            self._changed(kind)

    def request_came(self) -> None:
        """Note that a whole request has come, so that the time for it does not run out."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def hand_over(self, protocol: asyncio.Protocol) -> None:
        """Pass everything to this protocol from now on; tell the one before of the end."""
        self._end_requests = None
        self._become(Kind.UNJOINED)
        before, self._protocol = self._protocol, protocol
        if before is not None:
            before.connection_lost(None)

    def data_received(self, data: bytes) -> None:
        if self._protocol is not None:
            self._protocol.data_received(data)
            return
        assert self._transport is not None
        self._first += data
        if self._opening:
            self._transport.pause_reading()
            self._hold(self, len(self._first))
            return
        match choose(self._first[:_LONGEST]):
            case Choice.HTTP:
                self._transport.pause_reading()  # one read is all that is kept until its turn
                self._wait(self._open)
            case Choice.TLS if not self._secured and (context := self._tls()) is not None:
                self._wait(lambda: self._open_tls(context))
            case Choice.UNDECIDED:
                pass
            case _:
                self._transport.abort()

    def _wait(self, go: Callable[[], None]) -> None:
        """Call `go` when it is the turn of this connection."""
        self._opening = True
        self._hold(self, len(self._first))
        self._take_turn(go)

    def _open(self) -> None:
        """Start HTTP, unless the connection has ended meanwhile."""
        if (transport := self._reading()) is None:
            return
        first = self._take_first()
        self._protocol = self._open_http(self, transport, first)
        if self._protocol is None:
            transport.abort()

    def _open_tls(self, context: ssl.SSLContext) -> None:
        """Start the handshake of TLS, unless the connection has ended meanwhile."""
        if (transport := self._reading()) is None:
            return
        first = self._take_first()
        self._opening = False
        tls = TlsTransport(transport, context, self, self._secure, self._take_turn)
        tls.data_received(first)

    def _secure(self, transport: TlsTransport) -> None:
        self._secured = True
        self._transport = transport

    def _reading(self) -> asyncio.Transport | None:
        """Return the transport, which then reads; None if it is closing."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return None
        if not transport.is_reading():
            transport.resume_reading()
        return transport

    def _take_first(self) -> bytes:
        """Return what came before its turn, and keep it no longer."""
        first, self._first = self._first, b""
        self._hold(self, 0)
        return first

    def eof_received(self) -> bool | None:
        return self._protocol.eof_received() if self._protocol else None

    def pause_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._take_first()  # it may wait for its turn for longer
        self.request_came()
        if self._protocol is not None:
            self._protocol.connection_lost(exc)
        self._ended()
