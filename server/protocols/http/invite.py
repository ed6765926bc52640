"""How others get in: `GET /invite`, and its QR code (docs/protocol.md, part 5).

They tell what the startup message tells: where the room is, and its key. The owner's key is in
none of it.
"""

import asyncio
import io
from base64 import urlsafe_b64decode
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from msgspec import Struct

from server.connections.worker_state import WorkerState
from server.processes import run_directory
from server.protocols.http.doorman import client_of, is_direct
from server.protocols.http.hosts import own_address
from shared import joinlink, short_code
from shared.address import Address
from shared.codec import encode
from shared.identity import is_loopback
from shared.joinlink import JoinLink

_PORTS = {"http": 80, "https": 443}
_QR = "/invite.svg"
_CACHED = 16


class _Invitation(Struct, omit_defaults=True):
    https: str
    chatroom: str
    qr: str
    code: str = ""


class _Way(NamedTuple):
    """The address for browsers, and the join link."""

    web: str
    link: JoinLink


class Invite:
    """The invitations of one worker."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve the links and the QR code."""
        router.add_get("/invite", self.links)
        router.add_get(_QR, self.qr_code)

    async def links(self, request: web.Request) -> web.Response:
        """Answer with the links for others."""
        way = await self._way(request)
        address = way.link.address
        code = None if is_loopback(address.host) else short_code.encode(address)
        found = _Invitation(way.web, str(way.link), _QR, code or "")
        return web.Response(
            body=encode(found),
            content_type="application/json",
            headers={hdrs.CACHE_CONTROL: "no-store"},
        )

    async def qr_code(self, request: web.Request) -> web.Response:
        """Answer with the QR code of the address for browsers."""
        way = await self._way(request)
        return web.Response(
            body=await asyncio.to_thread(_drawn, way.web),
            content_type="image/svg+xml",
            headers={
                hdrs.CACHE_CONTROL: "no-store",
                hdrs.CONTENT_SECURITY_POLICY: "sandbox; default-src 'none'",
            },
        )

    async def _way(self, request: web.Request) -> _Way:
        """Return the way that others have, as far as this server knows.

        An address at which this client has reached the server is better than one that the
        server takes for likely; not so the one that each computer has for itself.
        """
        settings = self._state.settings
        if settings.public_url:
            return _way_to(settings.public_url, "")
        client, direct = client_of(request), is_direct(request)
        if direct:
            scheme = "https" if client.tls or (self._state.key and not client.local) else "http"
        else:
            scheme = client.scheme or ("https" if client.tls else "http")
        url = f"{scheme}://{own_address(request, _PORTS[scheme], sure=direct)}/"
        if is_loopback(urlsplit(url).hostname or ""):
            info = await asyncio.to_thread(_running, settings.data_dir)
            if info is not None and info.ways is not None:
                return self._with_hosts(_Way(info.ways.web, joinlink.parse(info.ways.links[0])))
        # The encryption to a proxy has a key of its own.
        return self._with_hosts(_way_to(url, self._state.key if direct else ""))

    def _with_hosts(self, way: _Way) -> _Way:
        """Let the link name the other hosts of the room, too."""
        return way._replace(link=way.link.with_hosts(self._state.hosts[1:]))


def _way_to(url: str, key: str) -> _Way:
    """Return the way to the room at a URL; `key` is the hash of its key, or empty."""
    found = urlsplit(url)
    address = Address(found.hostname or "", found.port or _PORTS[found.scheme.lower()])
    shown = urlsafe_b64decode(f"{key}=").hex() if key else None
    return _Way(url, JoinLink((address,), shown))


def _running(data: Path) -> run_directory.RunInfo | None:
    try:
        return run_directory.running(data)
    except run_directory.FolderError:
        return None


@lru_cache(_CACHED)
def _drawn(text: str) -> bytes:
    """Return the QR code of a text as SVG, black on white also where the page is dark."""
    import segno  # noqa: PLC0415 - few workers draw one, and it takes memory

    drawing = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawing, kind="svg", xmldecl=False, svgclass=None, lineclass=None, omitsize=True,
        dark="#000", light="#fff",
    )  # fmt: skip
    return drawing.getvalue()
