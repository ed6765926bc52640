"""The workers' sockets: entries and answers, workers that come and go."""

import time

from msgspec.structs import replace

from server.room.interface import (
    CloseReason,
    PostResult,
    UploadRequest,
)
from server.room.ipc import (
    Answers,
    EventBatch,
    HeldUploads,
    HelloReply,
    SomebodyTypes,
    UploadsEnded,
)
from server.room.operations import Drop, Leave
from server.room.room_side.admission import Admission
from server.room.room_side.asked import MOST_JOINS
from server.room.room_side.gateway import Gateway
from server.room.room_side.worker_connection import MOST_UNREAD
from server.settings import Settings
from shared.messages import Presence
from tests.fakes import turns
from tests.server.room.conftest import OpenBench
from tests.server.room.gateway_worker import GRACE, Worker
from tests.server.room.workbench import Bench, attempt, code, join_request, post

# --- who is typing -----------------------------------------------------------------------


async def test_that_one_is_typing_is_passed_on_at_once_and_past_the_log(
    gateway: Gateway,
) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada")
    batches = gateway.counters.batches
    one.up(SomebodyTypes(ada.member, b"{}"), SomebodyTypes(999, b"{}"))
    for worker in (one, other):
        assert worker.got(SomebodyTypes) == [SomebodyTypes(ada.member, b"{}")]
    one.up(post(ada.place, ada.connection, "1"))
    await turns()
    assert one.got(Answers)[-1].done == 2, "it is no operation"
    assert gateway.counters.batches == batches + 1


async def test_of_many_who_are_typing_few_are_passed_on(gateway: Gateway) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    one.up(*[SomebodyTypes(ada.member, b"{}") for _ in range(100)])
    assert 5 <= len(one.got(SomebodyTypes)) < 10


async def test_who_is_muted_is_not_typing(gateway: Gateway, bench: Bench) -> None:
    one = Worker(gateway, 1)
    ada = await one.join("ada")
    member = bench.core.roster.by_id(ada.member)
    assert member is not None
    member.muted = "2999-01-01T00:00:00.000Z"
    one.up(SomebodyTypes(ada.member, b"{}"))
    assert one.got(SomebodyTypes) == []
    member.muted = "2000-01-01T00:00:00.000Z"
    one.up(SomebodyTypes(ada.member, b"{}"))
    assert len(one.got(SomebodyTypes)) == 1


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


async def test_many_joins_are_done_in_their_order_a_few_in_a_turn(
    open_bench: OpenBench,
) -> None:
    gateway = Gateway(open_bench(max_users=3 * MOST_JOINS).core, GRACE)
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada = await one.join("ada")
    names = [f"m{number}" for number in range(2 * MOST_JOINS)]
    one.up(
        *(attempt(join_request(name)) for name in names), post(ada.place, ada.connection, "k")
    )
    other.up(attempt(join_request("last", worker=2)))
    await turns()
    assert [event.name for event in one.events] == ["ada", *names, "ada", "last"]
    assert [answer.name for answer in one.answers[1:]] == names
    assert [answer.name for answer in other.answers] == ["last"]
    assert one.got(Answers)[-1].done == 2 + len(names)


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
    gateway = Gateway(
        bench.core, GRACE, Admission(bench.core, Settings(password="secret"), time.monotonic())
    )
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
    assert again.got(HelloReply) == [HelloReply(1, gateway._core.journal.id)]


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
    new = replace(place, rested=0.0)  # what the session before used is not known any more
    assert [replace(one, token="") for one in again.answers] == [new]
    assert [event.seq for event in again.events] == [2, 3]
    assert again.got(Answers) == [Answers(3, [(1, new)])]


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
    assert back.presence[-1] == Presence("bob", "away", 2)
    for room in (gateway, anew):
        room.close()


# --- uploads -----------------------------------------------------------------------------


async def test_the_uploads_of_a_member_that_leaves_are_ended(gateway: Gateway) -> None:
    one, other = Worker(gateway, 1), Worker(gateway, 2)
    ada, bob = await one.join("ada"), await other.join("bob")
    other.up(HeldUploads([UploadRequest(5, ada.member, 10, "")]))
    one.up(HeldUploads([UploadRequest(6, bob.member, 10, "")]))
    one.up(Leave(ada.member, ada.connection, "quit"))
    await turns()
    assert other.got(UploadsEnded) == [UploadsEnded([5])]
    assert one.got(UploadsEnded) == []


async def test_an_upload_of_a_member_that_left_meanwhile_is_ended(gateway: Gateway) -> None:
    """The room process was away while the upload began or the member left."""
    one = Worker(gateway, 1)
    one.up(HeldUploads([UploadRequest(5, 999, 10, "")]))
    assert one.got(UploadsEnded) == [UploadsEnded([5])]
