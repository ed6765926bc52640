"""Messages and sockets across a control channel, in order."""

import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing

import pytest

from server.processes.control_channel import (
    Channel,
    ConnectionEnded,
    Drain,
    Message,
    Ready,
    Take,
    pair,
)
from tests.support.waiting import until


class Ends:
    """Both ends of a channel; `got` has the messages that the second end received."""

    def __init__(self) -> None:
        self.here, self.there = pair()
        self.got: list[Message] = []
        self.passed: list[socket.socket] = []
        self.replies: list[Message] = []
        self.sender = Channel(self.here, lambda message, _: self.replies.append(message))
        self.receiver = Channel(self.there, self.receive)

    def receive(self, message: Message, passed: socket.socket | None) -> None:
        self.got.append(message)
        if passed is not None:
            self.passed.append(passed)

    def close(self) -> None:
        for end, channel in ((self.here, self.sender), (self.there, self.receiver)):
            if end.fileno() != -1:
                channel.close()
        for one in self.passed:
            one.close()


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    with closing(Ends()) as ends:
        yield ends


async def test_messages_both_ways(ends: Ends) -> None:
    ends.sender.send(Take(1))
    ends.sender.send(Drain())
    ends.receiver.send(Ready())
    ends.receiver.send(ConnectionEnded(2**40))
    await until(lambda: len(ends.got) == len(ends.replies) == 2)
    assert ends.got == [Take(1), Drain()]
    assert ends.replies == [Ready(), ConnectionEnded(2**40)]


async def test_a_socket_works_at_the_other_end_and_is_closed_at_this_one(ends: Ends) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours):
        ends.sender.send(Take(7), theirs)
        await until(lambda: ends.passed)
        assert ends.got == [Take(7)]
        assert theirs.fileno() == -1
        ends.passed[0].sendall(b"hello")
        assert ours.recv(5) == b"hello"


async def test_each_socket_arrives_with_its_own_message(ends: Ends) -> None:
    """The kernel does not take so many at once: the rest waits in the channel, in order."""
    count = 500
    with ExitStack() as stack:
        for number in range(count):
            ours, theirs = socket.socketpair()
            stack.enter_context(closing(ours))
            ours.sendall(b"%d" % number)
            ends.sender.send(Take(number), theirs)
            ends.sender.send(ConnectionEnded(number))
        await until(lambda: len(ends.got) == 2 * count)
        expected: list[Message] = []
        for number in range(count):
            expected += [Take(number), ConnectionEnded(number)]
        assert ends.got == expected
        assert [one.recv(9) for one in ends.passed] == [b"%d" % n for n in range(count)]


async def test_sockets_that_were_not_sent_are_closed(ends: Ends) -> None:
    ends.receiver.close()
    ours, theirs = socket.socketpair()
    with closing(ours):
        ends.sender.send(Take(1), theirs)
        ends.sender.send(Take(2))
        ends.sender.close()
        assert theirs.fileno() == -1
        assert ours.recv(1) == b""


async def test_nothing_is_sent_after_close(ends: Ends) -> None:
    """When a process ends, its connections may end after its channel is closed."""
    ours, theirs = socket.socketpair()
    with closing(ours):
        ends.sender.close()
        ends.sender.send(ConnectionEnded(1))
        ends.sender.send(Take(2), theirs)
        assert theirs.fileno() == -1
    assert ends.got == []


async def test_sending_to_a_closed_end_raises_nothing(ends: Ends) -> None:
    ends.sender.send(Drain())
    ends.sender.close()
    await until(lambda: ends.got)
    ends.receiver.send(Ready())
    assert ends.got == [Drain()]
