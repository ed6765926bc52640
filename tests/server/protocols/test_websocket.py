"""A WebSocket connection: a client's frames, replies and events, and the connection's end."""

import asyncio
import gc

import pytest

from server.connections.worker_state import WorkerState
from server.protocols.http.doorman import Doorman
from server.protocols.websocket import connection
from server.protocols.websocket.connection import MOST_UNREAD, WebSocketConnection
from server.protocols.websocket.frames import close_frame, frame
from server.protocols.websocket.server import WebSocketServer
from server.room.interface import CloseReason, JoinRefused, Peer
from shared.codec import decode_from_server, encode
from shared.messages import Accepted, MemberInfo, Presence, Refused, Said, Welcome
from shared.problems import problem
from tests.fakes import FakeRoom, accepted, listing, request, turns
from tests.server.protocols.client_frames import masked, parse
from tests.server.protocols.connecting import Transport, worker_state
from tests.support.waiting import until

SINCE = "2026-11-22T08:00:00.000Z"


def websocket(transport: Transport, state: WorkerState | None = None) -> WebSocketConnection:
    state = state or worker_state()
    owner = WebSocketServer(state, Doorman(state.settings))
    return WebSocketConnection(state, transport, Peer("", 0, "websocket"), owner)


class Guest:
    """A client that asks to join; the room answers when its gate is opened."""

    def __init__(self) -> None:
        self.room = FakeRoom()
        self.state = worker_state(self.room)
        self.transport = Transport()
        self.websocket = websocket(self.transport, self.state)

    def ask_to_join(self, **fields: object) -> None:
        self.room.gate.clear()
        self.websocket.data_received(masked(request("join", name="ada", **fields)))


# --- a connection that is ending ---------------------------------------------------


async def test_waiting_to_write_ends_with_space_or_with_the_connection() -> None:
    """`fanout.Subscriber`: wait until it can take more, *or the connection has ended*."""
    one = websocket(Transport())
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
    one = websocket(transport)
    one.write(frame(b"hello"))
    one.close(CloseReason.REPLACED)
    one.reply(Accepted("k", 1))
    one.write(b"late")
    one.close(CloseReason.LEFT)
    one.too_slow()
    one.ended()
    assert transport.written == frame(b"hello") + close_frame(4001, "replaced")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (1000, 1000), (1001, 1001), (3000, 3000), (4999, 4999),
        (0, 1002), (999, 1002), (1004, 1002), (1005, 1002), (1006, 1002), (1015, 1002),
        (1016, 1002), (2999, 1002), (5000, 1002), (65535, 1002),
    ],
)  # fmt: skip
async def test_a_close_frame_is_answered_with_its_code_if_it_may_have_that(
    code: int, answer: int
) -> None:
    transport = Transport()
    websocket(transport).data_received(masked(code.to_bytes(2, "big"), 0x88))
    assert transport.written[2:4] == answer.to_bytes(2, "big")


async def test_nothing_is_written_to_a_transport_that_closes() -> None:
    transport = Transport()
    one = websocket(transport)
    transport.close()
    one.reply(Accepted("k", 1))
    assert transport.written == b""


@pytest.mark.parametrize("joins", [False, True])
async def test_an_ended_connection_is_no_garbage(joins: bool) -> None:
    """A flood leaves thousands: freeing them at once, the collector stops all else."""
    gc.collect()
    before = {id(one) for one in gc.get_objects()}
    gc.disable()
    try:
        guest = Guest()
        if joins:
            guest.ask_to_join()
            guest.room.gate.set()
            await turns()
            assert guest.websocket.joined
        guest.websocket.connection_lost(None)
        guest.websocket.ended()
        await turns()
        kinds = {type(one) for one in (guest.websocket, guest.websocket.session)}
        del guest
        left = [one for one in gc.get_objects() if type(one) in kinds]
        assert not [one for one in left if id(one) not in before]
    finally:
        gc.enable()


async def test_a_closed_connection_is_served_no_more() -> None:
    transport = Transport()
    one = websocket(transport)
    one._state.fanout.deliver(1, [b"1"])
    one.serve(1)
    one._state.fanout.deliver(2, [b"2"])
    assert one.received() == 1
    one.close(CloseReason.LEFT)
    one._state.fanout.deliver(3, [b"3"])
    one.ended()
    assert one.received() == 1
    assert len(one._state.fanout) == 0
    assert transport.written == frame(b"2") + close_frame(1000, "left")


async def test_presence_between_the_rooms_answer_and_the_first_event_is_not_missed() -> None:
    guest = Guest()
    guest.state.fanout.moved(12)
    members = listing([MemberInfo("bob", SINCE), MemberInfo("ada", SINCE)])
    guest.room.join_answer = accepted(start=12, members=members)
    guest.ask_to_join()
    away = encode(Presence("bob", "away"))
    guest.state.fanout.signal([("bob", away)])
    guest.room.gate.set()
    await turns()
    welcome, *rest = parse(guest.transport.written)
    assert isinstance(decode_from_server(welcome), Welcome)
    assert rest == [away]


INVENTED = b'{"type":"deleted","seq":2,"at":"","member":1,"name":"bob","target":1}'


