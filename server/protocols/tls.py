"""TLS for one connection: a transport for the protocol above, a protocol for the socket below.

asyncio and uvloop have such a layer too. This one differs in what the server relies on: the
connection exists before the handshake, so that it can be pushed out and its time runs; the
number of bytes that the client has not taken is exact, also while messages go on; each write
is one write to the socket; and an idle connection has no large buffers.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

FIRST_BYTE = b"\x16"
"""The type of a handshake record (RFC 8446, section 5.1)."""
PORTION = 8 * 1024
"""Bytes given to OpenSSL at a time: its buffers keep the size of the largest portion."""
RECORDS_A_TURN = 64
"""Records decrypted before other connections have their turn; small ones take 0.2 ms."""
MOST_EMPTY = 100
"""Records without data after the handshake, in all. Clients that change their keys (RFC 8446,
section 4.6.3) do so once in gigabytes; each change takes 25 µs, and an answer that grows what
waits to be sent."""
OVERHEAD = "tls_overhead"
"""For `get_extra_info`: how many bytes the socket got beyond those of `write`."""

_HEADER, _KINDS, _VERSION, _LONGEST = 5, range(20, 25), 3, (1 << 14) + 2048
"""Of a record: RFC 5246, section 6.2; RFC 8446, section 5."""


def context(pem: Path) -> ssl.SSLContext:
    """Return a context for connections, with the certificate and key in a file.

    Raises:
        OSError: it cannot be read or used.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.options |= ssl.OP_NO_RENEGOTIATION
    made.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")  # of TLS 1.2: Python's without CBC
    # The one group that every client of TLS 1.3 has (RFC 8446, section 9.1). Of all others it
    # would be the client who chooses, and some cost the worker 0.2 s a handshake.
    made.set_ecdh_curve("prime256v1")
    made.set_alpn_protocols(["http/1.1"])
    made.load_cert_chain(pem)
    return made


def _record(data: bytes | memoryview, start: int) -> int:
    """Return the end of the record that begins at `start`; 0 if it is not whole.

    What is no record ends with the data: OpenSSL refuses it.
    """
    if len(data) < start + _HEADER:
        return 0
    kind, version, _, high, low = data[start : start + _HEADER]
    size = high << 8 | low
    if kind not in _KINDS or version != _VERSION or size > _LONGEST:
        return len(data)
    end = start + _HEADER + size
    return end if end <= len(data) else 0


