"""Where the workers' sockets end: batches, answers, a link that is lost and comes back."""

import asyncio
from typing import Any

import pytest

from server.room.interface import (
    ConnectionUsage,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    PostResult,
)
from server.room.ipc import (
    Answers,
    Down,
    Drop,
    Evict,
    Feed,
    Frames,
    Hello,
    Here,
    Leave,
    Poll,
    Tally,
    Up,
    decode_down,
    frame,
)
from server.room.room_side.gateway import MOST_UNREAD, Hub, WorkerLink
from shared.messages import Presence, decode_event, decode_from_server
from tests.fakes import turns
from tests.server.room.workbench import Bench, post, wish


class Pipe(asyncio.Transport):
    """A worker's end: what the hub wrote, as messages."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Down] = []
        self.unread = 0
        self.aborted = self.closed = False
        self._frames = Frames(lambda body: self.got.append(decode_down(body)))

    def write(self, data: Any) -> None:
        self._frames.feed(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True


class Worker:
    """A worker, as the hub sees it."""

    def __init__(self, hub: Hub, number: int = 1, *here: tuple[int, JoinRequest]) -> None:
        self.hub = hub
        self.number = number
        self.pipe = Pipe()
        self.link = WorkerLink(hub)
        self.link.connection_made(self.pipe)
        self.up(Hello(number, list(here)))

    def up(self, *ups: Up) -> None:
        self.link.data_received(frame(list(ups)))

    def lost(self) -> None:
        self.link.connection_lost(None)

    def got(self, kind: type) -> list[Any]:
        return [one for one in self.pipe.got if isinstance(one, kind)]

    @property
    def events(self) -> list[Any]:
        return [decode_event(body) for feed in self.got(Feed) for body in feed.bodies]

    @property
    def presence(self) -> list[Any]:
        signals = [body for feed in self.got(Feed) for _, body in feed.signals]
        return [decode_from_server(body) for body in signals if body]

    async def join(self, name: str = "ada", **fields: Any) -> tuple[JoinRequest, JoinAccepted]:
        asked = wish(name, worker=self.number, **fields)
        place = await self.hub.admit(asked)
        assert isinstance(place, JoinAccepted), place
        return asked, place


@pytest.fixture
async def hub(bench: Bench) -> Hub:
    return Hub(bench.core)


async def test_one_turn_is_one_transaction_and_one_write(hub: Hub, bench: Bench) -> None:
    one, other = Worker(hub, 1), Worker(hub, 2)
    asked, place = await one.join("ada")
    before = bench.core.counters.batches, len(other.got(Feed))
    for number in range(10):
        one.up(post(place, asked.connection, f"{number}"))
    await turns()
    assert (bench.core.counters.batches, len(other.got(Feed))) == (before[0] + 1, before[1] + 1)
    assert len(one.events) == len(other.events) == 11
    assert [event.seq for event in other.events] == list(range(1, 12))
    assert one.got(Answers) == [Answers(10, [])]
    assert other.got(Answers) == []


async def test_each_worker_gets_its_own_answers_in_its_own_numbers(hub: Hub) -> None:
    one, other = Worker(hub, 1), Worker(hub, 2)
    ada, ada_place = await one.join("ada")
    bob, bob_place = await other.join("bob")
    one.up(post(ada_place, ada.connection, "k"))
    other.up(Drop(5), post(bob_place, bob.connection, "k"))
    one.up(post(ada_place, ada.connection, "k"))
    await turns()
    other.up(post(bob_place, bob.connection, "k"))
    await turns()
    assert one.got(Answers) == [Answers(2, [(2, PostResult(seq=3))])]
    assert other.got(Answers) == [Answers(2, []), Answers(3, [(3, PostResult(seq=4))])]


async def test_a_worker_learns_where_the_room_is_and_who_is_unknown(hub: Hub) -> None:
    one = Worker(hub, 1)
    ada, place = await one.join("ada")
    one.lost()
    await turns()
    ghost = wish("ghost")
    again = Worker(hub, 1, (place.member, ada), (99, ghost))
    assert again.got(Evict) == [Evict(ghost.connection, 1001)]
    assert again.got(Here) == [Here(1)]


async def test_joining_needs_a_worker_that_is_there(hub: Hub) -> None:
    answer = await hub.admit(wish(worker=9))
    assert isinstance(answer, JoinRefused)
    assert answer.code == "shutting_down"


async def test_what_was_posted_before_a_join_comes_before_it(hub: Hub) -> None:
    one = Worker(hub, 1)
    ada, place = await one.join("ada")
    one.up(post(place, ada.connection, "k", "first"), Leave(1, ada.connection, "quit"))
    _, bob = await one.join("bob", history=0)
    assert (bob.seq, bob.start) == (4, 3)


async def test_an_evicted_connection_is_told_by_its_own_worker(hub: Hub) -> None:
    one, other = Worker(hub, 1), Worker(hub, 2)
    ada, place = await one.join("ada")
    await other.join("ada", token=place.token)
    assert one.got(Evict) == [Evict(ada.connection, 4001)]
    assert other.got(Evict) == []
    one.lost()
    await turns()
    assert Presence("ada", "away") not in other.presence, "the old connection is nobody's"


async def test_a_worker_that_dies_leaves_its_members_away(hub: Hub, bench: Bench) -> None:
    one, other = Worker(hub, 1), Worker(hub, 2)
    await one.join("ada")
    await other.join("bob")
    one.lost()
    await turns()
    assert bench.states == {"ada": "away", "bob": "active"}
    assert other.presence[-1] == Presence("ada", "away")


async def test_a_link_that_comes_back_brings_its_members_back(hub: Hub, bench: Bench) -> None:
    """A link is cut when a worker stalls; its clients are still connected to it."""
    one, other = Worker(hub, 1), Worker(hub, 2)
    ada, place = await one.join("ada")
    one.lost()
    await turns()
    Worker(hub, 1, (place.member, ada))
    await turns()
    assert bench.states == {"ada": "active"}
    assert other.presence[-1] == Presence("ada", "active")


async def test_a_lost_link_takes_nothing_from_the_one_that_replaced_it(
    hub: Hub, bench: Bench
) -> None:
    """The end of the old socket may be noticed after the worker has come back."""
    one = Worker(hub, 1)
    ada, place = await one.join("ada")
    Worker(hub, 1, (place.member, ada))
    one.lost()
    await turns()
    assert bench.states == {"ada": "active"}


async def test_a_worker_that_does_not_read_is_cut_off(hub: Hub) -> None:
    one, other = Worker(hub, 1), Worker(hub, 2)
    one.pipe.unread = MOST_UNREAD + 1
    await other.join("ada")
    assert one.pipe.aborted
    assert not other.pipe.aborted
    assert one.events == []
    assert len(other.events) == 1


async def test_the_report_knows_what_room_and_workers_know(hub: Hub) -> None:
    one, other = Worker(hub, 1), Worker(hub, 2)
    ada, place = await one.join("ada")
    bob, _ = await other.join("bob")
    one.up(post(place, ada.connection, "k"), Drop(bob.connection))
    await turns()
    asking = asyncio.ensure_future(hub.report())
    await turns()
    assert one.got(Poll) == [Poll(1)]
    other.up(Tally(1, []))
    await turns()
    assert not asking.done(), "it waits for every worker"
    one.up(Tally(1, [ConnectionUsage(ada.connection, 12.34, 5)]))
    report = await asking
    lines = {line.name: line for line in report.members}
    assert (lines["ada"].idle, lines["ada"].received, lines["ada"].sent) == (12.3, 5, 1)
    assert (lines["ada"].worker, lines["ada"].address) == (1, "10.0.0.1")
    assert lines["bob"].state == "away"
    one.up(Tally(1, []))  # late: nobody waits for it any more


async def test_the_end_waits_for_what_was_posted(hub: Hub, bench: Bench) -> None:
    one = Worker(hub, 1)
    ada, place = await one.join("ada")
    ending = asyncio.ensure_future(hub.emptied(5))
    await turns()
    one.up(post(place, ada.connection, "k", "last words"))
    one.lost()
    await ending
    assert bench.journal.newest() == 2


async def test_who_goes_because_the_server_ends_has_not_left(hub: Hub, bench: Bench) -> None:
    """However short the grace period: the next start lets them come back."""
    one = Worker(hub, 1)
    ada, _ = await one.join("ada")
    bench.core.roster.grace = 0.0
    hub.hold()
    one.up(Drop(ada.connection))
    one.lost()
    await turns()
    assert hub._timer is None
    assert [kept.name for kept in bench.journal.memberships()] == ["ada"]


async def test_when_it_is_closed_nothing_is_journaled_any_more(hub: Hub, bench: Bench) -> None:
    """A grace period may end, and a worker say its last, when the journal is closed."""
    one = Worker(hub, 1)
    ada, place = await one.join("ada")
    bob, _ = await one.join("bob")
    one.up(Drop(bob.connection))
    await turns()
    grace = hub._timer
    assert grace is not None
    newest = bench.journal.newest()
    hub.close()
    one.up(post(place, ada.connection, "k"))
    one.lost()
    await turns()
    assert grace.cancelled()
    assert bench.journal.newest() == newest


async def test_an_answer_follows_its_events(hub: Hub) -> None:
    one = Worker(hub, 1)
    ada, place = await one.join("ada")
    one.up(post(place, ada.connection, "k"))
    await turns()
    kinds = [type(message) for message in one.pipe.got]
    assert kinds[-2:] == [Feed, Answers]
