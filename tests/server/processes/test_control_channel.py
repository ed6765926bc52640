"""Messages and sockets across a control channel, in order."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, closing
from typing import Any

import pytest

from server.connections.kind import Kind
from server.processes.control_channel import (
    MOST_CHANGES,
    Changed,
    Channel,
    ConnectionEnded,
    Drain,
    Message,
    PushOut,
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
        self.heard()

    def heard(self) -> None:
        """A test may replace it."""

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


async def test_the_largest_message_fits(ends: Ends) -> None:
    changed = Changed([(2**63 - number, Kind.JOINED) for number in range(MOST_CHANGES)])
    ends.receiver.send(changed)
    ends.sender.send(PushOut(2**63))
    await until(lambda: ends.replies and ends.got)
    assert ends.replies == [changed]
    assert ends.got == [PushOut(2**63)]


type Fail = Callable[[int, int], None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Return a function that lets the next `times` messages fail with an error."""
    send = socket.send_fds
    left = [0, 0]

    def sending(end: socket.socket, buffers: Any, fds: Any) -> int:
        if left[0]:
            left[0] -= 1
            raise OSError(left[1], "cannot send")
        return send(end, buffers, fds)

    def start(times: int, error: int) -> None:
        left[:] = times, error

    monkeypatch.setattr(socket, "send_fds", sending)
    return start


PASSING = [
    errno.ETOOMANYREFS, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN, errno.EINTR, errno.EMFILE,
]  # fmt: skip


@pytest.mark.parametrize("error", PASSING)
async def test_an_error_that_passes_loses_nothing(ends: Ends, fail: Fail, error: int) -> None:
    fail(3, error)
    with ExitStack() as stack:
        for number in range(5):
            ours, theirs = socket.socketpair()
            stack.enter_context(closing(ours))
            ours.sendall(b"%d" % number)
            ends.sender.send(Take(number), theirs)
        ends.sender.send(Drain())
        await until(lambda: len(ends.got) == 6)
        assert ends.got == [*map(Take, range(5)), Drain()]
        assert [one.recv(9) for one in ends.passed] == [b"0", b"1", b"2", b"3", b"4"]
    assert (ends.sender.sockets, ends.sender.waits()) == (0, 0)


@pytest.mark.parametrize("error", [errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.EBADF])
async def test_the_end_of_the_other_process_is_not_tried_again(
    ends: Ends, fail: Fail, error: int
) -> None:
    fail(1, error)
    ours, theirs = socket.socketpair()
    with closing(ours):
        ends.sender.send(Take(1), theirs)
        assert ends.sender._retry is None
        assert ends.sender.sockets == 1
        ends.sender.close()
        assert ours.recv(1) == b""


async def test_sockets_that_wait_can_be_taken_back(ends: Ends, fail: Fail) -> None:
    fail(10**6, errno.ETOOMANYREFS)
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        ends.sender.send(Drain())
        ends.sender.send(Take(7), theirs)
        ends.sender.send(PushOut(8))
        assert ends.sender.sockets == 1
        await until(lambda: ends.sender.waits() > 0)
        assert ends.sender.take_back() == [(7, theirs)]
        assert ends.sender.sockets == 0
        fail(0, 0)
        await until(lambda: len(ends.got) == 2)
        assert ends.got == [Drain(), PushOut(8)]
        ends.sender.send(Take(9), theirs)
        await until(lambda: ends.passed)


async def test_an_error_while_reading_passes_too(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = socket.recv_fds
    errors = [errno.ENOMEM, errno.ENOBUFS]

    def receiving(*args: Any) -> Any:
        if errors:
            raise OSError(errors.pop(), "cannot receive")
        return receive(*args)

    monkeypatch.setattr(socket, "recv_fds", receiving)
    ends.sender.send(Take(1))
    await until(lambda: ends.got)
    assert ends.got == [Take(1)]


async def test_messages_that_never_end_let_others_have_their_turn(ends: Ends) -> None:
    """As when guests connect faster than a worker takes them."""
    others: list[int] = []

    def heard() -> None:
        if len(ends.got) == 1:
            asyncio.get_running_loop().call_soon(lambda: others.append(len(ends.got)))
        if len(ends.got) < 2000:
            ends.sender.send(Take(len(ends.got)))

    ends.heard = heard  # type: ignore[method-assign]
    ends.sender.send(Take(0))
    await until(lambda: len(ends.got) == 2000)
    assert others[0] < 100
    assert ends.got == [Take(number) for number in range(2000)]