class TlsTransport(asyncio.Transport, asyncio.Protocol):
    """The encrypted transport of a connection.

    Args:
        raw: the transport of the socket, which gets this object as its protocol.
        context: the server's certificate.
        protocol: the protocol above. Until the handshake is done it hears of the end only.
        secured: is called when the handshake is done.
        take_turn: calls a function at once, or when other connections had their turn.
    """

    __slots__ = (
        "_context", "_empty", "_ended", "_incoming", "_outgoing", "_overhead", "_paused",
        "_protocol", "_raw", "_rest", "_secured", "_ssl", "_take_turn", "_tell", "_waiting",
    )  # fmt: skip

    def __init__(
        self,
        raw: asyncio.Transport,
        context: ssl.SSLContext,
        protocol: asyncio.Protocol,
        secured: Callable[["TlsTransport"], None],
        take_turn: Callable[[Callable[[], None]], None],
    ) -> None:
        super().__init__()
        self._raw = raw
        self._context = context
        self._protocol = protocol
        self._tell = secured
        self._take_turn = take_turn
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._secured = self._ended = self._paused = self._waiting = False
        self._rest = b""
        self._empty = 0
        self._overhead = 0
        raw.set_protocol(self)

    # --- as the socket's protocol ----------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if not self._waiting:
            self._take_in()

    def _take_in(self) -> None:
        """Decrypt the next records; if more have come, wait for another turn."""
        self._waiting = False
        if self._paused or self.is_closing():
            return
        found: list[bytes] = []
        try:
            closed = self._decrypt(found)
        except ssl.SSLError as problem:
            self._broken(problem.reason)
            return
        if self._empty > MOST_EMPTY:
            self._broken("too many records without data")
            return
        self._flush()
        if found:
            self._protocol.data_received(found[0] if len(found) == 1 else b"".join(found))
        if closed and not self._ended:
            self.eof_received()
        elif self._paused or self.is_closing():
            pass
        elif _record(self._rest, 0):
            self._raw.pause_reading()
            self._waiting = True
            self._take_turn(self._take_in)
        elif not self._raw.is_reading():
            self._raw.resume_reading()

    def _decrypt(self, found: list[bytes]) -> bool:
        """Collect the data of some records; return whether the client has closed its side."""
        data, start = memoryview(self._rest), 0
        for _ in range(RECORDS_A_TURN):
            end = _record(data, start)
            if not end:
                break
            before, closed = len(found), False
            for part in range(start, end, PORTION):
                self._incoming.write(data[part : min(part + PORTION, end)])
                if self._secured or self._shake_hands():
                    closed = self._read(found)
            start = end
            if closed:
                return True
            self._empty += self._secured and len(found) == before
        self._rest = self._rest[start:]
        return False

    def _read(self, found: list[bytes]) -> bool:
        """Collect what is decrypted; return whether the client has closed its side."""
        try:
            while data := self._ssl.read(2 * PORTION):
                found.append(data)
                if not self._incoming.pending and not self._ssl.pending():
                    return False
        except ssl.SSLWantReadError:
            return False
        return True

    def eof_received(self) -> None:
        if self._secured:
            self._protocol.eof_received()
        self.close()

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._protocol.connection_lost(exc)

    def _shake_hands(self) -> bool:
        """Go on with the handshake; return whether it is done."""
        try:
            self._ssl.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._flush()
        self._secured = True
        self._tell(self)
        return True

    def _broken(self, why: str) -> None:
        log.info("tls failed reason=%s", why)
        self._ended = True
        self._flush()  # an alert
        self._raw.close()

    def _flush(self) -> None:
        if self._outgoing.pending:
            data = self._outgoing.read()
            self._overhead += len(data)
            self._raw.write(data)

    # --- as the protocol's transport -------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send; all of it in one write to the socket."""
        if self._ended or not data:
            return
        size = len(data)
        if size <= PORTION:
            self._ssl.write(data)
            sent = self._outgoing.read()
        else:
            view, parts = memoryview(data), []
            for start in range(0, size, PORTION):
                self._ssl.write(view[start : start + PORTION])
                parts.append(self._outgoing.read())
            sent = b"".join(parts)
        self._overhead += len(sent) - size
        self._raw.write(sent)

    def close(self) -> None:
        """Close after everything that was written, with a `close_notify`."""
        if not self._ended:
            self._ended = True
            if self._secured:
                with contextlib.suppress(ssl.SSLError):  # it would wait for the client's
                    self._ssl.unwrap()
                self._flush()
            self._raw.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._ended = True
        self._raw.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._ended or self._raw.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return a fact about TLS, or one of the socket's transport."""
        match name:
            case "ssl_object":
                return self._ssl
            case "sslcontext":
                return self._context
            case name if name == OVERHEAD:
                return self._overhead
            case _:
                return self._raw.get_extra_info(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol above."""
        return self._protocol

    def is_reading(self) -> bool:
        """Whether the protocol above gets what comes."""
        return not self._paused and not self.is_closing()

    def pause_reading(self) -> None:
        """Pass nothing more on."""
        self._paused = True
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        """Pass on what comes, and what waits."""
        self._paused = False
        if not _record(self._rest, 0):
            self._raw.resume_reading()
        elif not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_soon(self._take_turn, self._take_in)

    def get_write_buffer_size(self) -> int:
        """Return the encrypted bytes that the kernel has not taken."""
        return self._raw.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set the limits for encrypted bytes."""
        self._raw.set_write_buffer_limits(high, low)

    def can_write_eof(self) -> bool:
        """TLS has no half-closed connections here."""
        return False
