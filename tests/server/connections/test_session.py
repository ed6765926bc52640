"""A session: every request in every state, joining, and the ways it ends."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.connections.replies import FoundPage, HistoryPage, Welcomed
from server.connections.session import INVALID_BEFORE_JOIN, Session
from server.connections.states import State
from server.room.interface import CloseReason, JoinRefused
from server.settings import Settings
from shared.codec import encode
from shared.messages import Error, Limits, Refused, Report
from shared.moderation import Bans
from shared.problems import problem
from tests import strategies
from tests.fakes import accepted, turns
from tests.server.connections.driving import ACTS, CHANGES, PEER, REQUESTS, Bench

# --- the table on top of the module ------------------------------------------------------

type Cell = tuple[str, str, Sequence[object], State, Sequence[CloseReason]]
"""State, request, replies (errors by code), state after, reasons of closing."""
CELLS: list[Cell] = [
    ("NEW", "join", [Welcomed], State.JOINED, []),
    ("NEW", "say", ["not_joined"], State.NEW, []),
    ("NEW", "history", ["not_joined"], State.NEW, []),
    ("NEW", "search", ["not_joined"], State.NEW, []),
    ("NEW", "report", ["not_joined"], State.NEW, []),
    *(
        ("NEW", name, ["not_joined"], State.NEW, [])
        for name in ("leave", "bans", "typing", *ACTS, *CHANGES)
    ),
    ("NEW", "bad say", ["bad_request"], State.NEW, []),
    ("NEW", "bad join", [Refused], State.ENDED, [CloseReason.REFUSED]),
    ("NEW", "unknown", ["unknown_type"], State.NEW, []),
    ("NEW", "no JSON", ["bad_request"], State.NEW, []),
    ("JOINED", "join", ["bad_request"], State.JOINED, []),
    ("JOINED", "say", [], State.JOINED, []),
    ("JOINED", "history", [HistoryPage], State.JOINED, []),
    ("JOINED", "search", [FoundPage], State.JOINED, []),
    ("JOINED", "report", [Report], State.JOINED, []),
    ("JOINED", "bans", [Bans], State.JOINED, []),
    *(("JOINED", name, [], State.JOINED, []) for name in ("typing", *ACTS, *CHANGES)),
    ("JOINED", "leave", [], State.ENDED, [CloseReason.LEFT]),
    ("JOINED", "bad say", ["bad_request"], State.JOINED, []),
    ("JOINED", "bad join", ["bad_request"], State.JOINED, []),
    ("JOINED", "unknown", ["unknown_type"], State.JOINED, []),
    ("JOINED", "no JSON", ["bad_request"], State.JOINED, []),
    *(("LEAVING", name, [], State.LEAVING, []) for name in REQUESTS),
    *(("ENDED", name, [], State.ENDED, [CloseReason.LEFT]) for name in REQUESTS),
]


@pytest.mark.parametrize("cell", CELLS, ids=[f"{cell[0]}-{cell[1]}" for cell in CELLS])
async def test_every_request_in_every_state(bench: Bench, cell: Cell) -> None:
    before, name, answers, after, closed = cell
    if before == "JOINED":
        await bench.join()
    elif before in ("LEAVING", "ENDED"):
        bench.room.leaves_at_once = before == "ENDED"
        await bench.leave()
    await bench.receive(REQUESTS[name])
    got = [one.code if isinstance(one, Error) else type(one) for one in bench.client.sent]
    assert got == answers
    assert bench.session.state is after
    assert bench.client.closed == closed
    said = (before, name) == ("JOINED", "say")
    assert len(bench.room.posts) == said
    assert len(bench.room.acts) == (before == "JOINED" and name in ACTS | CHANGES)
    assert len(bench.room.typed) == ((before, name) == ("JOINED", "typing"))
    assert len(bench.room.join_requests) == (before != "NEW" or name == "join")


def test_the_table_is_whole() -> None:
    states = set(State) - {State.JOINING}  # requests come one at a time: none comes then
    assert {cell[:2] for cell in CELLS} == {
        (state.name, name) for state in states for name in REQUESTS
    }


@pytest.mark.parametrize(
    "name",
    ["say", "history", "search", "report", "bad say", "unknown", "bans", *ACTS, *CHANGES],
)
async def test_an_error_carries_the_id_of_its_request(bench: Bench, name: str) -> None:
    await bench.receive(REQUESTS[name])
    assert bench.error[1] == "i"


# --- joining -----------------------------------------------------------------------------


async def test_a_join_is_passed_on_whole(bench: Bench) -> None:
    at = "2026-11-22T08:00:00.123Z"
    await bench.send(
        "join", name="Ada", password="p", token="t", after=7, after_at=at, history=3, client="c"
    )
    (request,) = bench.room.join_requests
    assert (request.name, request.password, request.token) == ("Ada", "p", "t")
    assert (request.after, request.after_at, request.history) == (7, at, 3)
    assert (request.connection, request.worker) == (bench.session.connection, 3)
    assert (request.peer, request.client) == (PEER, "c")
    assert 0 <= request.connection < 2**63


async def test_of_a_device_and_an_owners_key_only_the_hashes_are_passed_on(
    bench: Bench,
) -> None:
    await bench.send("join", name="ada", device="d" * 22, owner_key="k" * 32)
    (request,) = bench.room.join_requests
    assert request.device == hashlib.sha256(b"d" * 22).digest()
    assert request.owner == hashlib.sha256(b"k" * 32).digest()
    other = Bench(bench.settings)
    await other.send("join", name="ada", device="")
    assert (other.room.join_requests[0].device, other.room.join_requests[0].owner) == (b"", b"")


@pytest.mark.parametrize(
    ("sent", "passed"), [("Bot\x07 1\u202e\n", "Bot 1"), ("é" * 64, "é" * 64), (None, "")]
)
async def test_of_a_clients_name_only_what_can_be_printed_is_passed_on(
    bench: Bench, sent: str | None, passed: str
) -> None:
    await bench.send("join", name="ada", client=sent)
    assert bench.room.join_requests[0].client == passed


async def test_a_clients_name_of_over_64_characters_is_refused(bench: Bench) -> None:
    await bench.send("join", name="ada", client="x" * 65)
    assert isinstance(bench.client.last, Refused)
    assert bench.client.last.code == "bad_request"


async def test_the_numbers_of_connections_differ() -> None:
    settings = Settings()
    assert len({Bench(settings).session.connection for _ in range(100)}) == 100


async def test_welcome_comes_first_then_the_events_after_start(bench: Bench) -> None:
    bench.room.join_answer = accepted(name="Ada", reset=True, start=10, seq=12)
    await bench.send("join", name="Ada")
    (welcomed,) = bench.client.sent
    assert welcomed == Welcomed(
        bench.room.join_answer, "lab", Limits(8000, 1000, "pictures", 60.0)
    )
    assert bench.client.served == [10]


@pytest.mark.parametrize(
    ("sent", "known"), [({}, None), ({"features": []}, []), ({"features": ["x"]}, ["x"])]
)
async def test_the_connection_is_served_by_the_features_of_its_client(
    bench: Bench, sent: dict[str, object], known: list[str] | None
) -> None:
    await bench.send("join", name="ada", **sent)
    assert bench.client.features == [known]


async def test_a_refusal_is_sent_and_closes(bench: Bench) -> None:
    bench.room.join_answer = JoinRefused(problem("name_taken", name="ada"))
    await bench.send("join", name="ada")
    assert bench.client.sent == [
        Refused("name_taken", "The name ada is taken.", {"name": "ada"})
    ]
    assert bench.client.closed == [CloseReason.REFUSED]
    bench.session.disconnected()
    assert bench.room.dropped == []


async def test_a_room_that_does_not_answer_refuses(bench: Bench) -> None:
    bench.room.down = True
    await bench.send("join", name="ada")
    assert isinstance(bench.client.last, Refused)
    assert bench.client.last.code == "shutting_down"


async def test_only_so_many_invalid_requests_before_joining(bench: Bench) -> None:
    for name in ["no JSON", "say", "unknown"] * (INVALID_BEFORE_JOIN // 3 + 1):
        if len(bench.client.sent) < INVALID_BEFORE_JOIN:
            await bench.receive(REQUESTS[name])
    assert bench.session.state is State.NEW
    await bench.receive(b"once more")
    assert isinstance(bench.client.last, Refused)
    assert bench.client.last.code == "bad_request"
    assert bench.client.closed == [CloseReason.REFUSED]


async def test_a_client_that_never_joins_is_refused(bench: Bench) -> None:
    bench.session.join_is_late()
    assert isinstance(bench.client.last, Refused)
    assert bench.client.last.code == "bad_request"
    assert bench.session.state is State.ENDED


async def test_a_client_that_joined_is_never_late(bench: Bench) -> None:
    await bench.join()
    bench.session.join_is_late()
    assert bench.session.state is State.JOINED
    assert bench.client.closed == []


async def joining(bench: Bench, **fields: str) -> asyncio.Task[None]:
    """A join whose answer has not come yet."""
    bench.room.gate.clear()
    task = asyncio.create_task(bench.send("join", name="ada", **fields))
    await turns()
    assert bench.room.join_requests
    return task


async def test_a_client_that_asked_in_time_is_not_late_because_the_room_is_slow(
    bench: Bench,
) -> None:
    task = await joining(bench)
    bench.session.join_is_late()
    bench.room.gate.set()
    await task
    assert bench.session.state is State.JOINED
    assert isinstance(bench.client.last, Welcomed)


@pytest.mark.parametrize(
    "end",
    [
        lambda session: session.disconnected(),
        lambda session: session.evict(CloseReason.REPLACED),
        lambda session: session.evict(CloseReason.SHUTTING_DOWN),
    ],
)
async def test_a_new_member_whose_connection_ended_before_the_answer_leaves(
    bench: Bench, end: Callable[[Session], None]
) -> None:
    task = await joining(bench)
    end(bench.session)
    bench.room.gate.set()
    await task
    assert bench.session.state is State.ENDED
    assert bench.client.served == []
    assert bench.client.sent == []
    assert bench.room.left == [(accepted().member, bench.session.connection, "lost")]


async def test_a_resumed_member_whose_connection_ended_before_the_answer_is_dropped(
    bench: Bench,
) -> None:
    task = await joining(bench, token="t")
    bench.session.disconnected()
    bench.room.gate.set()
    await task
    assert bench.room.left == []
    assert bench.room.dropped == [bench.session.connection]


async def test_a_client_that_hangs_up_waits_for_no_join(bench: Bench) -> None:
    bench.session.hung_up()
    task = await joining(bench)
    assert bench.room.hung == []
    bench.session.hung_up()
    assert bench.room.hung == [bench.session.connection]
    bench.room.gate.set()
    await task
    bench.session.hung_up()
    assert len(bench.room.hung) == 1


async def test_a_refusal_that_comes_too_late_is_not_sent(bench: Bench) -> None:
    task = await joining(bench)
    bench.session.evict(CloseReason.SHUTTING_DOWN)
    bench.room.join_answer = JoinRefused(problem("room_full", active=3, most=3))
    bench.room.gate.set()
    await task
    assert bench.client.sent == []
    assert len(bench.client.closed) == 1


# --- the end -----------------------------------------------------------------------------


async def test_a_member_that_leaves_is_closed_when_the_room_has_carried_it_out(
    bench: Bench,
) -> None:
    bench.room.leaves_at_once = False
    await bench.leave()
    assert bench.room.left == [(7, bench.session.connection, "quit")]
    assert bench.client.closed == []
    (done,) = bench.room.leaves
    assert done is not None
    done()
    assert bench.client.closed == [CloseReason.LEFT]


async def test_a_client_that_disconnects_while_it_leaves_is_not_closed_again(
    bench: Bench,
) -> None:
    bench.room.leaves_at_once = False
    await bench.leave()
    bench.session.disconnected()
    (done,) = bench.room.leaves
    assert done is not None
    done()
    assert bench.client.closed == []
    assert bench.room.dropped == []


async def test_a_member_that_left_is_not_dropped(bench: Bench) -> None:
    await bench.leave()
    bench.session.disconnected()
    assert bench.room.dropped == []


async def test_a_connection_that_ends_drops_its_member(bench: Bench) -> None:
    await bench.join()
    bench.session.disconnected()
    bench.session.disconnected()
    assert bench.room.dropped == [bench.session.connection]
    assert bench.room.left == []


async def test_a_connection_that_never_joined_ends_quietly(bench: Bench) -> None:
    bench.session.disconnected()
    assert bench.room.dropped == []


@pytest.mark.parametrize(
    "reason", [CloseReason.REPLACED, CloseReason.SHUTTING_DOWN, CloseReason.REMOVED]
)
async def test_an_evicted_session_does_not_touch_the_membership(
    bench: Bench, reason: CloseReason
) -> None:
    await bench.join()
    bench.session.evict(reason)
    bench.session.disconnected()
    assert bench.client.closed == [reason]
    assert bench.room.dropped == []
    assert bench.room.left == []


@given(st.lists(strategies.frames | strategies.requests.map(encode), max_size=12))
def test_no_frame_does_harm(frames: list[bytes]) -> None:
    async def receive() -> None:
        bench = Bench(Settings())
        for frame in frames:
            await bench.receive(frame)
        joined = [one for one in bench.client.sent if isinstance(one, Welcomed)]
        assert len(joined) <= 1
        if bench.session.state is not State.ENDED:
            assert bench.client.closed == []

    asyncio.run(receive())
