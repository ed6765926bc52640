"""What one WebSocket connection may cost its worker, whatever its client sends or reads."""

from dataclasses import replace
from typing import Any

import pytest

from server.budgets.buckets import Allowance
from server.protocols.http.doorman import Doorman
from server.protocols.websocket import connection as module
from server.protocols.websocket.connection import MOST_UNREAD, WebSocketConnection
from server.protocols.websocket.frames import PING, close_frame, frame, pong_frame
from server.protocols.websocket.server import WebSocketServer
from server.room.interface import Peer
from server.settings import Settings
from shared.limits import READ_NOTHING_FOR, SILENT_FOR
from tests.fakes import Clock, FakeRoom, accepted, request, turns
from tests.server.protocols.client_frames import masked, parse
from tests.server.protocols.connecting import Transport, worker_state
from tests.support.waiting import until

READ = 48 * 1024
"""More than one read returns."""
SAY = masked(request("say", text="hi"))


class Guest:
    """A connection without a socket; `budgets` are other than usual."""

    def __init__(
        self, rate: float = 0, *, owner: WebSocketServer | None = None, **budgets: Any
    ) -> None:
        self.room = FakeRoom()
        self.room.join_answer = accepted(seq=0, start=0)
        self.state = worker_state(self.room, Settings(rate=rate))
        self.state.budgets = replace(self.state.budgets, **budgets)
        self.clock = Clock()
        self.state.now = self.clock
        self.transport = Transport()
        if owner is None:
            owner = WebSocketServer(self.state, Doorman(self.state.settings))
        self.owner = owner
        peer = Peer("10.0.0.1", 4000, "websocket")
        self.websocket = WebSocketConnection(self.state, self.transport, peer, self.owner)

    async def join(self) -> "Guest":
        self.send(masked(request("join", name="ada", features=[])))
        await until(lambda: self.websocket.joined)
        await turns()
        self.transport.written = b""
        return self

    def send(self, data: bytes) -> None:
        self.websocket.data_received(data)

    def pass_time(self, seconds: float, *, pings: bool = False, takes: int = 0) -> None:
        """Let time pass as the worker does, which checks its connections every 2 s."""
        for _ in range(int(seconds / 2)):
            self.clock.now += 2.0
            self.transport.unsent = max(0, self.transport.unsent - takes)
            if pings:
                self.send(masked(b"", 0x89))
            self.websocket.check(self.clock())

    def refused(self, kind: str) -> int:
        return self.state.refusals.totals()[kind]


# --- frames --------------------------------------------------------------------------------

TEXT = masked(b"x", 0x01)
PING_FRAME, PONG_FRAME = masked(b"", 0x89), masked(b"", 0x8A)
FRAGMENT = masked(b"", 0x00)
FLOODS = {
    "pings": PING_FRAME * 8000,
    "long pings": masked(b"x" * 125, 0x89) * 400,
    "pongs": PONG_FRAME * 8000,
    "fragments": TEXT + FRAGMENT * 40_000,
    "pings in a message": TEXT + PING_FRAME * 8000,
    "empty texts": masked(b"") * 8000,
    "no JSON": masked(b"x") * 7000,
    "unknown types": masked(request("sing", id="a")) * 2000,
    "a join again": masked(request("join", name="ada")) * 2000,
    "no position": masked(request("history", id="a")) * 2000,
    "questions": masked(request("history", id="a", before=1)) * 2000,
}


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_member_that_floods_is_read_no_further_and_not_closed(kind: str) -> None:
    guest = await Guest(rate=20).join()
    flood = FLOODS[kind]
    for start in range(0, len(flood), READ):
        if guest.transport.reading:
            guest.send(flood[start : start + READ])
        assert len(guest.websocket._incoming.messages) <= guest.state.budgets.frames_a_turn
        await turns(300)
    assert not guest.transport.reading
    assert guest.websocket._incoming.size <= MOST_UNREAD + READ
    assert not guest.websocket.closed
    assert guest.refused("frames") + guest.refused("errors") == 1


@pytest.mark.parametrize("kind", [kind for kind in FLOODS if kind != "a join again"])
async def test_a_flood_before_joining_is_read_no_further_or_refused(kind: str) -> None:
    guest = Guest(rate=20)
    guest.send(FLOODS[kind][:READ])
    await turns(300)
    if guest.websocket.closed:
        assert parse(guest.transport.written[: -len(close_frame(4003, "refused"))])
    else:
        assert not guest.transport.reading
        assert guest.refused("frames") == 1


