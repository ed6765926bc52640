"""The WebSocket handshake (RFC 6455, section 4.2): who may connect, and the answer to it.

Knows the request's headers, nothing of what comes after.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Set
from hashlib import sha1
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web
from aiohttp.http import WS_KEY

from shared import protocol

_KEY_BYTES = 16


def check(request: web.Request, origins: Set[str]) -> None:
    """Refuse what is no handshake, a browser from elsewhere, a client of another protocol.

    `origins` are those that may connect beside our own. Raises `web.HTTPException`.
    """
    origin = request.headers.get("Origin")
    if origin is not None and not _may_embed(origin.lower(), request.host.lower(), origins):
        raise web.HTTPForbidden(text=f"A page of {origin} may not join this room.\n")
    if request.version < HttpVersion11:
        raise web.HTTPBadRequest(text="A WebSocket begins with HTTP/1.1.\n")
    if request.headers.get("Upgrade", "").strip().lower() != "websocket":
        raise web.HTTPUpgradeRequired(
            text="Here is a WebSocket.\n", headers={"Upgrade": "websocket"}
        )
    if "upgrade" not in _listed(request, "Connection"):
        raise web.HTTPBadRequest(text="The Connection is not to be upgraded.\n")
    if request.headers.get("Sec-WebSocket-Version", "").strip() != "13":
        raise web.HTTPUpgradeRequired(
            text="WebSocket version 13 only.\n", headers={"Sec-WebSocket-Version": "13"}
        )
    if not _is_key(request.headers.get("Sec-WebSocket-Key", "")):
        raise web.HTTPBadRequest(text="The Sec-WebSocket-Key is damaged.\n")
    offered = _listed(request, "Sec-WebSocket-Protocol")
    if offered and protocol.SUBPROTOCOL not in offered:
        raise web.HTTPBadRequest(text=f"This server speaks {protocol.SUBPROTOCOL} only.\n")


def answer(request: web.Request) -> web.StreamResponse:
    """The answer that opens the WebSocket."""
    # Not a secret: the hash shows that a WebSocket server answers, as the standard has it.
    hashed = sha1(request.headers["Sec-WebSocket-Key"].strip().encode() + WS_KEY)  # noqa: S324
    headers = {
        "Upgrade": "websocket",
        "Connection": "upgrade",
        "Sec-WebSocket-Accept": b64encode(hashed.digest()).decode(),
    }
    if "Sec-WebSocket-Protocol" in request.headers:
        headers["Sec-WebSocket-Protocol"] = protocol.SUBPROTOCOL
    return web.StreamResponse(status=101, headers=headers)


def _listed(request: web.Request, header: str) -> set[str]:
    """The items of a header that is a list; those of `Connection` in lower case."""
    items = {
        item.strip()
        for line in request.headers.getall(header, [])
        for item in line.split(",")
        if item.strip()
    }
    return {item.lower() for item in items} if header == "Connection" else items


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key.strip(), validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):  # not ASCII is a ValueError
        return False


def _may_embed(origin: str, host: str, origins: Set[str]) -> bool:
    try:
        own = urlsplit(origin).netloc == host
    except ValueError:
        own = False
    return own or origin in origins
