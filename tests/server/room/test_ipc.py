"""Frames between workers and the room process, however the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room.interface import (
    Answer,
    CloseReason,
    ConnectionUsage,
    JoinAccepted,
    JoinRefused,
    Post,
    PostResult,
    StoredFile,
)
from server.room.ipc import (
    Answers,
    Down,
    EventBatch,
    Frames,
    Hello,
    HelloReply,
    SomebodyTypes,
    Up,
    UsageReply,
    UsageRequest,
    decode_down,
    decode_up,
    frame,
)
from server.room.operations import Drop, Leave
from shared.messages import File
from shared.problems import problem
from tests.server.room.workbench import attempt, join_request

FILE = StoredFile(
    File("id", "a.txt", 3, "00", 1, "abc", "/files/id/a.txt"), "a (2).txt", "utf-8"
)
POST = Post(member=1, connection=2**63 - 1, key="k", tail=b'"name":"a"}', stored=FILE)

ACCEPTED = JoinAccepted(
    member=1,
    name="ada",
    token="",
    seq=3,
    start=0,
    reset=False,
    journal="j",
    max_users=3,
    members=memoryview(b"["),
)

UPS: list[list[Up]] = [
    [],
    [POST, Leave(1, 2, "quit"), Drop(3)],
    [Hello(4, [(1, 2**63 - 1), (2, 5)], [6]), attempt(join_request(password="p"))],
    [attempt(join_request(token="t", after=0, after_at="x", client="c", journal="j"))],
    [UsageReply(1, [ConnectionUsage(2**63 - 1, 0.5, 7)])],
    [SomebodyTypes(2**63 - 1, b"{}")],
]
DOWNS: list[Down] = [
    EventBatch(1, [b"{}", b""], [("ada", b"{}")], [(2**63 - 1, CloseReason.REPLACED)]),
    EventBatch(0, [], [], []),
    Answers(
        9, [(8, PostResult(seq=3)), (9, PostResult(problem=problem("storage", "journal")))]
    ),
    Answers(2, [(1, ACCEPTED), (2, JoinRefused(problem("bad_name", "empty")))]),
    UsageRequest(5),
    HelloReply(0),
]


@pytest.mark.parametrize("ups", UPS)
def test_up(ups: list[Up]) -> None:
    assert decode_up(frame(ups)[4:]) == ups


@pytest.mark.parametrize("down", DOWNS)
def test_down(down: Down) -> None:
    assert decode_down(frame(down)[4:]) == down


def test_joins_share_the_beginning_of_their_members() -> None:
    one, other = memoryview(b"[1,2,3"), memoryview(b"[1,2")
    lists = [one[:1], one[:2], one[:4], one, one[:2], other[:2], other, other]
    special = [(n, replace(ACCEPTED, members=members)) for n, members in enumerate(lists, 1)]
    answers = Answers(11, [*special, (9, PostResult(seq=3)), (10, ACCEPTED)])
    packed = answers.packed()
    assert [one.members for _, one in packed.special if isinstance(one, JoinAccepted)] == [
        b"[", b"1", b",2", b",3", b"[1", b"[1", b",2", b"", b"[",
    ]  # fmt: skip
    sent = decode_down(frame(packed)[4:])
    assert isinstance(sent, Answers)
    whole = sent.unpacked()
    assert whole == answers
    shared = [one.members.obj for _, one in whole.special[:4] if isinstance(one, JoinAccepted)]
    assert all(memory is shared[0] for memory in shared)


def test_joins_share_their_pins() -> None:
    one, other = b"[1,2]", b"[1]"
    special: list[tuple[int, Answer]] = [
        (number, replace(ACCEPTED, pins=pins)) for number, pins in enumerate([one, one, other])
    ]
    packed = Answers(3, special).packed()
    assert [one.pins for _, one in packed.special if isinstance(one, JoinAccepted)] == [
        one, b"", other,
    ]  # fmt: skip
    sent = decode_down(frame(packed)[4:])
    assert isinstance(sent, Answers)
    assert sent.unpacked() == Answers(3, special)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 1000])
def test_frames_are_whole_however_they_come(size: int) -> None:
    whole = [frame(one) for one in DOWNS]
    got: list[bytes | bytearray] = []
    frames = Frames(got.append)
    for piece in cut(b"".join(whole), size):
        frames.feed(piece)
    assert [decode_down(one) for one in got] == DOWNS


def test_a_partial_frame_waits() -> None:
    got: list[bytes | bytearray] = []
    frames = Frames(got.append)
    data = frame(HelloReply(1)) + frame(HelloReply(2))
    frames.feed(data[:-1])
    assert [decode_down(one) for one in got] == [HelloReply(1)]
    frames.feed(data[-1:])
    assert [decode_down(one) for one in got] == [HelloReply(1), HelloReply(2)]


@given(st.lists(st.binary(max_size=40), max_size=8), st.lists(st.integers(0, 400), max_size=12))
def test_any_bodies_cut_anywhere(bodies: list[bytes], cuts: list[int]) -> None:
    data = b"".join(len(one).to_bytes(4, "big") + one for one in bodies)
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    got: list[bytes | bytearray] = []
    frames = Frames(got.append)
    for start, stop in pairwise(edges):
        frames.feed(data[start:stop])
    assert got == bodies
