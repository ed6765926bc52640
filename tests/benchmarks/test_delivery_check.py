"""A member that did not get everything once and in order makes the figure void."""

import random
from collections.abc import Callable

import pytest

from benchmarks import stamps
from benchmarks.delivery_check import Tape, Void, deliveries

SPEAKERS = 3
EACH = 20
MEMBERS = 4

type Stream = list[bytes]


def frame(text: bytes) -> bytes:
    """Something around each message, as a protocol puts it there."""
    return b"<%b>\n" % text


def conversation() -> Stream:
    """Three speakers, each with a pace of their own; always the same."""
    left = [0] * SPEAKERS
    order = [speaker for speaker in range(SPEAKERS) for _ in range(EACH)]
    random.Random(7).shuffle(order)
    said = []
    for speaker in order:
        said.append(frame(stamps.text(speaker, left[speaker])))
        left[speaker] += 1
    return said


def listen(streams: list[Stream], piece: int = 1000) -> Tape:
    """All members receive their streams in turns, in pieces; then everything is checked."""
    tape = Tape([0] * SPEAKERS)
    places = [tape.member() for _ in streams]
    whole = [b"".join(stream) for stream in streams]
    for start in range(0, max(map(len, whole)), piece):
        for place, data in zip(places, whole, strict=True):
            if part := data[start : start + piece]:
                place.take(memoryview(part))
    tape.check([EACH] * SPEAKERS)
    return tape


@pytest.mark.parametrize("piece", [1, 7, 1000, 1_000_000])
def test_who_all_got_everything_is_not_void(piece: int) -> None:
    tape = listen([conversation()] * MEMBERS, piece)
    assert deliveries(tape.read(), tape.positions) == MEMBERS * SPEAKERS * EACH
    assert tape.complete(SPEAKERS * EACH, b">\n")


def test_something_else_may_come_behind_the_last_message() -> None:
    said = conversation()
    tape = listen([[*said, b"a file was shared\n"]] * MEMBERS)
    assert tape.complete(len(said), b">\n")


def test_a_message_without_its_ending_is_not_whole() -> None:
    said = conversation()
    tape = listen([[*said[:-1], said[-1].removesuffix(b">\n")]] * MEMBERS)
    assert not tape.complete(len(said), b">\n")


def lost(said: Stream) -> Stream:
    """One is missing in the middle."""
    return said[:25] + said[26:]


def last_lost(said: Stream) -> Stream:
    """The last one is missing."""
    return said[:-1]


def cut(said: Stream) -> Stream:
    """The last bytes are missing."""
    return [*said[:-1], said[-1][:-3]]


def doubled(said: Stream) -> Stream:
    """One comes twice."""
    return said[:26] + said[25:]


def swapped(said: Stream) -> Stream:
    """Two of one speaker come in the wrong order."""
    first, second = [n for n, one in enumerate(said) if stamps.mark(1) in one][3:5]
    said = said.copy()
    said[first], said[second] = said[second], said[first]
    return said


def damaged(said: Stream) -> Stream:
    """A byte of one is another."""
    return [*said[:25], said[25].replace(b"e", b"E", 1), *said[26:]]


def invented(said: Stream) -> Stream:
    """One that nobody has said."""
    return [*said[:25], frame(stamps.text(SPEAKERS, 0)), *said[25:]]


FAULTS = [lost, last_lost, cut, doubled, swapped, damaged, invented]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("member", [0, MEMBERS - 1])
@pytest.mark.parametrize("piece", [7, 1000, 1_000_000])
def test_a_fault_of_one_member_makes_it_void(
    fault: Callable[[Stream], Stream], member: int, piece: int
) -> None:
    said = conversation()
    streams = [said] * MEMBERS
    streams[member] = fault(said)
    with pytest.raises(Void):
        listen(streams, piece)


@pytest.mark.parametrize("fault", [one for one in FAULTS if one is not cut])
def test_a_fault_that_all_members_share_makes_it_void(
    fault: Callable[[Stream], Stream],
) -> None:
    with pytest.raises(Void):
        listen([fault(conversation())] * MEMBERS)


def test_another_order_of_different_speakers_is_void_for_one_member() -> None:
    """The room has one order for everybody."""
    said = conversation()
    at = next(n for n in range(len(said)) if said[n][:20] != said[n + 1][:20])
    other = [*said[:at], said[at + 1], said[at], *said[at + 2 :]]
    with pytest.raises(Void):
        listen([said, said, other])
    listen([other] * 3)


def test_marks_are_counted_once_however_the_bytes_come() -> None:
    data = b"".join(conversation())
    for piece in (1, 3, 50, len(data)):
        place = Tape([0] * SPEAKERS).member()
        counted = 0
        for start in range(0, len(data), piece):
            place.take(memoryview(data[start : start + piece]))
            counted += place.count(stamps.mark(2), start)
        assert counted == EACH
