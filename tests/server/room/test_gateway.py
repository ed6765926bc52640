"""The workers' sockets: entries, answers, grace periods, workers that come and go."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from server.room.interface import (
    CloseReason,
    ConnectionUsage,
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    PostResult,
    RoomReport,
)
from server.room.ipc import (
    Answers,
    Down,
    EventBatch,
    Frames,
    Hello,
    HelloReply,
    Up,
    UsageReply,
    UsageRequest,
    decode_down,
    frame,
)
from server.room.operations import Drop, Leave
from server.room.room_side.admission import Admission
from server.room.room_side.gateway import MOST_UNREAD, RETURN_WITHIN, Gateway, WorkerConnection
from server.room.room_side.service import RoomService
from shared.messages import Presence, decode_event, decode_from_server
from tests.fakes import Clock, turns
from tests.server.room.workbench import Bench, FlakyJournal, attempt, code, join_request, post

GRACE = 30.0


class Pipe(asyncio.Transport):
    """A worker's end: the messages that the gateway wrote, and in how many writes."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Down] = []
        self.writes = 0
        self.unread = 0
        self.aborted = self.closed = False
        self._frames = Frames(self._take)

    def _take(self, body: bytes | bytearray) -> None:
        message = decode_down(body)
        self.got.append(message.unpacked() if isinstance(message, Answers) else message)

    def write(self, data: Any) -> None:
        self.writes += 1
        self._frames.feed(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True


class Joined:
    """A membership, as the worker has it."""

    def __init__(self, request: JoinRequest, place: JoinAccepted) -> None:
        self.connection = request.connection
        self.member = place.member
        self.place = place
        self.token = request.token or f"token of {request.connection}"


class Worker:
    """A worker, as the gateway sees it."""

    def __init__(
        self,
        gateway: Gateway,
        number: int = 1,
        here: Iterable[tuple[int, int]] = (),
        pending: Iterable[int] = (),
    ) -> None:
        self.number = number
        self.pipe = Pipe()
        self.link = WorkerConnection(gateway)
        self.link.connection_made(self.pipe)
        self.up(Hello(number, list(here), list(pending)))

    def up(self, *ups: Up) -> None:
        self.link.data_received(frame(list(ups)))

    def lost(self) -> None:
        self.link.connection_lost(None)

    def got(self, kind: type) -> list[Any]:
        return [one for one in self.pipe.got if isinstance(one, kind)]

    @property
    def events(self) -> list[Any]:
        return [decode_event(body) for batch in self.got(EventBatch) for body in batch.bodies]

    @property
    def presence(self) -> list[Any]:
        signals = [body for batch in self.got(EventBatch) for _, body in batch.signals]
        return [decode_from_server(body) for body in signals if body]

    @property
    def evictions(self) -> list[Any]:
        return [one for batch in self.got(EventBatch) for one in batch.evictions]

    @property
    def answers(self) -> list[Any]:
        """The answers that are more than "done", in the order in which they came."""
        return [answer for answers in self.got(Answers) for _, answer in answers.special]

    async def ask(self, name: str = "ada", **fields: Any) -> tuple[JoinRequest, Any]:
        request = join_request(name, worker=self.number, **fields)
        self.up(attempt(request))
        await turns()
        return request, self.answers[-1]

    async def join(self, name: str = "ada", **fields: Any) -> Joined:
        request, place = await self.ask(name, **fields)
        assert isinstance(place, JoinAccepted), place
        return Joined(request, place)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gateway(bench: Bench, clock: Clock) -> Gateway:
    return Gateway(bench.core, GRACE, now=clock)


# --- entries and answers -----------------------------------------------------------------


async def test_one_turn_is_one_transaction_and_one_write(gateway: Gateway) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada")
    batches, writes = gateway.counters.batches, (one.pipe.writes, other.pipe.writes)
    asked = join_request("bob", worker=2)
    for number in range(10):
        one.up(post(ada.place, ada.connection, f"{number}"))
    other.up(attempt(asked))
    one.up(Drop(ada.connection))
    await turns()
    assert gateway.counters.batches == batches + 1
    assert (one.pipe.writes, other.pipe.writes) == (writes[0] + 1, writes[1] + 1)
    assert len(one.events) == len(other.events) == 12
    assert [event.seq for event in other.events] == list(range(1, 13))
    assert one.got(Answers)[-1] == Answers(12, [])


async def test_a_join_is_told_the_room_as_it_was_at_its_turn(gateway: Gateway) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    asked = join_request("bob", history=0)
    one.up(
        post(ada.place, ada.connection, "1"),
        attempt(asked),
        post(ada.place, ada.connection, "2"),
    )
    await turns()
    bob = one.answers[-1]
    assert (bob.seq, bob.start) == (3, 2)
    assert one.got(Answers)[-1] == Answers(4, [(3, bob)])
    assert [type(message) for message in one.pipe.got[-2:]] == [EventBatch, Answers]


async def test_each_worker_gets_its_own_answers_in_its_own_numbers(gateway: Gateway) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada, bob = await one.join("ada"), await other.join("bob")
    one.up(post(ada.place, ada.connection, "k"))
    other.up(Drop(5), post(bob.place, bob.connection, "k"))
    one.up(post(ada.place, ada.connection, "k"))
    await turns()
    other.up(post(bob.place, bob.connection, "k"))
    await turns()
    assert one.got(Answers)[1:] == [Answers(3, [(3, PostResult(seq=3))])]
    assert other.got(Answers)[1:] == [Answers(3, []), Answers(4, [(4, PostResult(seq=4))])]


async def test_a_refused_join_keeps_the_numbers_of_the_others(bench: Bench) -> None:
    gateway = Gateway(bench.core, GRACE, Admission("secret"))
    one = Worker(gateway, 1)
    ada = await one.join("ada", password="secret")
    one.up(
        attempt(join_request("bob", password="guess")),
        post(ada.place, ada.connection, "k"),
        attempt(join_request("eve")),
        post(ada.place, ada.connection, "k"),
    )
    await turns()
    answers = one.got(Answers)[-1]
    assert answers.done == 5
    special = dict(answers.special)
    assert (code(special[2]), code(special[4])) == ("bad_password", "bad_password")
    assert special[5] == PostResult(seq=2)
    one.up(attempt(join_request("bob", password="guess")))
    await turns()
    assert one.got(Answers)[-1].done == 6, "answered though nothing gets to the log"


async def test_an_answer_follows_its_events(gateway: Gateway) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    one.up(post(ada.place, ada.connection, "k"))
    await turns()
    kinds = [type(message) for message in one.pipe.got]
    assert kinds[-2:] == [EventBatch, Answers]


async def test_an_evicted_connection_is_named_to_all_workers(gateway: Gateway) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada")
    await other.join("ada", token=ada.token)
    replaced = [(ada.connection, CloseReason.REPLACED)]
    assert one.evictions == other.evictions == replaced
    one.lost()
    await turns()
    assert Presence("ada", "away", 1) not in other.presence, "the old connection is no member's"


# --- workers come and go -----------------------------------------------------------------


async def test_a_worker_learns_the_newest_seq_and_which_members_are_unknown(
    gateway: Gateway,
) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    one.lost()
    await turns()
    again = Worker(gateway, 1, [(ada.member, ada.connection), (99, 7)])
    await turns()
    assert again.evictions == [(7, CloseReason.SHUTTING_DOWN)]
    assert again.got(HelloReply) == [HelloReply(1)]


async def test_a_worker_that_dies_leaves_its_members_away(
    gateway: Gateway, bench: Bench
) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    await one.join("ada")
    await other.join("bob")
    asked = join_request("eve")
    one.up(attempt(asked))
    one.lost()
    await turns()
    assert bench.states == {"ada": "away", "bob": "active", "eve": "away"}
    assert other.presence == [Presence("ada", "away", 1), Presence("eve", "away", 3)]


async def test_a_worker_that_comes_back_brings_its_members_back(
    gateway: Gateway, bench: Bench
) -> None:
    """Its socket is cut when it stalls; its clients are still connected to it."""
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada")
    one.lost()
    await turns()
    Worker(gateway, 1, [(ada.member, ada.connection)])
    await turns()
    assert bench.states == {"ada": "active"}
    assert other.presence[-1] == Presence("ada", "active", 1)


async def test_a_lost_socket_takes_nothing_from_the_one_that_replaced_it(
    gateway: Gateway, bench: Bench
) -> None:
    """The end of the old socket may be noticed after the worker has come back."""
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    Worker(gateway, 1, [(ada.member, ada.connection)])
    one.lost()
    await turns()
    assert bench.states == {"ada": "active"}


async def test_a_worker_that_does_not_read_is_cut_off(gateway: Gateway) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    one.pipe.unread = MOST_UNREAD + 1
    await other.join("ada")
    assert one.pipe.aborted
    assert not other.pipe.aborted
    assert one.events == []
    assert len(other.events) == 1


async def test_operations_sent_again_find_the_room_as_it_was(
    gateway: Gateway, bench: Bench
) -> None:
    """The room process died between a join and a post: the worker sends both again."""
    one = Worker(gateway, 1)
    asked = join_request("ada")
    one.up(attempt(asked))
    await turns()
    (place,) = one.answers
    bench.reopen()
    again = Worker(Gateway(bench.core, GRACE), 1, pending=[asked.connection])
    said = post(place, asked.connection, "k")
    again.up(attempt(asked), said, Leave(place.member, asked.connection, "quit"))
    await turns()
    assert [replace(one, token="") for one in again.answers] == [place]
    assert [event.seq for event in again.events] == [2, 3]
    assert again.got(Answers) == [Answers(3, [(1, place)])]


async def test_connections_that_no_worker_registers_are_dropped(
    gateway: Gateway, bench: Bench
) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada, _ = await one.join("ada"), await other.join("bob")
    bench.reopen()
    anew = Gateway(bench.core, GRACE)
    back = Worker(anew, 1, [(ada.member, ada.connection)])
    await turns()
    assert bench.states == {"ada": "active", "bob": "active"}
    anew.drop_unregistered()
    await turns()
    assert bench.states == {"ada": "active", "bob": "away"}
    assert back.presence == [Presence("bob", "away", 2)]
    for room in (gateway, anew):
        room.close()


# --- grace periods -----------------------------------------------------------------------


async def test_a_membership_ends_with_its_grace_period(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one = Worker(gateway, 1)
    ada, _ = await one.join("ada"), await one.join("bob")
    one.up(Drop(ada.connection))
    await turns()
    clock.now += GRACE - 0.1
    gateway.expire()
    assert bench.states == {"ada": "away", "bob": "active"}
    clock.now += 0.1
    gateway.expire()
    assert bench.states == {"bob": "active"}
    assert [event.reason for event in one.events if hasattr(event, "reason")] == ["lost"]


async def test_coming_back_ends_a_grace_period(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    one.up(Drop(ada.connection))
    await turns()
    clock.now += 20
    again = await one.join("ada", token=ada.token)
    one.up(Drop(again.connection))
    await turns()
    clock.now += 20
    gateway.expire()
    assert bench.states == {"ada": "away"}, "the first grace period was over, not the second"
    clock.now += 10
    gateway.expire()
    assert bench.states == {}


async def test_a_restart_begins_all_grace_periods_anew(bench: Bench, clock: Clock) -> None:
    bench.drop(bench.join("ada"))
    clock.now += 1000
    gateway = Gateway(bench.core, 0.0, now=clock)
    clock.now += RETURN_WITHIN - 0.1
    gateway.expire()
    assert bench.states == {"ada": "away"}, "however short the grace period"
    clock.now += 0.1
    gateway.expire()
    assert bench.states == {}


async def test_a_member_whose_worker_died_with_the_room_has_time_to_come_back(
    bench: Bench, clock: Clock
) -> None:
    bench.join("ada")
    bench.reopen()
    gateway = Gateway(bench.core, 0.0, now=clock)
    Worker(gateway, 1)
    await turns()
    clock.now += RETURN_WITHIN - 0.1
    gateway.expire()
    assert bench.states == {"ada": "away"}
    clock.now += 0.1
    gateway.expire()
    assert bench.states == {}


async def test_the_timer_waits_for_the_next_end_of_a_grace_period(
    gateway: Gateway, clock: Clock
) -> None:
    loop = asyncio.get_running_loop()
    one = Worker(gateway, 1)
    ada, bob = await one.join("ada"), await one.join("bob")
    assert gateway._timer is None
    one.up(Drop(ada.connection))
    await turns()
    timer = gateway._timer
    assert timer is not None
    assert GRACE - 1 < timer.when() - loop.time() <= GRACE
    clock.now += 1
    one.up(Drop(bob.connection))
    await turns()
    assert gateway._timer is timer


# --- a full disk -------------------------------------------------------------------------


def full(bench: Bench, is_full: bool = True) -> None:
    assert isinstance(bench.journal, FlakyJournal)
    bench.journal.full = is_full


async def test_posts_and_joins_are_refused_while_nothing_can_be_written(
    gateway: Gateway, bench: Bench
) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    full(bench)
    one.up(post(ada.place, ada.connection, "1", "lost?"))
    await turns()
    assert code(one.answers[-1]) == "storage"
    _, refused = await one.ask("bob")
    assert isinstance(refused, JoinRefused)
    assert refused.problem.code == "storage"
    assert refused.problem.retry_after, "so that the client tries again"
    full(bench, is_full=False)
    one.up(post(ada.place, ada.connection, "1", "sent again"))
    bob = await one.join("bob")
    assert bob.member == 2
    assert bench.core.journal.newest() == 3
    assert gateway.counters.storage_errors == 2


async def test_members_who_left_meanwhile_leave_when_it_can_be_written(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one = Worker(gateway, 1)
    ada, bob, eve = [await one.join(name) for name in ("ada", "bob", "eve")]
    one.up(Drop(eve.connection))
    await turns()
    full(bench)
    clock.now += GRACE
    gateway.expire()
    one.up(Leave(ada.member, ada.connection, "quit"), Drop(bob.connection))
    await turns()
    assert one.got(Answers)[-1] == Answers(6, []), "the room goes on trying"
    assert bench.states == {"ada": "active", "bob": "active", "eve": "away"}
    gateway.expire()
    assert len(one.events) == 3
    full(bench, is_full=False)
    gateway.expire()
    assert bench.states == {"bob": "away"}
    assert [event.name for event in one.events[3:]] == ["eve", "ada"]
    assert one.presence[-1] == Presence("bob", "away", 2)


# --- the report --------------------------------------------------------------------------


async def test_the_report_has_the_figures_of_room_and_workers(
    gateway: Gateway, bench: Bench, clock: Clock
) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada", client="Desktop 1")
    bob = await other.join("bob")
    one.up(post(ada.place, ada.connection, "k"), Drop(bob.connection))
    await turns()
    clock.now += 5
    loop = asyncio.get_running_loop()
    service = RoomService(loop, gateway, bench.core, started="2026", password=False)
    asking = asyncio.ensure_future(asyncio.to_thread(service.report))
    while not one.got(UsageRequest):
        await turns()
    assert one.got(UsageRequest) == [UsageRequest(1)]
    other.up(UsageReply(1, []))
    await turns()
    assert not asking.done(), "it waits for every worker"
    one.up(UsageReply(1, [ConnectionUsage(ada.connection, 12.34, 5)]))
    report: RoomReport = await asking
    lines = {line.name: line for line in report.members}
    assert (lines["ada"].idle, lines["ada"].received, lines["ada"].sent) == (12.3, 5, 1)
    assert (lines["ada"].worker, lines["ada"].address) == (1, "10.0.0.1")
    assert (lines["ada"].member, lines["ada"].client) == (1, "Desktop 1")
    assert (lines["bob"].state, lines["bob"].idle) == ("away", 5.0)
    one.up(UsageReply(1, []))  # late: it is ignored


# --- the end -----------------------------------------------------------------------------


async def test_the_end_waits_for_all_operations(gateway: Gateway, bench: Bench) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    ending = asyncio.ensure_future(gateway.emptied(5))
    await turns()
    one.up(post(ada.place, ada.connection, "k", "last words"))
    one.lost()
    await ending
    assert bench.journal.newest() == 2


async def test_members_do_not_leave_when_the_server_ends(bench: Bench) -> None:
    """However short the grace period: they come back at the next start."""
    gateway = Gateway(bench.core, 0.0)
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    gateway.hold()
    one.up(Drop(ada.connection))
    one.lost()
    await turns()
    assert gateway._timer is None
    assert [member.name for member in bench.journal.members()] == ["ada"]


async def test_nothing_is_written_once_it_is_closed(gateway: Gateway, bench: Bench) -> None:
    """A grace period may end, and a worker send operations, when the journal is closed."""
    one = Worker(gateway, 1)
    ada, bob = await one.join("ada"), await one.join("bob")
    one.up(Drop(bob.connection))
    await turns()
    grace = gateway._timer
    assert grace is not None
    newest = bench.journal.newest()
    gateway.close()
    one.up(post(ada.place, ada.connection, "k"))
    one.lost()
    await turns()
    assert grace.cancelled()
    assert bench.journal.newest() == newest
