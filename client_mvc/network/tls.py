"""TLS as the client speaks it: a server is recognised by its key, in the handshake.

aiohttp runs `Fingerprint.check` before it sends the first byte of a request, so that a server
with another key gets none.
"""

import asyncio
import hashlib
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from functools import cache, lru_cache

import aiohttp

from shared.identity import ServerIdentity
from shared.joinlink import Address


class KeyMismatch(aiohttp.ServerFingerprintMismatch):
    """The server shows another key; `found` is its hash, empty if it has none."""

    def __init__(self, found: str, host: str = "", port: int = 0) -> None:
        super().__init__(b"", bytes.fromhex(found), host, port)
        self.found = found


class KeyCheck(aiohttp.Fingerprint):
    """Accepts servers with one of these keys. `found` is the key of the last one accepted.

    aiohttp shares connections between requests with the same check only.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        super().__init__(bytes(hashlib.sha256().digest_size))  # not used
        self.found = ""
        self._keys = frozenset(keys)

    def check(self, transport: asyncio.Transport) -> None:
        """Raise `KeyMismatch` unless the server has one of the keys."""
        found = _key(transport.get_extra_info("ssl_object"))
        if found not in self._keys:
            raise KeyMismatch(found)
        self.found = found


class AnyKey(KeyCheck):
    """Accepts every server that shows a key; `found` is that key."""

    def __init__(self) -> None:
        super().__init__(())

    def check(self, transport: asyncio.Transport) -> None:
        """Raise `KeyMismatch` if the server has no key."""
        self.found = _key(transport.get_extra_info("ssl_object"))
        if not self.found:
            raise KeyMismatch("")


def check_of(server: ServerIdentity) -> KeyCheck | ssl.SSLContext | bool:
    """Return the argument `ssl` for a request to this server."""
    if not server.key:
        return True  # not used: the request is plain
    return system_context() if server.system else _check_of(server.key)


@lru_cache(maxsize=64)
def _check_of(key: str) -> KeyCheck:
    return KeyCheck([key])


async def system_key(address: Address) -> str | None:
    """Return the key of a server whose certificate the system trusts for its name, else None.

    Only a handshake is made. Raises OSError.
    """
    try:
        _, writer = await asyncio.open_connection(*address, ssl=system_context())
    except ssl.SSLCertVerificationError:
        return None
    try:
        return _key(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


@cache
def system_context() -> ssl.SSLContext:
    """Return the settings for servers whose certificates the system trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def key_of(text: str) -> str:
    """Return a key's hash in hexadecimal, from the base64url of the protocol; else empty."""
    try:
        found = urlsafe_b64decode(f"{text}=")
    except ValueError:
        return ""
    return found.hex() if len(found) == hashlib.sha256().digest_size else ""


def speaks_no_tls(error: aiohttp.ClientConnectorError) -> bool:
    """Return whether a server answered a handshake as one that does not speak TLS may.

    It sends something else, or closes. A server that sends an alert speaks TLS; one that is
    silent may be cut off.
    """
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return False
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        return "ALERT" not in (cause.reason or "")
    return isinstance(cause, ConnectionResetError | ConnectionAbortedError | BrokenPipeError)


def _key(handshake: ssl.SSLObject | None) -> str:
    """Return the hash of the server's key; empty if its certificate cannot be read."""
    certificate = handshake.getpeercert(binary_form=True) if handshake is not None else None
    if certificate is None:
        return ""
    # It takes 9 MiB, and a client of rooms without TLS never needs it.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
    )

    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError):
        return ""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()