async def test_pings_are_answered_within_their_allowance_and_then_again() -> None:
    guest = await Guest(control_frames=Allowance(1000, 100)).join()
    guest.send(PING_FRAME * 5000)
    await until(lambda: guest.refused("frames"))
    answered = guest.transport.written.count(pong_frame(b""))
    assert answered <= 100
    assert not guest.transport.reading
    guest.clock.now += 1.0
    await until(lambda: guest.transport.written.count(pong_frame(b"")) > answered)


async def test_a_message_in_fragments_of_one_byte_is_taken() -> None:
    guest = await Guest(rate=20).join()
    first, *middle, last = request("say", text="x" * 8000)
    pieces = [masked(bytes([byte]), 0x00) for byte in middle]
    guest.send(masked(bytes([first]), 0x01) + b"".join(pieces) + masked(bytes([last]), 0x80))
    await until(lambda: guest.room.posts)
    assert guest.transport.reading


async def test_messages_of_one_read_are_carried_out_in_turns_and_in_order() -> None:
    guest = await Guest().join()
    says = [masked(request("say", text=f"{number}")) for number in range(1000)]
    guest.send(b"".join(says))
    assert len(guest.room.posts) == guest.state.budgets.frames_a_turn
    await until(lambda: len(guest.room.posts) == 1000)
    assert [post.tail.split(b'"')[7] for post in guest.room.posts] == [
        b"%d" % number for number in range(1000)
    ]
    assert guest.transport.reading


async def test_too_many_bytes_are_read_no_further() -> None:
    guest = await Guest(rate=20, bytes_in=Allowance(1 << 20, 1 << 18)).join()
    long = b"\x81\xfe\xea\x60" + bytes(4) + b" " * 60_000
    for _ in range(10):
        if guest.transport.reading:
            guest.send(long[:30_000])
            guest.send(long[30_000:])
    assert not guest.transport.reading
    assert guest.refused("bytes") == 1


async def test_bytes_behind_an_invalid_frame_are_counted_too() -> None:
    guest = await Guest(rate=20, bytes_in=Allowance(1 << 20, 1 << 18)).join()
    for _ in range(10):
        guest.send(b"\xff" * READ)
    assert guest.websocket.closed
    assert guest.websocket._incoming.size == 0
    assert not guest.transport.reading


@pytest.mark.parametrize("before", [0, 1, 60])
async def test_a_frame_without_a_mask_ends_the_connection_wherever_it_comes(
    before: int,
) -> None:
    guest = await Guest().join()
    guest.send(SAY * before + frame(request("say", text="hi")) + SAY)
    await until(lambda: guest.websocket.closed)
    assert guest.transport.written == close_frame(1002, "invalid frame")
    assert len(guest.room.posts) == before


async def test_frames_behind_the_servers_close_are_ignored() -> None:
    guest = await Guest().join()
    guest.send(masked(b"", 0x82) + SAY * 100)
    await turns()
    assert guest.websocket.closed
    assert guest.room.posts == []


async def test_frames_that_came_before_the_end_are_carried_out_in_turns() -> None:
    guest = await Guest().join()
    guest.send(SAY * 120)
    guest.websocket.connection_lost(None)
    await until(lambda: guest.room.dropped)
    assert len(guest.room.posts) == 120


async def test_a_lost_connection_that_is_over_its_allowance_is_soon_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CLOSE_WITHIN", 0.01)
    guest = await Guest(control_frames=Allowance(0.001, 1)).join()
    guest.send(PING_FRAME * 1000)
    guest.websocket.connection_lost(None)
    assert guest.room.dropped == []
    await until(lambda: guest.room.dropped)
    assert len(guest.state.fanout) == 0


async def test_a_closed_connection_holds_no_timer() -> None:
    guest = await Guest(rate=20).join()
    guest.send(FLOODS["pings"][:READ])
    guest.websocket.connection_lost(None)
    guest.websocket._forget()
    assert guest.websocket._held is None
    assert guest.room.dropped == [guest.websocket.session.connection]


# --- what it is sent -------------------------------------------------------------------------


@pytest.mark.parametrize("joins", [False, True])
async def test_pings_wait_while_their_answers_are_not_read(joins: bool) -> None:
    guest = Guest()
    if joins:
        await guest.join()
    guest.websocket.pause_writing()
    guest.send(masked(b"1", 0x89))
    guest.send(masked(b"2", 0x89))
    await turns()
    assert guest.transport.written == b""
    guest.websocket.resume_writing()
    await turns()
    assert guest.transport.written == pong_frame(b"1") + pong_frame(b"2")


