"""The one line that says where a room is: `chatroom://HOST:PORT/#sha256=FINGERPRINT`.

Reads what people type or paste as a server (also `host`, `host:port`, `[::1]:18000`) and
writes the link a host hands out. Knows no socket: nothing is looked up.
"""

import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from shared import limits

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_HOST = re.compile(r"[^\s/\\@?#<>\"'`{}|^%\[\]]+")


class BadLink(ValueError):
    """Not a server; the text says what one looks like."""


class Address(NamedTuple):
    """Where a room is; `fingerprint` (SHA-256, lower-case hexadecimal) pins its TLS key."""

    host: str
    port: int = limits.DEFAULT_PORT
    fingerprint: str | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def link(self) -> str:
        """The join link."""
        pin = f"#sha256={self.fingerprint}" if self.fingerprint else ""
        return f"chatroom://{self}/{pin}"


def parse(text: str) -> Address:
    """The address in a join link, `host:port` or `host`. Raises `BadLink`."""
    text = text.strip()
    if not text:
        raise BadLink("Please say which server: host:port or a join link.")
    link = text if "://" in text else f"chatroom://{_bracketed(text)}"
    try:
        parts = urlsplit(link)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadLink(f"{text[:80]!r} is no server: the port is a number to 65535.") from None
    if parts.scheme != "chatroom":
        raise BadLink("A join link starts with chatroom://")
    if not host or not _HOST.fullmatch(host) or parts.username is not None:
        raise BadLink(
            f"{text[:80]!r} is no server: try host:port, for example localhost:18000."
        )
    if port == 0 or parts.path.strip("/") or parts.query:
        raise BadLink(
            f"{text[:80]!r} is no server: try host:port, for example localhost:18000."
        )
    pin = parse_qs(parts.fragment).get("sha256", [None])[0]
    if parts.fragment and (pin is None or not _FINGERPRINT.fullmatch(pin.lower())):
        raise BadLink("The join link is damaged: its fingerprint is not whole.")
    return Address(host, port or limits.DEFAULT_PORT, pin.lower() if pin else None)


def _bracketed(text: str) -> str:
    """An IPv6 address without a port in the brackets that a URL wants."""
    return f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
