"""The room as a worker reaches it: order, answers, and asking again when it was restarted."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.processes.run_directory import RunInfo
from server.room.interface import (
    ConnectionUsage,
    JoinRequest,
    Post,
    PostResult,
    RoomUnavailableError,
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
    decode_up,
    frame,
)
from server.room.room_side.manager import Desk
from server.room.worker_side import room_client
from server.room.worker_side.room_client import MOST_UNANSWERED, LocalRoom
from server.settings import Settings
from tests.fakes import place, turns
from tests.server.room.workbench import post, wish


class Worker:
    """The room's audience: what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.here: list[tuple[int, JoinRequest]] = []

    def deliver(self, first: int, bodies: Sequence[bytes]) -> None:
        self.told.append(("deliver", first, list(bodies)))

    def signal(self, name: str, body: bytes) -> None:
        self.told.append(("signal", name, body))

    def evict(self, connection: int, code: int) -> None:
        self.told.append(("evict", connection, code))

    def moved(self, head: int) -> None:
        self.told.append(("moved", head))

    def usage(self) -> list[ConnectionUsage]:
        return [ConnectionUsage(5, 1.5, 7)]

    def registered(self) -> list[tuple[int, JoinRequest]]:
        return self.here


class Socket(asyncio.Transport):
    """The hub's end: what it was sent, as operations."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[list[Up]] = []
        self._whole = Frames(lambda body: self.frames.append(decode_up(body)))

    def write(self, data: Any) -> None:
        self._whole.feed(data)

    def close(self) -> None:
        pass

    @property
    def ups(self) -> list[Up]:
        return [up for one in self.frames for up in one]


class Line:
    """A room, and the hub it is connected to."""

    def __init__(self, folder: Path) -> None:
        self.worker = Worker()
        info = RunInfo(folder=str(folder), authkey=b"")
        self.room = LocalRoom(Settings(data_dir=folder), info, 3, self.worker)
        self.connect()

    def connect(self) -> None:
        self.socket = Socket()
        self.room.connection_made(self.socket)

    def down(self, *messages: Down) -> None:
        self.room.data_received(b"".join(map(frame, messages)))

    def say(self, key: str, answer: Callable[[PostResult], None] | None = None) -> None:
        self.room.post(post(place(), 5, key), answer)

    @property
    def asked(self) -> list[str]:
        """The operations that went up, in short."""
        return [up.key if isinstance(up, Post) else type(up).__name__ for up in self.socket.ups]


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


@pytest.fixture(autouse=True)
def _close(line: Line) -> Iterator[None]:
    with closing(line.room):
        yield


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


async def test_what_has_come_is_delivered_though_the_room_dies(line: Line) -> None:
    line.say("1")
    line.say("2")
    line.down(Feed(1, [b"%d" % n for n in range(60)], []), Answers(1, []))
    assert line.worker.told == []
    line.room.connection_lost(None)
    assert [what for what, *_ in line.worker.told] == ["deliver"]
    line.connect()
    assert line.asked == ["Hello", "2"]


async def test_what_one_read_brings_is_delivered_at_once(line: Line) -> None:
    told: list[PostResult] = []
    line.say("1", told.append)
    line.down(
        Feed(1, [b"1"], [("ada", b"")]),
        Feed(2, [b"2", b"3"], []),
        Answers(1, []),
        Feed(4, [b"4"], [("bob", b"away"), ("cid", b"")]),
        Feed(5, [b"5"], []),
        Feed(9, [b"9"], []),
        Evict(5, 4001),
    )
    assert line.worker.told == [
        ("deliver", 1, [b"1", b"2", b"3", b"4"]),
        ("signal", "ada", b""),
        ("signal", "bob", b"away"),
        ("signal", "cid", b""),
        ("deliver", 5, [b"5"]),
        ("deliver", 9, [b"9"]),
        ("evict", 5, 4001),
    ]
    assert told == [PostResult()]


async def test_answers_find_those_who_asked(line: Line) -> None:
    got: list[tuple[str, PostResult]] = []
    for key in ("1", "2", "3"):
        line.say(key, lambda answer, key=key: got.append((key, answer)))
    await turns()
    line.down(Answers(1, []))
    assert got == [("1", PostResult())]
    line.down(Answers(3, [(2, PostResult(seq=9))]))
    assert got[1:] == [("2", PostResult(seq=9)), ("3", PostResult())]


async def test_what_was_not_answered_is_asked_again_in_order(line: Line) -> None:
    got: list[str] = []
    for key in ("1", "2", "3"):
        line.say(key, lambda _, key=key: got.append(key))
    await turns()
    line.down(Here(0), Answers(1, []))
    line.worker.here = [(7, wish(connection=5))]
    line.room.connection_lost(None)
    assert not line.room.connected
    line.say("4", lambda _: got.append("4"))
    await turns()
    line.connect()
    line.say("5", lambda _: got.append("5"))
    await turns()
    assert line.asked == ["Hello", "2", "3", "4", "5"]
    assert line.socket.ups[0] == Hello(3, line.worker.here)
    line.down(Here(8))
    assert line.room.connected
    assert got == ["1"]
    line.down(Answers(2, []), Answers(4, []))
    assert got == ["1", "2", "3", "4", "5"]


async def test_half_a_frame_of_the_dead_room_is_forgotten(line: Line) -> None:
    line.room.data_received(frame(Here(1))[:-1])
    line.room.connection_lost(None)
    line.connect()
    line.down(Here(2))
    assert line.worker.told == [("moved", 2)]


async def test_the_feed_is_passed_on_events_before_presence(line: Line) -> None:
    line.down(Feed(4, [b"4", b"5"], [("ada", b"away")]), Feed(0, [], [("bob", b"active")]))
    line.down(Evict(5, 4001), Here(5))
    assert line.worker.told == [
        ("deliver", 4, [b"4", b"5"]),
        ("signal", "ada", b"away"),
        ("signal", "bob", b"active"),
        ("evict", 5, 4001),
        ("moved", 5),
    ]


async def test_figures_are_given_when_asked_for(line: Line) -> None:
    line.down(Poll(9))
    assert line.socket.ups[-1] == Tally(9, [ConnectionUsage(5, 1.5, 7)])


async def test_whoever_posts_much_waits(line: Line) -> None:
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
    line.down(Here(0))
    for question in (
        line.room.join(wish()),
        line.room.report(),
        line.room.stats(),
        line.room.member_of("t"),
        line.room.events_after(0, 1),
        line.room.events_before(1, 1),
        line.room.event(1),
        line.room.file("f"),
    ):
        with pytest.raises(RoomUnavailableError):
            await question


async def test_a_room_that_is_away_too_long_is_unavailable(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_client, "ANSWER_WITHIN", 0.01)
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
    """What a proxied call raises in the room process is raised here, whatever it is: a
    session must answer it, not die of it."""

    class Failing:
        def stats(self) -> None:
            raise problem

    line.down(Here(0))
    failing: Any = Failing()
    desk: Desk = failing
    line.room._desk = desk
    with pytest.raises(RoomUnavailableError):
        await line.room.stats()
