"""The checks of a WebSocket handshake, and the answer to it."""

import pytest
from aiohttp import HttpVersion10, HttpVersion11
from multidict import CIMultiDict

from server.protocols.http.errors import HttpError, error_response
from server.protocols.websocket import handshake

HANDSHAKE = {
    "Host": "room.local:18000",
    "Upgrade": "WebSocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def check(headers: dict[str, str], origins: frozenset[str] = frozenset()) -> int:
    """Return the status that a handshake with these headers gets; 101 if it is valid."""
    try:
        handshake.check(HttpVersion11, CIMultiDict({**HANDSHAKE, **headers}), origins)
    except HttpError as error:
        return error_response(error).status
    return 101


def test_a_handshake_needs_http_1_1() -> None:
    with pytest.raises(HttpError, match=r"HTTP/1\.1"):
        handshake.check(HttpVersion10, CIMultiDict(HANDSHAKE), frozenset())


def test_the_answer_to_a_wrong_version_names_the_right_one() -> None:
    headers = CIMultiDict({**HANDSHAKE, "Sec-WebSocket-Version": "8"})
    with pytest.raises(HttpError) as refused:
        handshake.check(HttpVersion11, headers, frozenset())
    assert error_response(refused.value).headers["Sec-WebSocket-Version"] == "13"


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
def test_origin(origin: str | None, status: int) -> None:
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
def test_subprotocol(offered: str | None, status: int) -> None:
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
def test_requests_that_are_no_handshake(changed: dict[str, str], status: int) -> None:
    assert check(changed) == status


def test_the_answer_is_the_one_of_the_standard() -> None:
    """RFC 6455, section 1.3."""
    headers = CIMultiDict({**HANDSHAKE, "Sec-WebSocket-Protocol": "chatroom.v1"})
    answer = handshake.answer(headers)
    assert answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert answer["Sec-WebSocket-Protocol"] == "chatroom.v1"
    assert "Sec-WebSocket-Protocol" not in handshake.answer(CIMultiDict(HANDSHAKE))


def test_the_answer_as_bytes() -> None:
    assert handshake.answer_bytes(CIMultiDict(HANDSHAKE)) == (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )
