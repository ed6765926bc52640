"""The join link: `chatroom://HOST:PORT/#sha256=KEY`, one line that says where a room is.

Reads what people type or paste as a server (also `host`, `host:port`, `[::1]:18000`, a short
code, and the address of the room's web page) and writes the link to hand out. A link may name
several hosts of one room. Nothing is looked up.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from shared import limits, short_code
from shared.address import Address
from shared.problems import ProblemError, problem

__all__ = ["Address", "BadLink", "JoinLink", "parse"]

_LINK = re.compile(r"chatroom://([^/?#]*)/?(?:#(.*))?", re.IGNORECASE)
_WEB_PAGE = re.compile(r"(https?)://([^/?#,]*)(?:[/?][^#]*)?(?:#(.*))?", re.IGNORECASE)
_WEB_PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(
    r"""(?: \[ (?P<ipv6> [0-9a-fA-F:.]+ (?:%[\w.-]+)? ) \]    # [::1]
          | (?P<host> [^\s:/\\@?\#<>"'`{}|^%\[\],]+ ) )        # a name, or IPv4
        (?: : (?P<port> [0-9]{0,5} ) )?""",
    re.VERBOSE,
)


class BadLink(ProblemError):
    """The text names no server; the message says what one looks like."""


class JoinLink(NamedTuple):
    """A room: its hosts, and what its link says of it.

    `key` is the SHA-256 of the room's TLS key, in lower-case hexadecimal; `owner` is the
    owner's key; `message` is the `seq` of a message to show.
    """

    addresses: tuple[Address, ...]
    key: str | None = None
    owner: str | None = None
    message: int | None = None

    @property
    def address(self) -> Address:
        """The first host."""
        return self.addresses[0]

    def with_hosts(self, urls: Iterable[str]) -> "JoinLink":
        """Return the same, which also names the hosts of these URLs (`welcome.hosts`)."""
        found = [urlsplit(url) for url in urls]
        hosts = [
            Address(url.hostname, url.port or _WEB_PORTS[url.scheme])
            for url in found
            if url.hostname and url.scheme in _WEB_PORTS
        ]
        return self._replace(addresses=tuple(dict.fromkeys((*self.addresses, *hosts))))

    @property
    def hosts(self) -> str:
        """All hosts, as people may enter them: `a:18000,b:18000`."""
        return ",".join(map(str, self.addresses))

    def __str__(self) -> str:
        key = urlsafe_b64encode(bytes.fromhex(self.key or "")).decode().rstrip("=")
        parts = [("sha256", key), ("owner", quote(self.owner or "", "", errors="replace"))]
        parts.append(("message", str(self.message or "")))
        fragment = "&".join(f"{name}={value}" for name, value in parts if value)
        return f"chatroom://{self.hosts}/" + (f"#{fragment}" if fragment else "")


def parse(text: str) -> JoinLink:
    """Return the room that people type or paste as a server.

    Args:
        text: a join link, the address of a room's web page, `host:port`, `host`, or a short
            code. What could also be the name of a host is a code if its check digit holds.

    Raises:
        BadLink: `text` is none of these.
    """
    text = text.strip()
    if not text:
        raise BadLink(problem("bad_link", "empty"))
    if short_code.resembles(text) and (address := _of_code(text)) is not None:
        return JoinLink((address,))
    where, fragment, port = text, "", limits.DEFAULT_PORT
    if "://" in text:
        if (link := _LINK.fullmatch(text)) is not None:
            where, fragment = link[1], link[2] or ""
        elif (page := _WEB_PAGE.fullmatch(text)) is not None:
            where, fragment, port = page[2], page[3] or "", _WEB_PORTS[page[1].lower()]
        else:
            raise BadLink(problem("bad_link", "form"))
    elif text.count(":") > 1 and not text.startswith("[") and "," not in text:
        where = f"[{text}]"  # an IPv6 address without a port
    parameters = dict(parse_qsl(fragment, keep_blank_values=True))
    return JoinLink(
        tuple(_address(host, text, port) for host in where.split(",")),
        _key(parameters["sha256"]) if "sha256" in parameters else None,
        _owner(parameters.get("owner", "")),
        _message(parameters.get("message", "")),
    )


def addresses(servers: Iterable[str]) -> tuple[Address, ...]:
    """Return the addresses of servers, as `parse` takes them; what is none is left out."""
    found = []
    for server in servers:
        try:
            found.append(parse(server).address)
        except BadLink:
            continue
    return tuple(found)


def _of_code(text: str) -> Address | None:
    """Return the address of a code; None for what is a host's name rather than a code."""
    try:
        return short_code.decode(text)
    except ProblemError as wrong:
        if any(letter.isspace() for letter in text):  # in no name
            raise BadLink(wrong.problem) from None
        return None


def _address(where: str, text: str, default_port: int) -> Address:
    found = _ADDRESS.fullmatch(where)
    if found is None or not where.isprintable() or not _is_ipv6(found["ipv6"]):
        shown = "".join(c if c.isprintable() else "\ufffd" for c in text[:80])
        raise BadLink(problem("bad_link", "server", text=shown))
    port = int(found["port"] or default_port)
    if not 1 <= port <= 65535:
        raise BadLink(problem("bad_link", "port", port=port))
    return Address((found["ipv6"] or found["host"]).lower(), port)


def _is_ipv6(host: str | None) -> bool:
    """Return whether `host` is an IPv6 address; True without one."""
    try:
        return host is None or bool(IPv6Address(host))
    except ValueError:
        return False


def _message(text: str) -> int | None:
    return int(text) if re.fullmatch("[1-9][0-9]{0,15}", text) else None


def _owner(text: str) -> str | None:
    try:
        text.encode()
    except UnicodeEncodeError:  # a byte of the command line that is no text
        raise BadLink(problem("bad_link", "key")) from None
    return text or None


def _key(text: str) -> str:
    """Return the key's hash as hexadecimal; the link has it so, or in base64url."""
    if re.fullmatch("[0-9a-fA-F]{64}", text):
        return text.lower()
    if not re.fullmatch("[A-Za-z0-9_-]{43}=?", text):  # 32 bytes
        raise BadLink(problem("bad_link", "key"))
    return urlsafe_b64decode(text[:43] + "=").hex()
