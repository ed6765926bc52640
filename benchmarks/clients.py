"""The clients of a run: members that receive, and senders of numbered messages.

Uses a wire protocol as an object, and the connections of the load generator.
"""

import time
from collections.abc import Callable, Sequence

from benchmarks import stamps
from benchmarks.delivery_check import DeliveryCheck, MemberStream, Void
from benchmarks.generator import LoadConnection, LoadGenerator
from benchmarks.protocols import JoinStep, WireProtocol
from benchmarks.stamps import BLOCK

JOIN_WITHIN = 300.0
SETTLE_WITHIN = 60.0
KEEPALIVE_EVERY = 10.0


def ignore(data: memoryview) -> None:
    """Discard the data."""


class JoinSequence:
    """Run the steps that bring one connection into the room."""

    def __init__(
        self,
        generator: LoadGenerator,
        steps: Sequence[JoinStep],
        done: Callable[[LoadConnection, bytes], None],
    ) -> None:
        self._steps = list(steps)
        self._done = done
        self._received = bytearray()
        self._connection = generator.connect(self._read)
        self._connection.send(self._steps[0].send)

    def _read(self, data: memoryview) -> None:
        self._received += data
        step = self._steps[0]
        if step.never in self._received:
            raise Void(f"refused: {bytes(self._received[-200:])!r}")
        if step.until not in self._received:
            return
        del self._steps[0]
        if self._steps:
            self._received.clear()
            self._connection.send(self._steps[0].send)
        else:
            self._connection.reader = ignore
            self._done(self._connection, bytes(self._received))


class Sender:
    """Send messages 0, 1, 2, … over one connection."""

    def __init__(self, protocol: WireProtocol, connection: LoadConnection, number: int) -> None:
        self._protocol = protocol
        self.connection = connection
        self.number = number
        self.mark = stamps.mark(number)
        self.sent = 0
        self.first = 0
        self._frames = protocol.frame(stamps.block(number))
        self._block = memoryview(b"")
        self._size = 0

    def prepare(self) -> None:
        """Frame the next block of messages, so that framing is not part of what is timed."""
        if self.sent % BLOCK == 0:
            framed = stamps.fill(self._frames, self.sent // BLOCK)
            self._block = memoryview(self._protocol.finish(framed, BLOCK))
            self._size = len(self._block) // BLOCK

    def send(self, count: int) -> None:
        """Send the next `count` messages."""
        while count:
            self.prepare()
            at = self.sent % BLOCK
            some = min(count, BLOCK - at)
            self.sent += some
            count -= some
            self.connection.send(self._block[at * self._size : (at + some) * self._size])


class Clients:
    """All clients of a run, on one generator.

    Args:
        generator: It owns the connections.
        protocol: How to join and how to frame messages.
        concurrent_joins: How many clients may be joining at the same time.
        first: The number of the first client; its name is made of it.
    """

    def __init__(
        self,
        generator: LoadGenerator,
        protocol: WireProtocol,
        concurrent_joins: int,
        first: int = 0,
    ) -> None:
        self.generator = generator
        self.protocol = protocol
        self._concurrent_joins = concurrent_joins
        self.members: list[LoadConnection] = []
        self.senders: list[Sender] = []
        self.join_answer = b""
        """All bytes that the first member received until it had joined."""
        self._next_number = first
        self._barriers = 0
        self._last_keepalive = time.monotonic()

    def join_room(self, members: int, senders: int) -> None:
        """Let clients join and prepare those that send. Raises `Void`."""
        self.join(members)
        sender_joining = self.protocol.sender_joining
        if sender_joining is None:
            self.members.sort(key=lambda one: one.number)  # not in the order of their joins
            connections = self.members[:senders]
        else:
            connections = []
            for number in range(senders):
                JoinSequence(
                    self.generator,
                    sender_joining(number),
                    lambda one, received: connections.append(one),
                )
            self.generator.until(
                lambda: len(connections) == senders, SETTLE_WITHIN, "every sender is connected"
            )
        self.senders = [
            Sender(self.protocol, one, number) for number, one in enumerate(connections)
        ]

    def join(self, count: int) -> None:
        """Let `count` more members join. Raises `Void`."""
        wanted = len(self.members) + count
        started = len(self.members)
        deadline = time.monotonic() + JOIN_WITHIN
        while len(self.members) < wanted:
            while started < min(wanted, len(self.members) + self._concurrent_joins):
                JoinSequence(
                    self.generator, self.protocol.joining(self._next_number), self._joined
                )
                self._next_number += 1
                started += 1
            if time.monotonic() > deadline:
                raise Void(f"only {len(self.members)} joined within {JOIN_WITHIN:.0f} s")
            self.generator.poll(0.1)
            self.keep_alive()

    def _joined(self, connection: LoadConnection, received: bytes) -> None:
        self.join_answer = self.join_answer or received
        self.members.append(connection)

    def add_stalled_reader(self) -> None:
        """Let one more client join that never reads; it does not count as a member."""
        self.join(1)
        self.members.pop().pause()

    def keep_alive(self) -> None:
        """Send the protocol's keepalive from every member, every KEEPALIVE_EVERY seconds."""
        now = time.monotonic()
        if self.protocol.keepalive and now - self._last_keepalive > KEEPALIVE_EVERY:
            self._last_keepalive = now
            for one in self.members:
                one.send(self.protocol.keepalive)

    def start_check(self) -> DeliveryCheck:
        """Start a check with every member at the same place of the conversation.

        One barrier message is sent. Everything up to its end (welcome, joins, lists of
        members) is left out of the check. Raises `Void`.
        """
        text = stamps.text(stamps.BARRIER, self._barriers)
        self._barriers += 1
        check = DeliveryCheck([each.sent for each in self.senders])
        waiting = set(self.members)
        for one in self.members:
            one.reader = _BarrierReader(self, one, text, check.add_member(), waiting).read
        self.senders[0].connection.send(self.protocol.message(text))
        self.generator.until(lambda: not waiting, SETTLE_WITHIN, "every member has the barrier")
        for sender in self.senders:
            sender.first = sender.sent
        return check

    def finish(self, check: DeliveryCheck, within: float = SETTLE_WITHIN) -> None:
        """Wait until every member has every message, and check it. Raises `Void`."""
        total = sum(each.sent - each.first for each in self.senders)
        self.generator.until(
            lambda: check.complete(total, self.protocol.ending),
            within,
            "every member has every message",
        )
        for one in self.members:
            one.reader = ignore
        check.verify([each.sent for each in self.senders])


class _BarrierReader:
    """Discard what a member receives up to the end of the barrier message."""

    def __init__(
        self,
        clients: Clients,
        one: LoadConnection,
        text: bytes,
        stream: MemberStream,
        waiting: set[LoadConnection],
    ) -> None:
        self._ending = clients.protocol.ending
        self._one = one
        self._text = text
        self._stream = stream
        self._waiting = waiting
        self._received = bytearray()

    def read(self, data: memoryview) -> None:
        self._received += data
        at = self._received.find(self._text)
        if at < 0:
            del self._received[: -len(self._text)]
            return
        end = self._received.find(self._ending, at + len(self._text))
        if end < 0:
            return
        self._one.reader = self._stream.receive
        self._waiting.discard(self._one)
        if rest := self._received[end + len(self._ending) :]:
            self._stream.receive(memoryview(rest))