@pytest.mark.parametrize("joins", [False, True])
async def test_a_client_that_takes_nothing_is_dropped_though_it_sends(joins: bool) -> None:
    guest = Guest()
    if joins:
        await guest.join()
    guest.websocket._opened += 1000  # it has time to join
    guest.transport.stuck = True
    guest.websocket.write(b"x" * 1000)
    guest.websocket.check(guest.clock())
    guest.pass_time(READ_NOTHING_FOR, pings=True)
    assert not guest.websocket.closed
    guest.pass_time(4, pings=True)
    assert guest.websocket.closed
    assert guest.transport.written.endswith(close_frame(4008, "too_slow"))
    assert guest.refused("slow") == 1
    assert len(guest.room.dropped) == joins, "others see at once that it is away"


async def test_a_client_that_takes_a_little_is_not_dropped() -> None:
    guest = await Guest().join()
    guest.transport.unsent = 200_000
    guest.pass_time(300, takes=1)
    assert not guest.websocket.closed
    assert not guest.transport.aborted


async def test_a_client_that_takes_a_little_of_ever_more_is_not_dropped() -> None:
    guest = await Guest().join()
    for _ in range(200):
        guest.websocket.write(b"x" * 100)
        guest.transport.unsent += 90
        guest.pass_time(2)
    assert not guest.websocket.closed


async def test_a_client_that_is_silent_is_dropped_but_not_one_that_is_not_read() -> None:
    silent, held = await Guest().join(), await Guest(control_frames=Allowance(0.001, 1)).join()
    held.send(PING_FRAME * 5000)
    assert not held.transport.reading
    for guest in (silent, held):
        guest.pass_time(SILENT_FOR + 2)
    assert silent.transport.aborted
    assert PING in silent.transport.written
    assert not held.transport.aborted


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("history", {"before": 60, "limit": 60}),
        ("search", {"text": "abc"}),
        ("report", {}),
        ("sing", {}),
    ],
)
async def test_answers_wait_for_one_another_while_none_is_read(
    type: str, fields: dict[str, object]
) -> None:
    guest = await Guest().join()
    guest.room.events = [b"x" * 8000] * 60
    write = guest.transport.write

    def write_and_be_full(data: bytes) -> None:
        write(data)
        guest.websocket.pause_writing()

    guest.transport.write = write_and_be_full  # type: ignore[method-assign]
    guest.send(masked(request(type, id="a", **fields)) * 8)
    for answers in range(1, 9):
        await turns(200)
        assert len(parse(guest.transport.written)) == answers
        guest.websocket.resume_writing()


@pytest.mark.parametrize("takes", [False, True])
async def test_all_answers_that_are_not_taken_have_one_bound(*, takes: bool) -> None:
    """As when hundreds of members ask for history, and none reads it."""
    first = await Guest(unsent=4 * 480_000).join()
    guests = [first] + [await Guest(owner=first.owner).join() for _ in range(9)]
    for guest in guests:
        guest.room.events = [b"x" * 8000] * 60
        guest.transport.stuck = True
        guest.send(masked(request("history", id="a", before=60, limit=60)))
        await until(lambda guest=guest: guest.transport.unsent)
        if takes:
            guest.transport.unsent = 0
    ended = [guest.transport.aborted for guest in guests]
    assert ended == [not takes and number < 6 for number in range(10)]
    await turns()
    assert sum(len(guest.room.dropped) for guest in guests) == ended.count(True), "may resume"


async def test_many_who_join_at_once_over_a_slow_network_stay() -> None:
    first = Guest(unsent=100_000)
    guests = [first] + [Guest(owner=first.owner) for _ in range(9)]
    for guest in guests:
        guest.room.join_answer = accepted(
            seq=0, start=0, members=memoryview(b"[" + b"x" * 50_000)
        )
        guest.transport.stuck = True
        await guest.join()
    assert not [guest for guest in guests if guest.transport.aborted]
    assert min(guest.transport.unsent for guest in guests) > 50_000


async def test_an_answer_of_a_connection_that_ended_does_not_count() -> None:
    guest = await Guest().join()
    guest.room.events = [b"x" * 8000] * 60
    guest.transport.stuck = True
    guest.send(masked(request("history", id="a", before=60, limit=60)))
    await until(lambda: guest.transport.unsent)
    guest.websocket.connection_lost(None)
    assert guest.owner.unsent.forget(guest.websocket) == 0


async def test_frames_that_are_answered_make_a_turn_shorter() -> None:
    guest = await Guest(rate=0).join()
    guest.send(masked(request("sing", id="a")) * 1000)
    answers = len(parse(guest.transport.written))
    assert answers <= guest.state.budgets.frames_a_turn / 3
