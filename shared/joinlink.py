"""The one line that says where a room is: `chatroom://HOST:PORT/#sha256=FINGERPRINT`.

Reads what people type or paste as a server (also `host`, `host:port`, `[::1]:18000`) and
writes the link a host hands out. Knows no socket: nothing is looked up.
"""

import re
from ipaddress import IPv6Address
from typing import NamedTuple

from shared import limits

_FINGERPRINT = re.compile(r"sha256=([0-9a-fA-F]{64})")
_LINK = re.compile(r"chatroom://([^/?#]*)/?(?:#(.*))?", re.IGNORECASE)
_ADDRESS = re.compile(
    r"""(?: \[ (?P<ipv6> [0-9a-fA-F:.]+ (?:%[\w.-]+)? ) \]    # [::1]
          | (?P<host> [^\s:/\\@?\#<>"'`{}|^%\[\]]+ ) )         # a name, or IPv4
        (?: : (?P<port> [0-9]{0,5} ) )?""",
    re.VERBOSE,
)


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
    where, pin = text, ""
    if "://" in text:
        link = _LINK.fullmatch(text)
        if link is None:
            raise BadLink("A join link looks like chatroom://host:port/")
        where, pin = link[1], link[2] or ""
    elif text.count(":") > 1 and not text.startswith("["):
        where = f"[{text}]"  # an IPv6 address without a port
    return Address(*_host_and_port(where, text), _fingerprint(pin))


def _host_and_port(where: str, text: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(where)
    if found is None or not where.isprintable() or not _is_ipv6(found["ipv6"]):
        shown = "".join(c if c.isprintable() else "\ufffd" for c in text[:80])
        raise BadLink(f'"{shown}" is no server: try host:port, for example localhost:18000.')
    port = int(found["port"] or limits.DEFAULT_PORT)
    if not 1 <= port <= 65535:
        raise BadLink(f"There is no port {port}: ports are numbers from 1 to 65535.")
    return (found["ipv6"] or found["host"]).lower(), port


def _is_ipv6(host: str | None) -> bool:
    """Also true where there is none."""
    try:
        return host is None or bool(IPv6Address(host))
    except ValueError:
        return False


def _fingerprint(pin: str) -> str | None:
    if not pin:
        return None
    found = _FINGERPRINT.fullmatch(pin)
    if found is None:
        raise BadLink("The join link is damaged: its fingerprint is not whole.")
    return found[1].lower()