@pytest.mark.parametrize("features", [None, [], ["invented"]])
async def test_clients_without_features_get_later_events_in_the_form_of_version_1(
    features: list[str] | None,
) -> None:
    guest = Guest()
    guest.state.fanout.moved(1)
    guest.room.join_answer = accepted(seq=1, start=1)
    guest.ask_to_join(**({} if features is None else {"features": features}))
    guest.room.gate.set()
    await turns()
    guest.transport.written = b""
    guest.state.fanout.deliver(2, [INVENTED])
    (event,) = parse(guest.transport.written)
    if features is None:
        said = decode_from_server(event)
        assert isinstance(said, Said)
        assert (said.seq, said.name) == (2, "server")
    else:
        assert event == INVENTED


async def test_a_feature_costs_one_more_encoding_and_not_one_for_each_connection() -> None:
    state = worker_state()
    connections = [websocket(Transport(), state) for _ in range(4)]
    for number, one in enumerate(connections):
        one.speaks(None if number % 2 else ["x"])
        one.serve(0)
    assert len({one.encode for one in connections}) == 2


# --- a client's frames -----------------------------------------------------------------


async def test_requests_sent_before_disconnecting_are_carried_out() -> None:
    guest = Guest()
    guest.ask_to_join()
    said = masked(request("say", text="hello")) + masked(request("say", text="bye"))
    guest.websocket.data_received(said)
    guest.websocket.connection_lost(None)
    guest.room.gate.set()
    await turns()
    assert [each.tail for each in guest.room.posts] == [
        b'"name":"ada","text":"hello"}',
        b'"name":"ada","text":"bye"}',
    ]
    assert len(guest.state.fanout) == 0


@pytest.mark.parametrize("later", range(5))
async def test_a_request_that_comes_just_after_the_rooms_answer_is_carried_out(
    later: int,
) -> None:
    guest = Guest()
    guest.ask_to_join()
    guest.room.gate.set()
    await turns(later)
    guest.websocket.data_received(masked(request("say", text="hello")))
    await turns()
    assert [each.tail for each in guest.room.posts] == [b'"name":"ada","text":"hello"}']


@pytest.mark.parametrize("later", range(5))
async def test_invalid_bytes_just_after_the_rooms_answer_end_the_connection(later: int) -> None:
    guest = Guest()
    guest.ask_to_join()
    guest.room.gate.set()
    await turns(later)
    guest.websocket.data_received(b"\xff\xff")
    await turns()
    assert guest.websocket.closed


async def test_a_client_that_sends_ahead_is_read_no_further() -> None:
    guest = Guest()
    guest.ask_to_join()
    ahead = masked(request("say", text="1")) * 100
    sent = 0
    while guest.transport.reading:
        guest.websocket.data_received(ahead)
        sent += len(ahead)
    assert sent < 2 * MOST_UNREAD
    assert guest.room.posts == []
    guest.room.gate.set()
    await until(lambda: guest.transport.reading)
    assert len(guest.room.posts) == 40


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
async def test_frames_that_end_the_connection(data: bytes, code: int) -> None:
    transport = Transport()
    one = websocket(transport)
    one.data_received(data)
    one.data_received(masked(b"{}"))
    assert transport.written[2:4] == code.to_bytes(2, "big")
    assert one.closed


async def test_a_ping_is_answered() -> None:
    transport = Transport()
    websocket(transport).data_received(masked(b"are you there", 0x89))
    assert transport.written == b"\x8a\x0dare you there"


# --- a member that is removed --------------------------------------------------------------

LEFT = b'{"type":"left","seq":2,"at":"","name":"ada","reason":"kicked","by":"bob"}'
CLOSED = close_frame(4010, "removed")


async def removed(guest: Guest) -> None:
    guest.state.fanout.deliver(2, [LEFT])
    guest.websocket.session.evict(CloseReason.REMOVED)
    await turns()


@pytest.fixture
async def member() -> Guest:
    guest = Guest()
    guest.state.fanout.moved(1)
    guest.room.join_answer = accepted(seq=1, start=1)
    guest.ask_to_join(features=[])
    guest.room.gate.set()
    await turns()
    guest.transport.written = b""
    return guest


async def test_a_removed_member_gets_its_own_left_and_then_4010(member: Guest) -> None:
    await removed(member)
    assert member.transport.written == frame(LEFT) + CLOSED
    member.state.fanout.deliver(3, [b"3"])
    assert member.transport.written == frame(LEFT) + CLOSED


async def test_a_removed_member_that_reads_slowly_gets_it_too(member: Guest) -> None:
    member.websocket.pause_writing()
    await removed(member)
    member.state.fanout.deliver(3, [b"3"])
    member.websocket.data_received(masked(request("say", text="still here")))
    await turns()
    assert member.transport.written == b""
    assert member.room.posts == []
    member.websocket.resume_writing()
    await turns()
    assert member.transport.written == frame(LEFT) + CLOSED


async def test_a_removed_member_that_reads_nothing_is_dropped(
    member: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LINGER", 0.0)
    member.websocket.pause_writing()
    await removed(member)
    await until(lambda: member.transport.aborted)


async def test_who_is_removed_before_the_welcome_is_closed_at_once() -> None:
    guest = Guest()
    guest.ask_to_join(features=[])
    await turns()
    await removed(guest)
    assert guest.transport.written == CLOSED
    guest.room.gate.set()
    await turns()
    assert guest.transport.written == CLOSED


async def test_a_client_of_version_1_is_refused_with_a_code_that_it_knows() -> None:
    guest = Guest()
    guest.room.join_answer = JoinRefused(problem("locked"))
    guest.ask_to_join()
    guest.room.gate.set()
    await turns()
    (answer,) = parse(guest.transport.written.removesuffix(close_frame(4003, "refused")))
    assert decode_from_server(answer) == Refused(
        "room_full", "This room is locked: nobody new can join."
    )
