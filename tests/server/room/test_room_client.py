"""The room as a worker reaches it: order, answers, and operations sent to a restarted room."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from server.room.interface import (
    CloseReason,
    ConnectionUsage,
    Post,
    PostResult,
    RoomUnavailableError,
)
from server.room.ipc import (
    Answers,
    EventBatch,
    Hello,
    HelloReply,
    HostsDecide,
    SomebodyTypes,
    UsageReply,
    UsageRequest,
    frame,
)
from server.room.operations import Drop, Leave
from server.room.proxies import RoomQuestions
from server.room.worker_side import questions
from server.room.worker_side.room_client import MOST_UNANSWERED, RoomClient
from tests.fakes import turns
from tests.server.room.room_line import Line, Socket
from tests.server.room.workbench import join_request


async def test_one_turn_is_one_frame_in_order(line: Line) -> None:
    line.say("1")
    line.room.leave(7, 5)
    line.say("2")
    line.room.drop(5)
    await turns()
    assert line.asked == ["Hello", "1", "Leave", "2", "Drop"]
    assert len(line.socket.frames) == 2
    assert line.socket.ups[2] == Leave(7, 5, "quit")
    assert line.socket.ups[4] == Drop(5)


async def test_events_that_have_come_are_delivered_though_the_room_dies(line: Line) -> None:
    line.say("1")
    line.say("2")
    line.down(EventBatch(1, [b"%d" % n for n in range(60)], [], []), Answers(1, []))
    assert line.worker.told == []
    line.room.connection_lost(None)
    assert [what for what, *_ in line.worker.told] == ["deliver"]
    line.connect()
    assert line.asked == ["Hello", "2"]


async def test_the_events_of_one_read_are_delivered_at_once(line: Line) -> None:
    told: list[PostResult] = []
    line.say("1", told.append)
    line.down(
        EventBatch(1, [b"1"], [("ada", b"")], []),
        EventBatch(2, [b"2", b"3"], [], []),
        Answers(1, []),
        EventBatch(4, [b"4"], [("bob", b"away"), ("cid", b"")], []),
        EventBatch(5, [b"5"], [], []),
        EventBatch(9, [b"9"], [], []),
        EventBatch(0, [], [], [(5, CloseReason.REPLACED)]),
    )
    assert line.worker.told == [
        ("deliver", 1, [b"1", b"2", b"3", b"4"]),
        ("signal", "ada", b""),
        ("signal", "bob", b"away"),
        ("signal", "cid", b""),
        ("deliver", 5, [b"5"]),
        ("deliver", 9, [b"9"]),
        ("evict", 5, CloseReason.REPLACED),
    ]
    assert told == [PostResult()]


async def test_few_of_those_who_are_typing_are_told_past_the_operations(line: Line) -> None:
    line.say("1")
    for number in range(20):
        line.room.typing(number, f"ada{number}")
    ups = [up for up in line.socket.ups if isinstance(up, SomebodyTypes)]
    assert 5 <= len(ups) < 20
    assert ups[0] == SomebodyTypes(0, b'{"type":"typing","name":"ada0","member":0}')
    assert line.room._unanswered, "no operation: the message still waits for its turn"
    line.down(SomebodyTypes(3, b"{}"))
    assert line.worker.told == [("typing", 3, b"{}")]


async def test_the_room_tells_whether_its_hosts_can_decide(line: Line) -> None:
    line.down(HostsDecide(False))
    line.down(HostsDecide(True))
    assert line.worker.told == [("majority", False), ("majority", True)]


async def test_while_the_room_is_away_nobody_is_typing(line: Line) -> None:
    line.room.connection_lost(None)
    line.room.typing(7, "ada")
    line.connect()
    assert line.asked == ["Hello"]


async def test_each_operation_gets_its_answer(line: Line) -> None:
    got: list[tuple[str, PostResult]] = []

    def answered(key: str, answer: PostResult) -> None:
        got.append((key, answer))

    for key in ("1", "2", "3"):
        line.say(key, partial(answered, key))
    await turns()
    line.down(Answers(1, []))
    assert got == [("1", PostResult())]
    line.down(Answers(3, [(2, PostResult(seq=9))]))
    assert got[1:] == [("2", PostResult(seq=9)), ("3", PostResult())]


async def test_operations_without_an_answer_are_sent_again_in_order(line: Line) -> None:
    got: list[str] = []

    def answered(key: str, _: PostResult) -> None:
        got.append(key)

    for key in ("1", "2", "3"):
        line.say(key, partial(answered, key))
    await turns()
    line.down(HelloReply(0), Answers(1, []))
    line.worker.here = [(7, join_request(connection=6))]
    line.room.connection_lost(None)
    assert not line.room.connected
    line.say("4", lambda _: got.append("4"))
    await turns()
    line.connect()
    line.say("5", lambda _: got.append("5"))
    await turns()
    assert line.asked == ["Hello", "2", "3", "4", "5"]
    assert line.socket.ups[0] == Hello(3, [(7, 6)], [5])
    line.down(HelloReply(8))
    assert line.room.connected
    assert got == ["1"]
    line.down(Answers(2, []), Answers(4, []))
    assert got == ["1", "2", "3", "4", "5"]


async def test_half_a_frame_of_the_dead_room_is_forgotten(line: Line) -> None:
    line.room.data_received(frame(HelloReply(1))[:-1])
    line.room.connection_lost(None)
    line.connect()
    line.down(HelloReply(2))
    assert line.worker.told == [("moved", 2)]


async def test_a_room_that_comes_back_with_another_journal_ends_the_worker(line: Line) -> None:
    """Its clients have events that are not in that journal; they join again elsewhere."""
    for journal, replaced in (("a", 0), ("a", 0), ("b", 1)):
        line.down(HelloReply(3, journal))
        assert line.replaced == replaced
        line.room.connection_lost(None)
        line.connect()


async def test_events_are_delivered_before_presence(line: Line) -> None:
    line.down(
        EventBatch(4, [b"4", b"5"], [("ada", b"away")], []),
        EventBatch(0, [], [("bob", b"active")], []),
    )
    line.down(EventBatch(0, [], [], [(5, CloseReason.REPLACED)]), HelloReply(5))
    assert line.worker.told == [
        ("deliver", 4, [b"4", b"5"]),
        ("signal", "ada", b"away"),
        ("signal", "bob", b"active"),
        ("evict", 5, CloseReason.REPLACED),
        ("moved", 5),
    ]


async def test_a_leave_is_done_when_it_is_answered(line: Line) -> None:
    done: list[bool] = []
    line.room.leave(7, 5, done=lambda: done.append(True))
    await turns()
    assert done == []
    line.down(Answers(1, []))
    assert done == [True]


async def test_messages_without_an_id_have_numbers_of_their_own(line: Line) -> None:
    for key in ("", "k", ""):
        line.say(key)
    await turns()
    first, with_id, second = (up for up in line.socket.ups if isinstance(up, Post))
    assert with_id.number == 0
    assert 0 < first.number < second.number < 2**63
    line.room.connection_lost(None)
    line.connect()
    assert line.socket.ups[1:] == [first, with_id, second], "the same ones when sent again"


async def test_figures_are_given_when_asked_for(line: Line) -> None:
    line.down(UsageRequest(9))
    assert line.socket.ups[-1] == UsageReply(9, [ConnectionUsage(5, 1.5, 7)])


async def test_a_session_that_posts_much_waits(line: Line) -> None:
    for number in range(MOST_UNANSWERED):
        line.say(f"{number}")
    waiting = asyncio.ensure_future(line.room.ready())
    await turns()
    assert not waiting.done()
    line.down(Answers(1, []))
    await waiting


async def test_the_end_waits_for_answers(line: Line) -> None:
    await line.room.settle(5)
    line.say("1")
    settling = asyncio.ensure_future(line.room.settle(5))
    await turns()
    assert not settling.done()
    line.down(Answers(1, []))
    await settling


async def test_a_room_that_does_not_answer_is_unavailable(line: Line) -> None:
    line.down(HelloReply(0))
    for question in (
        line.room.report(),
        line.room.stats(),
        line.room.overview(),
        line.room.member_of("t"),
        line.room.events_after(0, 1),
        line.room.page_before(1, 1),
        line.room.page_from(1, 1),
        line.room.event(1),
        line.room.file("f"),
    ):
        with pytest.raises(RoomUnavailableError):
            await question


async def test_a_room_that_does_not_come_back_is_unavailable(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "CONTACT_WITHIN", 0.01)
    with pytest.raises(RoomUnavailableError):
        await line.room.report()


@pytest.mark.parametrize(
    "problem",
    [
        sqlite3.OperationalError("disk I/O error"),
        TimeoutError(),
        ConnectionResetError(),
        EOFError(),
    ],
)
async def test_a_room_that_fails_is_unavailable(line: Line, problem: Exception) -> None:
    """A proxied call raises here what it raised in the room process, and a session must answer
    it."""

    class Failing:
        def stats(self) -> None:
            raise problem

    line.down(HelloReply(0))
    failing: Any = Failing()
    questions: RoomQuestions = failing
    line.room._questions = questions
    with pytest.raises(RoomUnavailableError):
        await line.room.stats()


async def test_short_contacts_are_tried_again_after_waits_that_grow(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """So is a room process without descriptors: it takes connections and closes them."""
    loop = asyncio.get_running_loop()
    waits: list[float] = []

    async def contact(protocol: Callable[[], RoomClient], address: str) -> None:
        client = protocol()
        client.connection_made(Socket())
        client.connection_lost(None)

    async def sleep(delay: float) -> None:
        waits.append(delay)
        if len(waits) == 9:
            raise asyncio.CancelledError

    monkeypatch.setattr(loop, "create_unix_connection", contact)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await line.room.stay_connected()
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]
    assert caplog.messages == ["room process lost action=reconnect"]
