"""The client's end of TLS, in memory."""

import contextlib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from server.protocols.tls import context
from server.tls import issue


class KeepsWritten(Protocol):
    """A transport in memory; `written` is what the server sent."""

    written: bytes


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the context of a server with a new certificate."""
    key = issue.new_key()
    (folder / "tls.pem").write_bytes(issue.certificate(key, {"localhost"}) + key)
    return context(folder / "tls.pem")


def client_context(
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, *protocols: str
) -> ssl.SSLContext:
    """Return the context of a client that takes any certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.minimum_version = made.maximum_version = version
    if protocols:
        made.set_alpn_protocols(list(protocols))
    return made


class TlsClient:
    """A client whose bytes go to `send`; what the server writes is on its transport.

    `piece` is how many bytes the server gets at a time.
    """

    def __init__(
        self,
        transport: KeepsWritten,
        send: Callable[[bytes], None],
        context: ssl.SSLContext | None = None,
        piece: int = 1 << 20,
        session: ssl.SSLSession | None = None,
    ) -> None:
        self.transport = transport
        self._send = send
        self._piece = piece
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.ssl = (context or client_context()).wrap_bio(
            self._incoming, self._outgoing, session=session
        )
        self.closed = False

    def shake_hands(self) -> None:
        """Do the handshake. Raises `ssl.SSLError` if the server refuses."""
        while True:
            try:
                self.ssl.do_handshake()
            except ssl.SSLWantReadError:
                self.flush()
                assert self._take(), "the server does not answer"
            else:
                self.flush()
                return

    def flush(self) -> None:
        """Send what is encrypted."""
        data = self._outgoing.read()
        for start in range(0, len(data), self._piece):
            self._send(data[start : start + self._piece])

    def write(self, data: bytes) -> None:
        """Send data."""
        for start in range(0, len(data), 16_000):
            self.ssl.write(data[start : start + 16_000])
        self.flush()

    def read(self) -> bytes:
        """Return all that the server has sent."""
        self._take()
        found = b""
        try:
            while data := self.ssl.read(1 << 20):
                found += data
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        return found

    def close(self) -> None:
        """Send `close_notify`."""
        with contextlib.suppress(ssl.SSLError):
            self.ssl.unwrap()
        self.flush()

    def _take(self) -> bool:
        data, self.transport.written = self.transport.written, b""
        self._incoming.write(data)
        return bool(data)
