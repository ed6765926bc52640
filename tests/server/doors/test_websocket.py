"""Frames as RFC 6455 wants them, who may connect, and a line that may be gone already."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from server.context import Context
from server.doors import handshake
from server.doors.frames import FrameParser, close_frame, frame, frames
from server.doors.websocket import MOST_UNREAD, WebSocketDoor, WebSocketLine
from server.fanout import FanOut
from server.files import Folder
from server.policy import Policy
from server.room.interface import Peer
from shared import limits
from shared.messages import MemberInfo, Presence, Welcome, decode_from_server, encode
from tests.fakes import Clock, FakeOlder, FakeRoom, place, request, turns

SINCE = "2026-11-22T08:00:00.000Z"

HEADERS: list[tuple[int, bytes]] = [
    # payload size, header (section 5.2: FIN, text, no mask)
    (0, b"\x81\x00"),
    (1, b"\x81\x01"),
    (125, b"\x81\x7d"),
    (126, b"\x81\x7e\x00\x7e"),
    (127, b"\x81\x7e\x00\x7f"),
    (65535, b"\x81\x7e\xff\xff"),
    (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    (70000, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70"),
]


@pytest.mark.parametrize(("size", "header"), HEADERS)
def test_text_frame(size: int, header: bytes) -> None:
    payload = b"x" * size
    assert frame(payload) == header + payload


@given(st.lists(st.binary(max_size=300)))
def test_frames_can_be_read_back(payloads: list[bytes]) -> None:
    encoded = frames(payloads)
    assert len(encoded) == len(payloads), "one for one, as the fan-out needs it"
    assert parse(b"".join(encoded)) == payloads


def parse(data: bytes) -> list[bytes]:
    """What a client makes of it."""
    payloads = []
    while data:
        assert data[0] == 0x81
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        payloads.append(data[start : start + size])
        data = data[start + size :]
    return payloads


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (1000, "", b"\x88\x02\x03\xe8"),
        (4001, "replaced", b"\x88\x0a\x0f\xa1replaced"),
        (4008, "too slow", b"\x88\x0a\x0f\xa8too slow"),
    ],
)
def test_close_frame(code: int, reason: str, expected: bytes) -> None:
    assert close_frame(code, reason) == expected


def test_a_close_frame_is_short() -> None:
    """A control frame has at most 125 bytes (section 5.5)."""
    encoded = close_frame(1000, "x" * 200)
    assert encoded[1] == len(encoded) - 2 == 125


# --- who may connect ---------------------------------------------------------------------


def context(origins: frozenset[str] = frozenset()) -> Context:
    return Context(
        worker=1,
        room=FakeRoom(),
        fanout=FanOut(FakeOlder()),
        folder=Folder(Path()),
        policy=Policy(),
        origins=origins,
        now=Clock(),
    )


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


# --- a line whose connection is ending ---------------------------------------------------


class Transport(asyncio.Transport):
    """A connection's transport; `written` is what went out."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False
        self.aborted = False
        self.reading = True

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def write(self, data: Any) -> None:
        if self.closing:
            raise RuntimeError("the handler is closed")  # as uvloop does
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = self.aborted = True


def line(transport: Transport, where: Context | None = None) -> WebSocketLine:
    where = where or context()
    return WebSocketLine(where, transport, Peer("", 0, "websocket"), WebSocketDoor(where))


async def test_waiting_for_room_to_write_ends_with_it_or_with_the_connection() -> None:
    """`fanout.Outlet`: wait until there is room, *or the connection is gone*."""
    one = line(Transport())
    for end in (one.resume_writing, lambda: one.connection_lost(None)):
        one.pause_writing()
        waiting = asyncio.create_task(one.drained())
        await turns()
        assert not waiting.done()
        end()
        await waiting
    await one.drained()


async def test_nothing_is_written_after_close() -> None:
    transport = Transport()
    one = line(transport)
    one.send(b"hello")
    one.close(limits.CLOSE_REPLACED, "replaced")
    one.send(b"late")
    one.write(b"late")
    one.close(limits.CLOSE_LEFT, "again")
    one.too_slow()
    one.ended()
    assert transport.written == frame(b"hello") + close_frame(4001, "replaced")


async def test_nothing_is_written_to_a_transport_that_closes() -> None:
    transport = Transport()
    one = line(transport)
    transport.close()
    one.send(b"late")
    assert transport.written == b""


async def test_a_closed_line_is_served_no_more() -> None:
    transport = Transport()
    one = line(transport)
    one._context.fanout.deliver(1, [b"1"])
    one.serve(1)
    one._context.fanout.deliver(2, [b"2"])
    assert one.received() == 1
    one.close(limits.CLOSE_LEFT, "left")
    one._context.fanout.deliver(3, [b"3"])
    one.ended()
    assert one.received() == 1
    assert len(one._context.fanout) == 0
    assert transport.written == frame(b"2") + close_frame(1000, "left")


