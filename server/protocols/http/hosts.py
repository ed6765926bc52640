"""Which names this server answers to.

Any web site can let a name of its own point to this machine, and then its scripts may read the
answers ("DNS rebinding"). So a request whose Host is neither an address nor a name of this
machine is refused.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from aiohttp import web

from server.protocols.aiohttp_internals import Headers
from server.protocols.http.errors import HttpError
from server.settings import Settings
from shared.problems import problem

# The zone of an address (RFC 4007) could else be any text, and own_address would pass it on.
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]*(?:%[\w.-]{1,32})?)\]|([^\[\]:]*))(?::([0-9]*))?")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)", re.IGNORECASE)


class HostNames:
    """The names that this server answers to: those of `machine`, and those in the settings."""

    def __init__(self, settings: Settings, machine: Iterable[str]) -> None:
        own = {"localhost", *settings.host, *settings.allow_host, *machine}
        if settings.public_url:
            own.add(urlsplit(settings.public_url).hostname or "")
        self._names = frozenset(name.lower().removesuffix(".") for name in own if name)
        self._is_own = lru_cache(64)(self._check)  # most clients name the same few hosts

    def check(self, headers: Headers) -> None:
        """Refuse a request for another host. The port does not matter. Raises `HttpError`."""
        hosts = headers.getall("Host", [])
        if len(hosts) != 1:
            raise HttpError(problem("bad_request", "host"))
        self._refuse_other(hosts[0])

    def check_target(self, target: str) -> None:
        """Refuse a request whose target names another host (RFC 9112, section 3.2).

        Most targets are a path; a proxy's has a host, which then counts more than `Host`.
        """
        if not target.startswith(("/", "*")):
            found = _ABSOLUTE.match(target)
            self._refuse_other(found[1] if found else target)

    def _refuse_other(self, host: str) -> None:
        if not self._is_own(host):
            raise HttpError(problem("wrong_host", host=host))

    def _check(self, host: str) -> bool:
        found = _HOST.fullmatch(host.strip())
        if found is None:
            return False
        if found[1] is not None:
            return _is_address(found[1], IPv6Address)
        name = (found[2] or "").lower().removesuffix(".")
        return name in self._names or _is_address(name, IPv4Address)


def own_address(request: web.Request, usual: int, *, sure: bool = True) -> str:
    """Return the host and port at which a checked request reached this server.

    Args:
        request: its `Host` names the host, and the port if it is another than the usual one.
        usual: the port that is left out.
        sure: the connection is the client's own, so its port counts where `Host` has none.
    """
    found = _HOST.fullmatch(request.headers["Host"].strip())
    assert found is not None, "the host was checked"
    transport = request.transport if sure else None
    own = transport.get_extra_info("sockname") if transport is not None else None
    port = int(found[3][:6]) if found[3] else (own[1] if own else usual)
    name = found[2] if found[1] is None else f"[{found[1]}]"
    return name if port in (usual, 0) or port > 65535 else f"{name}:{port}"


def _is_address(text: str, kind: type[IPv4Address] | type[IPv6Address]) -> bool:
    try:
        return isinstance(ip_address(text), kind)
    except ValueError:
        return False
