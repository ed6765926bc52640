"""One member's side of the room: every request in every state, and what ends it."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.policy import Policy
from server.room.interface import Answer, Peer, Refusal
from server.session import ASKING_BURST, NONSENSE_BEFORE_JOIN, RATE_STRIKES, Session, State
from shared import limits
from shared.messages import (
    Accepted,
    Error,
    Found,
    History,
    Presence,
    Refused,
    Report,
    Said,
    Welcome,
    decode_event,
    encode,
)
from tests import strategies
from tests.fakes import Clock, FakeLine, FakeRoom, place, request, turns

PEER = Peer("10.0.0.1", 4000, "websocket")
EVENT = Said(seq=1, at="2026-11-22T08:00:00.123Z", name="ada", text="hi")


class Visit:
    """A session and what surrounds it."""

    def __init__(self, policy: Policy) -> None:
        self.room, self.line, self.clock = FakeRoom(), FakeLine(), Clock()
        self.room.events = [encode(EVENT)]
        self.session = Session(
            self.room, self.line, PEER, worker=3, policy=policy, now=self.clock
        )

    async def send(self, type: str, **fields: object) -> None:
        await self.receive(request(type, **fields))

    async def receive(self, frame: bytes) -> None:
        """As a connection does it."""
        if rest := self.session.receive(frame):
            await rest

    async def join(self) -> None:
        await self.send("join", name="ada")
        self.line.sent.clear()

    async def leave(self) -> None:
        await self.join()
        await self.send("leave")

    @property
    def error(self) -> tuple[str, str | None]:
        """Code and id of the last error."""
        last = self.line.last
        assert isinstance(last, Error)
        assert last.reason
        return last.code, last.id or None


@pytest.fixture
async def visit() -> Visit:
    return Visit(Policy(room="lab", rate=0, max_file=1000))


# --- the table on top of the module ------------------------------------------------------

REQUESTS: dict[str, bytes] = {
    "join": request("join", name="ada"),
    "say": request("say", text="hi", id="i"),
    "history": request("history", id="i", before=5, limit=2),
    "search": request("search", id="i", text="words"),
    "report": request("report", id="i"),
    "leave": request("leave"),
    "bad say": request("say", id="i"),
    "bad join": request("join"),
    "unknown": request("sing", id="i"),
    "nonsense": b"hello",
}
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
    visit.room.grants = Refusal("name_taken", "The name ada is taken.")
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
        lambda session: session.evicted(limits.CLOSE_REPLACED),
        lambda session: session.evicted(limits.CLOSE_SHUTTING_DOWN),
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
    visit.session.evicted(limits.CLOSE_SHUTTING_DOWN)
    visit.room.grants = Refusal("room_full", "The room is full.")
    visit.room.gate.set()
    await task
    assert visit.line.sent == []
    assert len(visit.line.closed) == 1


# --- saying ------------------------------------------------------------------------------


async def test_words_become_a_post(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="a\r\nb", id="k")
    (post,) = visit.room.posts
    assert (post.member, post.connection, post.key) == (7, visit.session.connection, "k")
    event = decode_event(b'{"type":"said","seq":1,"at":"",' + post.tail)
    assert event == Said(seq=1, at="", name="ada", text="a\nb", id="k")
    assert post.stored is None


async def test_the_receipt_is_the_event_itself(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="k")
    visit.room.answer(Answer())
    assert visit.line.sent == []


async def test_a_repeat_is_accepted(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="k")
    visit.room.answer(Answer(seq=5))
    assert visit.line.sent == [Accepted("k", 5)]


@pytest.mark.parametrize("fields", [{}, {"id": "k"}])
async def test_what_could_not_be_written_is_told(visit: Visit, fields: dict[str, str]) -> None:
    await visit.join()
    await visit.send("say", text="hi", **fields)
    visit.room.answer(Answer(code="storage", reason="full"))
    assert visit.error == ("storage", fields.get("id"))


async def test_answers_find_their_own_words(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="1")
    await visit.send("say", text="hi", id="2")
    visit.room.answer(Answer(code="storage", reason="full"), number=0)
    visit.room.answer(Answer(seq=9), number=1)
    first, second = visit.line.sent
    assert isinstance(first, Error)
    assert first.id == "1"
    assert second == Accepted("2", 9)


async def test_nobody_is_told_who_is_gone(visit: Visit) -> None:
    await visit.join()
    await visit.send("say", text="hi", id="k")
    visit.session.gone()
    visit.room.answer(Answer(code="not_joined", reason="gone"))
    assert visit.line.sent == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("x" * 8001, "too_long"), ("\x07", "bad_request"), ("\0", "bad_request")],
)
async def test_what_cannot_be_said(visit: Visit, text: str, code: str) -> None:
    await visit.join()
    await visit.send("say", text=text, id="k")
    assert visit.error == (code, "k")
    assert visit.room.posts == []


async def test_words_without_an_id_are_never_taken_for_others(visit: Visit) -> None:
    other = Visit(Policy(rate=0))
    for one in (visit, other):
        await one.join()
        for _ in range(100):
            await one.send("say", text="hi")
    keys = [post.key for one in (visit, other) for post in one.room.posts]
    assert len(set(keys)) == 200
    assert all(len(key) > limits.ID_CHARACTERS for key in keys), "no client can send such an id"
    assert b'"id"' not in visit.room.posts[0].tail


@given(strategies.said_texts, strategies.ids)
def test_any_words_are_posted_as_they_are(text: str, id: str) -> None:
    async def say() -> None:
        visit = Visit(Policy(rate=0))
        await visit.join()
        await visit.send("say", text=text, id=id)
        event = decode_event(b'{"type":"said","seq":1,"at":"",' + visit.room.posts[0].tail)
        assert event == Said(seq=1, at="", name="ada", text=text, id=id)

    asyncio.run(say())


async def test_whoever_posts_much_waits_for_the_room(visit: Visit) -> None:
    await visit.join()
    visit.room.keeps_up.clear()
    task = asyncio.create_task(visit.send("say", text="hi"))
    await turns()
    assert visit.room.posts == []
    visit.room.keeps_up.set()
    await task
    assert len(visit.room.posts) == 1


# --- how often ---------------------------------------------------------------------------


async def test_the_rate_limit_lets_through_again_after_a_while() -> None:
    visit = Visit(Policy(rate=2))
    await visit.join()
    for number in range(5):
        await visit.send("say", text="hi", id=f"{number}")
    assert [post.key for post in visit.room.posts] == ["0", "1", "2", "3"]
    assert visit.error == ("rate_limited", "4")
    visit.clock.now += 0.5
    await visit.send("say", text="hi", id="5")
    assert visit.room.posts[-1].key == "5"


async def test_a_rate_under_one_half_lets_the_first_words_through() -> None:
    visit = Visit(Policy(rate=0.25))
    await visit.join()
    await visit.send("say", text="hi")
    visit.clock.now += 60
    await visit.send("say", text="hi")
    assert len(visit.room.posts) == 2


async def test_a_flood_ends_the_connection_but_not_the_membership() -> None:
    visit = Visit(Policy(rate=1))
    await visit.join()
    for _ in range(2 + RATE_STRIKES):
        await visit.send("say", text="hi")
    assert visit.line.closed == []
    assert len(visit.line.sent) == RATE_STRIKES
    await visit.send("say", text="hi")
    assert [code for code, _ in visit.line.closed] == [4029]
    assert visit.session.state is State.GONE
    assert visit.room.dropped == [visit.session.connection]
    assert visit.room.left == []
    visit.session.gone()
    assert len(visit.room.dropped) == 1


async def test_strikes_are_forgotten_by_whoever_slows_down() -> None:
    visit = Visit(Policy(rate=1))
    await visit.join()
    for _ in range(3):
        for _ in range(RATE_STRIKES - 10):
            await visit.send("say", text="hi")
        visit.clock.now += 2
    assert visit.line.closed == []


# --- history and report ------------------------------------------------------------------


async def test_history(visit: Visit) -> None:
    await visit.join()
    await visit.send("history", id="h", before=9, limit=1)
    assert visit.line.sent == [History("h", [EVENT], more=False)]
    await visit.send("history", id="h", before=2**53, limit=2**53)
    assert visit.room.asked == [(9, 1), (2**53, limits.MAX_HISTORY)]


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ({"after": 4}, (5, 10)),
        ({"after": 0}, (1, 10)),
        ({"around": 9}, (4, 10)),
        ({"around": 2}, (1, 10)),
        ({"at": "2026-11-22T00:00:00+01:00"}, (22, 10)),
    ],
)
async def test_history_from_another_place(
    visit: Visit, where: dict[str, object], asked: tuple[int, int]
) -> None:
    await visit.join()
    await visit.send("history", id="h", limit=10, **where)
    assert isinstance(visit.line.last, History)
    assert visit.line.last.more == (asked[0] > 1)
    assert visit.room.asked == [asked]


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"before": 3, "after": 1},
        {"around": 1, "at": "2026-11-22T00:00:00Z"},
        {"at": "yesterday"},
        {"at": "2026-11-22T00:00:00"},
        {"around": 0},
        {"after": -1},
    ],
)
async def test_history_from_nowhere_is_an_error(visit: Visit, where: dict[str, object]) -> None:
    await visit.join()
    await visit.send("history", id="h", **where)
    assert visit.error == ("bad_request", "h")
    assert visit.room.asked == []


async def test_search(visit: Visit) -> None:
    await visit.join()
    await visit.send("search", id="s", text='Café "x OR NEAR(', before=7, limit=1000)
    assert visit.line.sent == [Found("s", [EVENT], more=True, before=9)]
    await visit.send("search", id="s", text="b")
    assert visit.room.searched == [
        (("cafe", '"x', "or", "near("), 7, limits.MAX_FOUND),
        (("b",), None, limits.DEFAULT_FOUND),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("\u0301", "empty"),
        ("x" * (limits.SEARCH_CHARACTERS + 1), "too_long"),
        ("a\0b", "bad_request"),
    ],
)
async def test_what_cannot_be_searched_for_is_an_error(
    visit: Visit, text: str, code: str
) -> None:
    await visit.join()
    await visit.send("search", id="s", text=text)
    assert visit.error == (code, "s")
    assert visit.room.searched == []


async def test_asking_too_much_is_refused_whatever_is_asked() -> None:
    visit = Visit(Policy(rate=1))
    await visit.join()
    for _ in range(int(ASKING_BURST)):
        await visit.send("search", id="s", text="x")
    await visit.send("history", id="h", around=1)
    assert visit.error == ("rate_limited", "h")
    visit.clock.now += 1
    await visit.send("search", id="s", text="x")
    assert isinstance(visit.line.last, Found)


async def test_report(visit: Visit) -> None:
    await visit.join()
    await visit.send("report", id="r")
    assert visit.line.sent == [Report("r", 0, 3, "2026-11-22T08:00:00.000Z", [])]


@pytest.mark.parametrize("name", ["history", "search", "report"])
async def test_a_room_that_does_not_answer_is_an_error(visit: Visit, name: str) -> None:
    await visit.join()
    visit.room.down = True
    await visit.receive(REQUESTS[name])
    assert visit.error == ("storage", "i")
    assert visit.session.state is State.JOINED


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


@pytest.mark.parametrize("code", [limits.CLOSE_REPLACED, limits.CLOSE_SHUTTING_DOWN])
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
        visit = Visit(Policy())
        for frame in frames:
            await visit.receive(frame)
        joined = [one for one in visit.line.sent if isinstance(one, Welcome)]
        assert len(joined) <= 1
        assert not any(isinstance(one, Presence) for one in visit.line.sent)
        if visit.session.state is not State.GONE:
            assert visit.line.closed == []

    asyncio.run(receive())
