"""A client's connection: what it sends, what it is sent, and a line that is gone already."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.connections.fanout import FanOut
from server.connections.worker_state import WorkerState
from server.files.folder import Folder
from server.protocols.websocket.connection import (
    MOST_UNREAD,
    WebSocketConnection,
    WebSocketServer,
)
from server.protocols.websocket.frames import close_frame, frame
from server.room.interface import Peer
from server.settings import Settings
from shared import protocol
from shared.messages import MemberInfo, Presence, Welcome, decode_from_server, encode
from tests.fakes import Clock, FakeOlder, FakeRoom, place, request, turns
from tests.server.protocols.client_frames import masked, parse

SINCE = "2026-11-22T08:00:00.000Z"


def context(room: FakeRoom | None = None) -> WorkerState:
    return WorkerState(
        worker=1,
        room=room or FakeRoom(),
        fanout=FanOut(FakeOlder()),
        folder=Folder(Path()),
        settings=Settings(),
        now=Clock(),
    )


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


def line(transport: Transport, where: WorkerState | None = None) -> WebSocketConnection:
    where = where or context()
    return WebSocketConnection(
        where, transport, Peer("", 0, "websocket"), WebSocketServer(where)
    )


class Guest:
    """A client that asks to be let in; the room answers when its gate is opened."""

    def __init__(self) -> None:
        self.room = FakeRoom()
        self.context = context(self.room)
        self.transport = Transport()
        self.line = line(self.transport, self.context)

    def ask_to_join(self) -> None:
        self.room.gate.clear()
        self.line.data_received(masked(request("join", name="ada")))


# --- a line whose connection is ending ---------------------------------------------------


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
    one.close(protocol.CLOSE_REPLACED, "replaced")
    one.send(b"late")
    one.write(b"late")
    one.close(protocol.CLOSE_LEFT, "again")
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
    one.close(protocol.CLOSE_LEFT, "left")
    one._context.fanout.deliver(3, [b"3"])
    one.ended()
    assert one.received() == 1
    assert len(one._context.fanout) == 0
    assert transport.written == frame(b"2") + close_frame(1000, "left")


async def test_presence_between_the_rooms_answer_and_the_first_event_is_not_missed() -> None:
    """The answer to a join and the feed come by different ways: presence that the list of
    members does not know of yet may be here first."""
    guest = Guest()
    guest.context.fanout.moved(12)
    members = [MemberInfo("bob", SINCE), MemberInfo("ada", SINCE)]
    guest.room.grants = place(start=12, members=members)
    guest.ask_to_join()
    away = encode(Presence("bob", "away"))
    guest.context.fanout.signal("bob", away)
    guest.room.gate.set()
    await turns()
    welcome, *rest = parse(guest.transport.written)
    assert isinstance(decode_from_server(welcome), Welcome)
    assert rest == [away]


# --- what a client sends -----------------------------------------------------------------


async def test_what_was_sent_before_hanging_up_is_done() -> None:
    guest = Guest()
    guest.ask_to_join()
    said = masked(request("say", text="hello")) + masked(request("say", text="bye"))
    guest.line.data_received(said)
    guest.line.connection_lost(None)
    guest.room.gate.set()
    await turns()
    assert [each.tail for each in guest.room.posts] == [
        b'"name":"ada","text":"hello"}',
        b'"name":"ada","text":"bye"}',
    ]
    assert guest.context.joined == 0


@pytest.mark.parametrize("later", range(5))
async def test_what_comes_when_the_room_has_just_answered_is_done(later: int) -> None:
    guest = Guest()
    guest.ask_to_join()
    guest.room.gate.set()
    await turns(later)
    guest.line.data_received(masked(request("say", text="hello")))
    await turns()
    assert [each.tail for each in guest.room.posts] == [b'"name":"ada","text":"hello"}']


@pytest.mark.parametrize("later", range(5))
async def test_what_is_broken_when_the_room_has_just_answered_ends_it(later: int) -> None:
    guest = Guest()
    guest.ask_to_join()
    guest.room.gate.set()
    await turns(later)
    guest.line.data_received(b"\xff\xff")
    await turns()
    assert guest.line.closed


async def test_who_sends_ahead_is_read_no_further() -> None:
    guest = Guest()
    guest.ask_to_join()
    ahead = masked(request("report", id="1")) * 100
    sent = 0
    while guest.transport.reading:
        guest.line.data_received(ahead)
        sent += len(ahead)
    assert sent < 2 * MOST_UNREAD
    guest.room.gate.set()
    await turns()
    assert guest.transport.reading


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff" * 14, 1002),
        (masked(b"{}", 0xC1), 1002),
        (frame(request("join", name="ada")), 1002),  # a client masks (section 5.1)
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
