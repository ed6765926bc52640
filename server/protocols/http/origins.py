"""Which web pages may use this server: its own, those of the room's other hosts, and those of
`--allow-origin` (RFC 6454).

An origin is scheme, host and port. Another web application of the same machine has another
port, so it is another origin and may not join.
"""

import re
from collections.abc import Callable, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from aiohttp import hdrs, web

from server.protocols.aiohttp_internals import Headers
from server.protocols.http.errors import HttpError
from server.settings import Settings
from shared import protocol
from shared.problems import problem

_ORIGIN = re.compile(r"(https?)://(\[[^\[\]@]+\]|[^\[\]:/?#@\s]+)(?::([0-9]{1,5}))?")
_HOST = re.compile(r"(\[[^\[\]@]+\]|[^\[\]:/?#@\s]+)(?::([0-9]{0,5}))?")
_PORTS = {"http": 80, "https": 443}
_SENT = (
    "Authorization, Content-Disposition, Content-Type, Idempotency-Key, If-None-Match, "
    f"If-Range, Range, {protocol.UPLOAD_OFFSET}"
)
_SHOWN = (
    f"Accept-Ranges, {protocol.MAX_FILE}, Content-Disposition, Content-Range, ETag, Location, "
    f"Retry-After, {protocol.UPLOAD_OFFSET}"
)
_PREFLIGHT_FOR = "7200"  # seconds; browsers take no longer time


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class Origins:
    """Tells which pages may connect, and which may read answers.

    Args:
        settings: those of the server.
        hosts: returns the URLs of all hosts of the room, as of now.
    """

    def __init__(
        self, settings: Settings, hosts: Callable[[], Sequence[str]] = lambda: ()
    ) -> None:
        self._hosts = hosts
        self._allowed = frozenset(map(_canonical, settings.allow_origin))
        self._public = (
            frozenset([_canonical(settings.public_url)])
            if settings.public_url
            else frozenset[str]()
        )

    @property
    def joining(self) -> frozenset[str]:
        """Origins whose pages may connect, beside the one that `Host` names."""
        return self._reading | self._public

    @property
    def _reading(self) -> frozenset[str]:
        """Origins whose pages may read answers: those of the room's hosts may join through
        this one while theirs is away."""
        return self._allowed | _of_hosts(tuple(self._hosts()))

    def check(self, headers: Headers, scheme: str) -> None:
        """Refuse a request of a page of another origin. Raises `HttpError`."""
        check_origin(headers, self.joining, scheme)

    def preflight(self, request: web.Request) -> web.Response | None:
        """Answer a browser that asks before a page's request; None for any other request."""
        if (
            request.method != hdrs.METH_OPTIONS
            or hdrs.ACCESS_CONTROL_REQUEST_METHOD not in request.headers
            or not _is_shared(request)
        ):
            return None
        origin = request.headers.get(hdrs.ORIGIN, "")
        if _canonical(origin) not in self._reading:
            raise HttpError(problem("forbidden", "origin", origin=origin))
        return web.Response(
            status=204,
            headers={
                hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, HEAD, OPTIONS, POST",
                hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _SENT,
                hdrs.ACCESS_CONTROL_MAX_AGE: _PREFLIGHT_FOR,
            },
        )

    async def share(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let pages of `--allow-origin`, and of the room's other hosts, read an answer."""
        if not _is_shared(request):
            return
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        origin = request.headers.get(hdrs.ORIGIN, "")
        if _canonical(origin) in self._reading:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _SHOWN


def check_origin(headers: Headers, origins: Set[str], scheme: str = "") -> None:
    """Refuse a request of a page that is neither of `origins` nor of this server.

    Args:
        headers: of the request; its `Host` is checked already.
        origins: in lower case and without the usual ports.
        scheme: the scheme that the client uses; empty if it is not known.

    Raises:
        HttpError: with the origin.
    """
    for origin in headers.getall(hdrs.ORIGIN, []):
        host = (headers.getall(hdrs.HOST, []) or [""])[0]
        if _canonical(origin) not in origins and not _is_own(origin, host, scheme):
            raise HttpError(problem("forbidden", "origin", origin=origin))


def _is_shared(request: web.Request) -> bool:
    return request.path in ("/room", "/files") or request.path.startswith("/files/")


def _parse(origin: str) -> _Origin | None:
    found = _ORIGIN.fullmatch(origin.lower())
    if found is None:
        return None
    return _Origin(found[1], found[2], int(found[3] or _PORTS[found[1]]))


@lru_cache(8)
def _of_hosts(urls: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_canonical(url.rstrip("/")) for url in urls)


def _canonical(origin: str) -> str:
    """Return an origin as browsers send it: in lower case, without the usual port."""
    parsed = _parse(origin)
    if parsed is None:
        return origin.lower()
    usual = parsed.port == _PORTS[parsed.scheme]
    return f"{parsed.scheme}://{parsed.host}" + ("" if usual else f":{parsed.port}")


def _is_own(origin: str, host: str, scheme: str) -> bool:
    """Whether a page of this origin came from the host that it now asks."""
    page, asked = _parse(origin), _HOST.fullmatch(host.strip().lower())
    if page is None or asked is None or asked[1] != page.host:
        return False
    if scheme and scheme != page.scheme:
        return False
    return page.port == int(asked[2] or _PORTS[page.scheme])