def masked(payload: bytes, opcode: int = 0x81) -> bytes:
    """A client's frame (section 5.3)."""
    assert len(payload) < 126
    mask = b"\x37\xfa\x21\x3d"
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes((opcode, 0x80 | len(payload))) + mask + body


async def test_presence_between_the_rooms_answer_and_the_first_event_is_not_missed() -> None:
    """The answer to a join and the feed come by different ways: presence that the list of
    members does not know of yet may be here first."""
    where, transport = context(), Transport()
    room = where.room
    assert isinstance(room, FakeRoom)
    one = line(transport, where)
    where.fanout.moved(12)
    room.grants = place(start=12, members=[MemberInfo("bob", SINCE), MemberInfo("ada", SINCE)])
    room.gate.clear()
    one.data_received(masked(request("join", name="ada")))
    away = encode(Presence("bob", "away"))
    where.fanout.signal("bob", away)
    room.gate.set()
    await turns()
    welcome, *rest = parse(transport.written)
    assert isinstance(decode_from_server(welcome), Welcome)
    assert rest == [away]


# --- what a client sends -----------------------------------------------------------------


async def test_what_was_sent_before_hanging_up_is_done() -> None:
    where, transport = context(), Transport()
    room = where.room
    assert isinstance(room, FakeRoom)
    one = line(transport, where)
    room.gate.clear()
    one.data_received(masked(request("join", name="ada")))
    one.data_received(masked(request("say", text="hello")) + masked(request("say", text="bye")))
    one.connection_lost(None)
    room.gate.set()
    await turns()
    assert [each.tail for each in room.posts] == [
        b'"name":"ada","text":"hello"}',
        b'"name":"ada","text":"bye"}',
    ]
    assert where.joined == 0


@pytest.mark.parametrize("later", range(5))
async def test_what_comes_when_the_room_has_just_answered_is_done(later: int) -> None:
    where = context()
    room = where.room
    assert isinstance(room, FakeRoom)
    one = line(Transport(), where)
    room.gate.clear()
    one.data_received(masked(request("join", name="ada")))
    room.gate.set()
    await turns(later)
    one.data_received(masked(request("say", text="hello")))
    await turns()
    assert [each.tail for each in room.posts] == [b'"name":"ada","text":"hello"}']


@pytest.mark.parametrize("later", range(5))
async def test_what_is_broken_when_the_room_has_just_answered_ends_it(later: int) -> None:
    where = context()
    room = where.room
    assert isinstance(room, FakeRoom)
    one = line(Transport(), where)
    room.gate.clear()
    one.data_received(masked(request("join", name="ada")))
    room.gate.set()
    await turns(later)
    one.data_received(b"\xff\xff")
    await turns()
    assert one.closed


async def test_who_sends_ahead_is_read_no_further() -> None:
    where, transport = context(), Transport()
    room = where.room
    assert isinstance(room, FakeRoom)
    one = line(transport, where)
    room.gate.clear()
    one.data_received(masked(request("join", name="ada")))
    ahead = masked(request("report", id="1")) * 100
    sent = 0
    while transport.reading:
        one.data_received(ahead)
        sent += len(ahead)
    assert sent < 2 * MOST_UNREAD
    room.gate.set()
    await turns()
    assert transport.reading


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff" * 14, 1002),
        (masked(b"{}", 0xC1), 1002),
        (masked(b"{}", 0x82), 1003),
        (masked(b"\xff"), 1007),
        (b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask", 1009),
        (masked(b"\x0f\xa0", 0x88), 4000),
        (masked(b"", 0x88), 1000),
    ],
)
async def test_frames_that_end_it(data: bytes, code: int) -> None:
    transport = Transport()
    one = line(transport)
    one.data_received(data)
    one.data_received(masked(b"{}"))
    assert transport.written[2:4] == code.to_bytes(2, "big")
    assert one.closed


async def test_a_ping_is_answered() -> None:
    transport = Transport()
    line(transport).data_received(masked(b"are you there", 0x89))
    assert transport.written == b"\x8a\x0dare you there"


@given(st.lists(st.binary(max_size=100), max_size=5), st.integers(1, 50))
async def test_messages_come_whole_however_they_are_cut(
    payloads: list[bytes], piece: int
) -> None:
    parser = FrameParser()
    data = b"".join(map(masked, payloads))
    got = [
        message.data
        for start in range(0, len(data), piece)
        for message in parser.feed(data[start : start + piece])
    ]
    assert got == payloads
