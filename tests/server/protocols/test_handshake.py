"""Who may connect by a WebSocket, and the answer to the handshake."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.protocols.websocket import handshake

HANDSHAKE = {
    "Host": "room.local:18000",
    "Upgrade": "WebSocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def check(headers: dict[str, str], origins: frozenset[str] = frozenset()) -> int:
    """The status that a handshake with these headers gets; 101 if it may go on."""
    request = make_mocked_request("GET", "/ws", {**HANDSHAKE, **headers})
    try:
        handshake.check(request, origins)
    except web.HTTPException as refusal:
        return refusal.status
    return 101


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        ("http://room.local:18000", 101),
        ("https://ROOM.local:18000", 101),
        ("https://chat.example", 101),
        ("http://room.local", 403),
        ("http://room.local:18001", 403),
        ("http://evil.example", 403),
        ("http://room.local:18000.evil.example", 403),
        ("http://room.local:18000@evil.example", 403),
        ("null", 403),
        ("", 403),
        ("file://", 403),
        ("http://[", 403),
        ("http://[::1", 403),
        ("http://]:x", 403),
    ],
)
async def test_origin(origin: str | None, status: int) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert check(headers, frozenset({"https://chat.example"})) == status


@pytest.mark.parametrize(
    ("offered", "status"),
    [
        (None, 101),
        ("chatroom.v1", 101),
        ("chatroom.v2, chatroom.v1", 101),
        ("chatroom.v2,chatroom.v1 , x", 101),
        ("chatroom.v2", 400),
        ("chatroom", 400),
    ],
)
async def test_subprotocol(offered: str | None, status: int) -> None:
    headers = {} if offered is None else {"Sec-WebSocket-Protocol": offered}
    assert check(headers) == status


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "keep-alive"}, 400),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Key": "c2hvcnQ="}, 400),
        ({"Sec-WebSocket-Key": "é"}, 400),
        ({"Sec-WebSocket-Key": ""}, 400),
    ],
)
async def test_what_is_no_handshake(changed: dict[str, str], status: int) -> None:
    assert check(changed) == status


async def test_the_answer_is_the_one_of_the_standard() -> None:
    """RFC 6455, section 1.3."""
    headers = {**HANDSHAKE, "Sec-WebSocket-Protocol": "chatroom.v1"}
    answer = handshake.answer(make_mocked_request("GET", "/ws", headers))
    assert answer.status == 101
    assert answer.headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert answer.headers["Sec-WebSocket-Protocol"] == "chatroom.v1"
