"""The gateway at a log that takes its time, and at the entries of other hosts."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from server.room import events
from server.room.hosts import Source
from server.room.interface import CloseReason, JoinRefused, Post, PostResult
from server.room.ipc import Answers, EventBatch, HostsDecide, RoomHosts
from server.room.log import Applies
from server.room.operations import (
    Drop,
    HostBack,
    HostLost,
    Join,
    Leave,
    Operation,
    Register,
)
from server.room.room_side import gateway as gateway_module
from server.room.room_side.admission import Admission
from server.room.room_side.gateway import Gateway
from server.room.room_side.pace import MANY
from server.room.storage.errors import OvertakenError
from server.settings import Settings
from shared import limits, messages
from shared.problems import CANNOT_JOIN, NO_MAJORITY
from tests.fakes import Clock, turns
from tests.server.room.gateway_worker import GRACE, Joined, Worker
from tests.server.room.hosts_bench import HostsBench
from tests.server.room.workbench import attempt, join_operation, join_request, post
from tests.support.waiting import until

AT = "2027-01-15T08:00:00.000Z"


class SlowLog:
    """A log of several hosts that carries out a batch when the test says so.

    Attributes:
        ready: as in `Log`.
        batches: all that were appended.
    """

    most_bytes = 8192

    def __init__(self, apply: Applies) -> None:
        self.ready = True
        self.batches: list[list[Operation]] = []
        self.gateway: Gateway | None = None
        self._apply = apply
        self._position = 1
        self._number = 1
        self._others = 0
        self.patient = True

    def append(self, operations: Sequence[Operation]) -> None:
        assert self.ready, "one batch is on its way at a time"
        self.ready = False
        self.batches.append(list(operations))
        if not self.patient:
            self.come_back()

    def come_back(self) -> None:
        """Carry out the batch that is on its way."""
        assert not self.ready
        self._number += 1
        self._position += 1
        source = Source("a", 1, self._number)
        self._apply(self._position, AT, self.batches[-1], source)
        self.ready = True
        assert self.gateway is not None
        self.gateway.resume()

    def other(self, *operations: Operation, host: str = "b", number: int = 0) -> bool:
        """Carry out a batch of another host."""
        self._others = number or self._others + 1
        self._position += 1
        source = Source(host, 1, self._others)
        return self._apply(self._position, AT, list(operations), source, own=False)


class Room:
    """A gateway of host `a` at a `SlowLog`, with a worker and a member."""

    def __init__(self, bench: HostsBench) -> None:
        self.bench = bench
        self.core = bench.core
        made: list[SlowLog] = []

        def make_log(apply: Applies) -> SlowLog:
            made.append(SlowLog(apply))
            return made[0]

        clock = self.clock = Clock()
        admission = Admission(
            bench.core, Settings(max_users=limits.MAX_USERS, host_name="a"), clock()
        )
        self.gateway = Gateway(
            bench.core, GRACE, admission, now=clock, make_log=make_log, host="a"
        )
        self.log = made[0]
        self.log.gateway = self.gateway
        self.log.patient = False
        self.worker = Worker(self.gateway, 1)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.core.roster.members()]

    @property
    def active(self) -> list[str]:
        return [one.name for one in self.core.roster.members() if one.connection is not None]

    async def wait(self) -> "Room":
        """Let what waits go to the log; from now on it takes its time."""
        await turns()
        self.log.patient = True
        self.log.batches.clear()
        return self

    async def settle(self) -> None:
        """Carry out all that waits."""
        await turns()
        while not self.log.ready:
            self.log.come_back()
            await turns()


@pytest.fixture
async def at_log(room: HostsBench) -> Room:
    return Room(room)


@pytest.fixture
async def ada(at_log: Room) -> Joined:
    joined = await at_log.worker.join("ada")
    await at_log.wait()
    return joined


def says(who: Joined, key: str, text: str = "hello") -> Post:
    return post(who.place, who.connection, key, text)


def keys(batch: Sequence[Operation]) -> list[str]:
    return [one.key for one in batch if isinstance(one, Post)]


# --- what waits for the log --------------------------------------------------------------


async def test_what_comes_while_a_batch_is_on_its_way_makes_up_the_next(
    at_log: Room, ada: Joined
) -> None:
    log = at_log.log
    for number in range(5):
        at_log.worker.up(says(ada, f"{number}"))
        await turns()
    assert [keys(batch) for batch in log.batches] == [["0"]]
    assert at_log.worker.got(Answers)[-1].done == 1, "nobody is told before it is so"
    log.come_back()
    await turns()
    assert [keys(batch) for batch in log.batches] == [["0"], ["1", "2", "3", "4"]]
    log.come_back()
    assert at_log.worker.got(Answers)[-1].done == 6
    assert [event.seq for event in at_log.worker.events] == list(range(1, 7))


async def test_under_load_a_batch_waits_for_what_members_answer(
    at_log: Room, ada: Joined
) -> None:
    log = at_log.log
    texts = iter(range(100))

    async def say(count: int) -> None:
        at_log.worker.up(*[says(ada, f"{next(texts)}") for _ in range(count)])
        await turns()

    await say(MANY)
    await say(2)
    at_log.clock.now += 60
    log.come_back()
    await turns()
    await say(MANY - 1)
    assert [len(batch) for batch in log.batches] == [MANY]
    await say(1)
    assert [len(batch) for batch in log.batches] == [MANY, MANY + 2]
    log.come_back()
    await say(1)
    at_log.worker.lost()
    assert len(log.batches) == 3, "what comes before the end of a worker waits for nothing"


async def test_a_log_that_is_not_ready_gets_nothing(at_log: Room, ada: Joined) -> None:
    at_log.log.ready = False
    other = Worker(at_log.gateway, 2)
    at_log.worker.up(says(ada, "1"))
    other.lost()
    at_log.gateway.expire()
    await turns()
    assert at_log.log.batches == []
    at_log.log.ready = True
    at_log.gateway.resume()
    await turns()
    assert [type(one) for one in at_log.log.batches[0]] == [Register, Post]


async def test_batches_are_cut_where_they_would_be_too_large(at_log: Room, ada: Joined) -> None:
    at_log.log.ready = False
    texts = ["x" * 3000, "y" * 3000, "z" * 3000, "long" * 5000, "short", "short"]
    at_log.worker.up(*[says(ada, f"{key}", text) for key, text in enumerate(texts)])
    at_log.log.ready = True
    at_log.gateway.resume()
    await at_log.settle()
    batches = [keys(batch) for batch in at_log.log.batches]
    assert batches == [["0", "1"], ["2"], ["3"], ["4", "5"]]
    assert len(at_log.worker.events) == 7
    assert at_log.worker.got(Answers)[-1].done == 7


async def test_a_join_counts_with_all_that_its_client_sent(at_log: Room, ada: Joined) -> None:
    """Else some of them would make an entry that no stream takes."""
    at_log.log.ready = False
    for name in ("bob", "eve"):
        at_log.worker.up(attempt(join_request(name, journal="j" * 6000)))
    at_log.log.ready = True
    at_log.gateway.resume()
    await at_log.settle()
    assert [len(batch) for batch in at_log.log.batches] == [1, 1]
    assert at_log.names == ["ada", "bob", "eve"]


async def test_what_is_tried_again_is_cut_too(
    at_log: Room, ada: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "MOST_RETRIES", 2)
    at_log.log.ready = False
    at_log.worker.up(*[Drop(number) for number in range(5)])
    at_log.gateway.give_up()
    at_log.log.ready = True
    at_log.gateway.resume()
    await at_log.settle()
    assert at_log.log.batches == [[Drop(0), Drop(1)], [Drop(2), Drop(3)], [Drop(4)]]


# --- without a majority ------------------------------------------------------------------


async def test_what_waits_too_long_is_refused_and_what_must_be_is_kept(
    at_log: Room, ada: Joined
) -> None:
    at_log.worker.up(says(ada, "1"))
    await turns()
    at_log.worker.up(says(ada, "2"), attempt(join_request("bob")), Drop(7), Leave(9, 9, "quit"))
    at_log.gateway.propose(HostBack("a", 1))
    at_log.gateway.give_up()
    assert at_log.worker.got(Answers)[-1] == Answers(
        6,
        [
            (2, PostResult(problem=NO_MAJORITY)),
            (3, PostResult(problem=NO_MAJORITY)),
            (4, JoinRefused(CANNOT_JOIN)),
        ],
    )
    at_log.worker.up(says(ada, "3"))
    at_log.gateway.give_up()
    assert at_log.worker.answers[-1] == PostResult(problem=NO_MAJORITY)
    await at_log.settle()
    assert at_log.log.batches[1:] == [[Drop(7), Leave(9, 9, "quit"), HostBack("a", 1)]]
    assert [type(event) for event in at_log.worker.events] == [messages.Joined, messages.Said]
    assert at_log.worker.got(Answers)[-1].done == 7, "the late entry answers nobody again"


async def test_a_message_that_was_refused_and_is_sent_again_is_said_once(
    at_log: Room, ada: Joined
) -> None:
    at_log.worker.up(says(ada, "1"))
    await turns()
    at_log.gateway.give_up()
    at_log.worker.up(says(ada, "1"))
    await at_log.settle()
    assert len(at_log.worker.events) == 2
    assert at_log.worker.answers[-1] == PostResult(seq=2)


async def test_joins_that_were_refused_are_undone_when_they_are_carried_out(
    at_log: Room, ada: Joined
) -> None:
    bob = join_request("bob")
    again = join_request("ada", token=ada.token)
    at_log.worker.up(attempt(bob), attempt(again))
    await turns()
    at_log.gateway.give_up()
    assert [type(answer) for answer in at_log.worker.answers[-2:]] == [JoinRefused] * 2
    await at_log.settle()
    assert at_log.names == ["ada"]
    assert at_log.active == []
    assert at_log.log.batches[1:] == [
        [Leave(2, bob.connection, "lost"), Drop(again.connection)]
    ]
    at_log.worker.up(attempt(join_request("bob")))
    await at_log.settle()
    assert at_log.names == ["ada", "bob"], "only those that were refused"


async def test_nothing_waits_nothing_is_answered(at_log: Room, ada: Joined) -> None:
    before = len(at_log.worker.pipe.got)
    at_log.gateway.give_up()
    assert len(at_log.worker.pipe.got) == before
    at_log.worker.up(attempt(join_request("bob")))
    await at_log.settle()
    assert at_log.names == ["ada", "bob"]


async def test_workers_are_told_of_it_also_later_ones(at_log: Room) -> None:
    assert at_log.worker.got(HostsDecide) == []
    at_log.gateway.workers.show_majority(has=False)
    assert at_log.gateway.others.undecided
    other = Worker(at_log.gateway, 2)
    assert at_log.worker.got(HostsDecide) == other.got(HostsDecide) == [HostsDecide(False)]
    at_log.gateway.workers.show_majority(has=True)
    assert other.got(HostsDecide)[-1] == HostsDecide(True)
    assert not at_log.gateway.others.undecided


async def test_workers_know_all_hosts_also_later_ones(at_log: Room) -> None:
    hosts = RoomHosts(("https://a:18000", "https://b:18000"), ("https://a:18000",))
    at_log.gateway.workers.show_hosts(hosts)
    other = Worker(at_log.gateway, 2)
    assert at_log.worker.got(RoomHosts) == other.got(RoomHosts) == [hosts]


# --- entries of others -------------------------------------------------------------------


async def test_entries_of_others_bring_events_and_no_answers(at_log: Room, ada: Joined) -> None:
    at_log.worker.up(says(ada, "1"))
    await turns()
    answers = len(at_log.worker.got(Answers))
    bob = join_operation(join_request("bob"))
    at_log.log.other(bob, Drop(99))
    at_log.log.other(Post(member=2, connection=0, key="k", tail=events.said("bob", "hi", "k")))
    assert [event.name for event in at_log.worker.events] == ["ada", "bob", "bob"]
    assert len(at_log.worker.got(Answers)) == answers
    at_log.log.come_back()
    assert at_log.worker.got(Answers)[-1] == Answers(2, [])
    assert [event.seq for event in at_log.worker.events] == [1, 2, 3, 4]


async def test_the_connection_of_who_resumed_elsewhere_is_closed_here(
    at_log: Room, ada: Joined
) -> None:
    elsewhere = join_operation(join_request("ada", token=ada.token))
    at_log.log.other(replace(elsewhere, instead=ada.connection))
    assert at_log.worker.evictions == [(ada.connection, CloseReason.REPLACED)]


async def test_a_repeated_entry_of_another_host_does_nothing(at_log: Room, ada: Joined) -> None:
    join = join_operation(join_request("bob"))
    assert at_log.log.other(join, number=5)
    before = len(at_log.worker.pipe.got)
    assert not at_log.log.other(join, number=5)
    assert len(at_log.worker.pipe.got) == before


async def test_it_is_told_which_hosts_were_lost(at_log: Room, ada: Joined) -> None:
    lost: list[Sequence[str]] = []
    at_log.gateway.others.lost = lost.append
    at_log.log.other(HostLost("a", 1))
    assert (lost, at_log.active) == ([["a"]], [])
    at_log.gateway.propose(HostBack("a", 1))
    await at_log.settle()
    assert at_log.active == ["ada"]


async def test_a_room_process_that_was_followed_by_another_ends(
    at_log: Room, ada: Joined
) -> None:
    """Its entries are carried out nowhere: nobody must be told that they were."""
    at_log.worker.up(says(ada, "1"))
    await turns()
    answers = len(at_log.worker.got(Answers))
    at_log.core.apply(50, AT, [Drop(99)], Source("a", 2, 1))
    with pytest.raises(OvertakenError, match="another room process"):
        at_log.log.come_back()
    assert len(at_log.worker.got(Answers)) == answers


# --- workers that come and go ------------------------------------------------------------


async def test_a_join_of_a_worker_that_ended_meanwhile_leaves_no_connection(
    at_log: Room, ada: Joined
) -> None:
    other = Worker(at_log.gateway, 2)
    await at_log.settle()
    at_log.log.batches.clear()
    other.up(attempt(join_request("bob", worker=2)))
    await turns()
    other.up(attempt(join_request("eve", worker=2)))
    assert isinstance(at_log.log.batches[0][0], Join)
    other.lost()
    await at_log.settle()
    assert at_log.names == ["ada", "bob", "eve"]
    assert at_log.active == ["ada"]


async def test_a_worker_that_makes_contact_again_registers_behind_what_waits(
    at_log: Room, ada: Joined
) -> None:
    at_log.worker.up(says(ada, "1"))
    await turns()
    at_log.worker.up(says(ada, "2"))
    again = Worker(at_log.gateway, 1, [(ada.member, ada.connection)])
    again.up(says(ada, "1"), says(ada, "2"), says(ada, "3"))
    await at_log.settle()
    assert at_log.active == ["ada"]
    assert [event.seq for event in again.events][-1] == 4, "each was said once"
    assert again.got(Answers)[-1].done == 3


async def test_only_workers_of_this_host_are_missed(at_log: Room, ada: Joined) -> None:
    at_log.log.other(join_operation(join_request("bob", worker=5)))
    member = at_log.core.roster.by_id(2)
    assert member is not None
    member.host = "b"
    at_log.gateway.drop_unregistered()
    await at_log.settle()
    assert at_log.active == ["ada", "bob"]


# --- the end -----------------------------------------------------------------------------


async def test_the_end_waits_until_all_is_carried_out(at_log: Room, ada: Joined) -> None:
    at_log.worker.up(says(ada, "1"))
    await turns()
    at_log.worker.up(says(ada, "2"))
    at_log.worker.lost()
    ending = asyncio.create_task(at_log.gateway.emptied(30))
    for _ in range(2):
        await turns()
        assert not ending.done()
        at_log.log.come_back()
        await turns()
    await until(lambda: not at_log.log.ready or ending.done())
    if not at_log.log.ready:  # the drop of its connection
        at_log.log.come_back()
    await ending
    assert at_log.bench.journal.newest() == 3
    assert at_log.active == []


async def test_the_end_does_not_wait_for_ever(at_log: Room, ada: Joined) -> None:
    at_log.worker.up(says(ada, "1"))
    await turns()
    at_log.worker.lost()
    await asyncio.wait_for(at_log.gateway.emptied(0.05), 5)
    assert not at_log.log.ready


async def test_events_of_one_entry_are_one_write(at_log: Room, ada: Joined) -> None:
    writes = at_log.worker.pipe.writes
    at_log.worker.up(says(ada, "1"), says(ada, "2"))
    await at_log.settle()
    assert at_log.worker.pipe.writes == writes + 1
    assert len(at_log.worker.got(EventBatch)[-1].bodies) == 2
