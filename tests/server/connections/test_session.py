"""One member's side of the room: every request in every state, joining, and what ends it."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.connections.session import NONSENSE_BEFORE_JOIN, Session, State
from server.room.interface import JoinRefused
from server.settings import Settings
from shared import protocol
from shared.messages import Error, Found, History, Presence, Refused, Report, Welcome, encode
from shared.problems import problem
from tests import strategies
from tests.fakes import place, turns
from tests.server.connections.driving import PEER, REQUESTS, Visit

# --- the table on top of the module ------------------------------------------------------

type Cell = tuple[str, str, list[object], State, list[int]]
"""State, request, what is answered (errors by code), state after, close codes."""
CELLS: list[Cell] = [
    ("NEW", "join", [Welcome], State.JOINED, []),
    ("NEW", "say", ["not_joined"], State.NEW, []),
    ("NEW", "history", ["not_joined"], State.NEW, []),
    ("NEW", "search", ["not_joined"], State.NEW, []),
    ("NEW", "report", ["not_joined"], State.NEW, []),
    ("NEW", "leave", ["not_joined"], State.NEW, []),
    ("NEW", "bad say", ["bad_request"], State.NEW, []),
    ("NEW", "bad join", [Refused], State.GONE, [4003]),
    ("NEW", "unknown", ["unknown_type"], State.NEW, []),
    ("NEW", "nonsense", ["bad_request"], State.NEW, []),
    ("JOINED", "join", ["bad_request"], State.JOINED, []),
    ("JOINED", "say", [], State.JOINED, []),
    ("JOINED", "history", [History], State.JOINED, []),
    ("JOINED", "search", [Found], State.JOINED, []),
    ("JOINED", "report", [Report], State.JOINED, []),
    ("JOINED", "leave", [], State.GONE, [1000]),
    ("JOINED", "bad say", ["bad_request"], State.JOINED, []),
    ("JOINED", "bad join", ["bad_request"], State.JOINED, []),
    ("JOINED", "unknown", ["unknown_type"], State.JOINED, []),
    ("JOINED", "nonsense", ["bad_request"], State.JOINED, []),
    *(("GONE", name, [], State.GONE, [1000]) for name in REQUESTS),
]


@pytest.mark.parametrize("cell", CELLS, ids=[f"{cell[0]}-{cell[1]}" for cell in CELLS])
async def test_every_request_in_every_state(visit: Visit, cell: Cell) -> None:
    before, name, answers, after, closed = cell
    if before == "JOINED":
        await visit.join()
    elif before == "GONE":
        await visit.leave()
    await visit.receive(REQUESTS[name])
    got = [one.code if isinstance(one, Error) else type(one) for one in visit.line.sent]
    assert got == answers
    assert visit.session.state is after
    assert [code for code, _ in visit.line.closed] == closed
    said = (before, name) == ("JOINED", "say")
    assert len(visit.room.posts) == said
    assert len(visit.room.wishes) == (before != "NEW" or name == "join")


def test_the_table_is_whole() -> None:
    states = set(State) - {State.JOINING}  # frames are read one at a time: none comes then
    assert {cell[:2] for cell in CELLS} == {
        (state.name, name) for state in states for name in REQUESTS
    }


@pytest.mark.parametrize("name", ["say", "history", "search", "report", "bad say", "unknown"])
async def test_an_error_carries_the_id_of_its_request(visit: Visit, name: str) -> None:
    await visit.receive(REQUESTS[name])
    assert visit.error[1] == "i"


# --- joining -----------------------------------------------------------------------------


async def test_a_wish_is_passed_on_whole(visit: Visit) -> None:
    await visit.send("join", name="Ada", password="p", token="t", after=7, history=3)
    (wish,) = visit.room.wishes
    assert (wish.name, wish.password, wish.token, wish.after, wish.history) == (
        "Ada", "p", "t", 7, 3,
    )  # fmt: skip
    assert (wish.connection, wish.worker, wish.peer) == (visit.session.connection, 3, PEER)
    assert 0 <= wish.connection < 2**63


async def test_welcome_comes_first_then_the_events_after_start(visit: Visit) -> None:
    visit.room.grants = place(name="Ada", reset=True, start=10, seq=12)
    await visit.send("join", name="Ada")
    (welcome,) = visit.line.sent
    assert isinstance(welcome, Welcome)
    assert (welcome.you, welcome.token, welcome.seq, welcome.reset) == (
        "Ada", "secret", 12, True,
    )  # fmt: skip
    assert (welcome.room, welcome.version, welcome.max_users) == ("lab", 1, 3)
    assert (welcome.limits.text, welcome.limits.file) == (8000, 1000)
    assert visit.line.served == [10]


async def test_a_refusal_is_told_and_closes(visit: Visit) -> None:
    visit.room.grants = JoinRefused(problem("name_taken", name="ada"))
    await visit.send("join", name="ada")
    assert visit.line.sent == [Refused("name_taken", "The name ada is taken.")]
    assert visit.line.closed == [(4003, "name_taken")]
    visit.session.gone()
    assert visit.room.dropped == []


async def test_a_room_that_does_not_answer_refuses(visit: Visit) -> None:
    visit.room.down = True
    await visit.send("join", name="ada")
    assert isinstance(visit.line.last, Refused)
    assert visit.line.last.code == "shutting_down"


async def test_only_so_much_nonsense_before_joining(visit: Visit) -> None:
    for name in ["nonsense", "say", "unknown"] * (NONSENSE_BEFORE_JOIN // 3 + 1):
        if len(visit.line.sent) < NONSENSE_BEFORE_JOIN:
            await visit.receive(REQUESTS[name])
    assert visit.session.state is State.NEW
    await visit.receive(b"once more")
    assert isinstance(visit.line.last, Refused)
    assert visit.line.last.code == "bad_request"
    assert [code for code, _ in visit.line.closed] == [4003]


async def test_a_client_that_never_joins_is_refused(visit: Visit) -> None:
    visit.session.join_is_late()
    assert isinstance(visit.line.last, Refused)
    assert visit.line.last.code == "bad_request"
    assert visit.session.state is State.GONE


async def test_a_client_that_joined_is_never_late(visit: Visit) -> None:
    await visit.join()
    visit.session.join_is_late()
    assert visit.session.state is State.JOINED
    assert visit.line.closed == []


async def joining(visit: Visit, **fields: str) -> asyncio.Task[None]:
    """A join whose answer has not come yet."""
    visit.room.gate.clear()
    task = asyncio.create_task(visit.send("join", name="ada", **fields))
    await turns()
    assert visit.room.wishes
    return task


async def test_a_client_that_asked_in_time_is_not_late_because_the_room_is_slow(
    visit: Visit,
) -> None:
    task = await joining(visit)
    visit.session.join_is_late()
    visit.room.gate.set()
    await task
    assert visit.session.state is State.JOINED
    assert isinstance(visit.line.last, Welcome)


@pytest.mark.parametrize(
    "end",
    [
        lambda session: session.gone(),
        lambda session: session.evicted(protocol.CLOSE_REPLACED),
        lambda session: session.evicted(protocol.CLOSE_SHUTTING_DOWN),
    ],
)
async def test_whoever_is_gone_when_the_answer_comes_leaves_its_new_place(
    visit: Visit, end: Callable[[Session], None]
) -> None:
    task = await joining(visit)
    end(visit.session)
    visit.room.gate.set()
    await task
    assert visit.session.state is State.GONE
    assert visit.line.served == []
    assert visit.line.sent == []
    assert visit.room.left == [(place().member, visit.session.connection, "lost")]


async def test_whoever_resumed_and_is_gone_again_is_away(visit: Visit) -> None:
    task = await joining(visit, token="t")
    visit.session.gone()
    visit.room.gate.set()
    await task
    assert visit.room.left == []
    assert visit.room.dropped == [visit.session.connection]


async def test_a_refusal_that_comes_too_late_is_told_nobody(visit: Visit) -> None:
    task = await joining(visit)
    visit.session.evicted(protocol.CLOSE_SHUTTING_DOWN)
    visit.room.grants = JoinRefused(problem("room_full", active=3, most=3))
    visit.room.gate.set()
    await task
    assert visit.line.sent == []
    assert len(visit.line.closed) == 1


# --- the end -----------------------------------------------------------------------------


async def test_leaving_is_for_good(visit: Visit) -> None:
    await visit.leave()
    assert visit.room.left == [(7, visit.session.connection, "quit")]
    visit.session.gone()
    assert visit.room.dropped == []


async def test_a_connection_that_ends_leaves_its_member_away(visit: Visit) -> None:
    await visit.join()
    visit.session.gone()
    visit.session.gone()
    assert visit.room.dropped == [visit.session.connection]
    assert visit.room.left == []


async def test_a_connection_that_never_joined_ends_quietly(visit: Visit) -> None:
    visit.session.gone()
    assert visit.room.dropped == []


@pytest.mark.parametrize("code", [protocol.CLOSE_REPLACED, protocol.CLOSE_SHUTTING_DOWN])
async def test_an_evicted_session_does_not_touch_the_membership(
    visit: Visit, code: int
) -> None:
    await visit.join()
    visit.session.evicted(code)
    visit.session.gone()
    assert [closed for closed, _ in visit.line.closed] == [code]
    assert visit.room.dropped == []
    assert visit.room.left == []


@given(st.lists(strategies.frames | strategies.requests.map(encode), max_size=12))
def test_no_frame_does_harm(frames: list[bytes]) -> None:
    async def receive() -> None:
        visit = Visit(Settings())
        for frame in frames:
            await visit.receive(frame)
        joined = [one for one in visit.line.sent if isinstance(one, Welcome)]
        assert len(joined) <= 1
        assert not any(isinstance(one, Presence) for one in visit.line.sent)
        if visit.session.state is not State.GONE:
            assert visit.line.closed == []

    asyncio.run(receive())
