"""The WebSocket handshake (RFC 6455, section 4.2): its checks, and the answer to it."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Set
from hashlib import sha1

from aiohttp import HttpVersion, HttpVersion11
from aiohttp.http import WS_KEY

from server.protocols.aiohttp_internals import Headers
from server.protocols.http.errors import HttpError
from server.protocols.http.origins import check_origin
from shared import protocol
from shared.problems import problem

_KEY_BYTES = 16


def check(version: HttpVersion, headers: Headers, origins: Set[str], scheme: str = "") -> None:
    """Refuse a request that is no handshake, or whose browser's page or protocol does not fit.

    Args:
        version: of HTTP.
        headers: of the request; `Host` is checked already.
        origins: the origins of pages that may connect, beside the server's own.
        scheme: `http` or `https`, as the client sees it; empty if that is not known.

    Raises:
        HttpError: with the status and the reason.
    """
    check_origin(headers, origins, scheme)
    if version < HttpVersion11:
        raise HttpError(problem("bad_request", "http_version"))
    if _value(headers, "Upgrade").lower() != "websocket":
        why = problem("upgrade_required", "websocket")
        raise HttpError(why, headers={"Upgrade": "websocket"})
    if "upgrade" not in _items(headers, "Connection"):
        raise HttpError(problem("bad_request", "connection"))
    if _value(headers, "Sec-WebSocket-Version") != "13":
        why = problem("upgrade_required", "version")
        raise HttpError(why, headers={"Sec-WebSocket-Version": "13"})
    if not _is_key(_value(headers, "Sec-WebSocket-Key")):
        raise HttpError(problem("bad_request", "websocket_key"))
    offered = _items(headers, "Sec-WebSocket-Protocol")
    if offered and protocol.SUBPROTOCOL not in offered:
        raise HttpError(problem("bad_request", "subprotocol", protocol=protocol.SUBPROTOCOL))


def answer(headers: Headers) -> dict[str, str]:
    """Return the headers of the answer that opens the WebSocket."""
    # Not a secret: the hash shows that a WebSocket server answers, as the standard has it.
    hashed = sha1(_value(headers, "Sec-WebSocket-Key").encode() + WS_KEY)  # noqa: S324
    answer = {
        "Upgrade": "websocket",
        "Connection": "upgrade",
        "Sec-WebSocket-Accept": b64encode(hashed.digest()).decode(),
    }
    if headers.getall("Sec-WebSocket-Protocol", []):
        answer["Sec-WebSocket-Protocol"] = protocol.SUBPROTOCOL
    return answer


def answer_bytes(headers: Headers) -> bytes:
    """Return the whole answer that opens the WebSocket."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in answer(headers).items())
    return f"HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n".encode()


def _value(headers: Headers, name: str) -> str:
    """Return the first value of a header; empty if it is missing."""
    values = headers.getall(name, [])
    return values[0].strip() if values else ""


def _items(headers: Headers, name: str) -> set[str]:
    """Return the items of a header that is a list; those of `Connection` in lower case."""
    items = {
        item.strip()
        for line in headers.getall(name, [])
        for item in line.split(",")
        if item.strip()
    }
    return {item.lower() for item in items} if name == "Connection" else items


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):  # not ASCII is a ValueError
        return False
