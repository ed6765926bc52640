"""A member that did not get everything once and in order makes the figure void."""

import random
from collections.abc import Callable

import pytest

from benchmarks import stamps
from benchmarks.delivery_check import DeliveryCheck, Void, deliveries

SENDERS = 3
EACH = 20
MEMBERS = 4

type Stream = list[bytes]


def frame(text: bytes) -> bytes:
    """Frame a message as a protocol does."""
    return b"<%b>\n" % text


def conversation() -> Stream:
    """Return messages of three senders, mixed; the same each time."""
    left = [0] * SENDERS
    order = [sender for sender in range(SENDERS) for _ in range(EACH)]
    random.Random(7).shuffle(order)
    sent = []
    for sender in order:
        sent.append(frame(stamps.text(sender, left[sender])))
        left[sender] += 1
    return sent


def receive(streams: list[Stream], piece: int = 1000) -> DeliveryCheck:
    """Let each member receive its stream, in turns and in pieces, and check the delivery."""
    check = DeliveryCheck([0] * SENDERS)
    members = [check.add_member() for _ in streams]
    whole = [b"".join(stream) for stream in streams]
    for start in range(0, max(map(len, whole)), piece):
        for member, data in zip(members, whole, strict=True):
            if part := data[start : start + piece]:
                member.receive(memoryview(part))
    check.verify([EACH] * SENDERS)
    return check


@pytest.mark.parametrize("piece", [1, 7, 1000, 1_000_000])
def test_a_complete_delivery_is_not_void(piece: int) -> None:
    check = receive([conversation()] * MEMBERS, piece)
    assert deliveries(check.read(), check.positions) == MEMBERS * SENDERS * EACH
    assert check.complete(SENDERS * EACH, b">\n")


def test_other_bytes_may_follow_the_last_message() -> None:
    sent = conversation()
    check = receive([[*sent, b"a file was shared\n"]] * MEMBERS)
    assert check.complete(len(sent), b">\n")


def test_a_message_without_its_ending_is_incomplete() -> None:
    sent = conversation()
    check = receive([[*sent[:-1], sent[-1].removesuffix(b">\n")]] * MEMBERS)
    assert not check.complete(len(sent), b">\n")


def lost(sent: Stream) -> Stream:
    """Lose a message in the middle."""
    return sent[:25] + sent[26:]


def last_lost(sent: Stream) -> Stream:
    """Lose the last message."""
    return sent[:-1]


def cut(sent: Stream) -> Stream:
    """Lose the last bytes."""
    return [*sent[:-1], sent[-1][:-3]]


def doubled(sent: Stream) -> Stream:
    """Send a message twice."""
    return sent[:26] + sent[25:]


def swapped(sent: Stream) -> Stream:
    """Swap two messages of one sender."""
    first, second = [n for n, one in enumerate(sent) if stamps.mark(1) in one][3:5]
    sent = sent.copy()
    sent[first], sent[second] = sent[second], sent[first]
    return sent


def damaged(sent: Stream) -> Stream:
    """Change a byte of a message."""
    return [*sent[:25], sent[25].replace(b"e", b"E", 1), *sent[26:]]


def invented(sent: Stream) -> Stream:
    """Add a message that was not sent."""
    return [*sent[:25], frame(stamps.text(SENDERS, 0)), *sent[25:]]


FAULTS = [lost, last_lost, cut, doubled, swapped, damaged, invented]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("member", [0, MEMBERS - 1])
@pytest.mark.parametrize("piece", [7, 1000, 1_000_000])
def test_a_fault_of_one_member_makes_it_void(
    fault: Callable[[Stream], Stream], member: int, piece: int
) -> None:
    sent = conversation()
    streams = [sent] * MEMBERS
    streams[member] = fault(sent)
    with pytest.raises(Void):
        receive(streams, piece)


@pytest.mark.parametrize("fault", [one for one in FAULTS if one is not cut])
def test_a_fault_of_all_members_makes_it_void(
    fault: Callable[[Stream], Stream],
) -> None:
    with pytest.raises(Void):
        receive([fault(conversation())] * MEMBERS)


def test_a_different_order_of_senders_for_one_member_is_void() -> None:
    """The order is the same for all members."""
    sent = conversation()
    at = next(n for n in range(len(sent)) if sent[n][:20] != sent[n + 1][:20])
    other = [*sent[:at], sent[at + 1], sent[at], *sent[at + 2 :]]
    with pytest.raises(Void):
        receive([sent, sent, other])
    receive([other] * 3)


def test_marks_are_counted_once_for_any_size_of_pieces() -> None:
    data = b"".join(conversation())
    for piece in (1, 3, 50, len(data)):
        member = DeliveryCheck([0] * SENDERS).add_member()
        counted = 0
        for start in range(0, len(data), piece):
            member.receive(memoryview(data[start : start + piece]))
            counted += member.count(stamps.mark(2), start)
        assert counted == EACH
