"""The check of a run: every member got every message once and in order, or the figure is void.

All members of a room receive the same bytes, so one `DeliveryCheck` keeps the longest stream
received so far. Each member has a position in it, and the bytes a member receives are compared
with the stream there by one `memcmp`, without parsing: as fast as memory, and a byte that is
lost, doubled or misplaced is found at once. At the end all members must stand at the end of
the stream, and the stream, read once, must hold the messages 0, 1, 2, … of each sender, as
many as were sent. Together this proves the delivery to every member. It does not matter into
which pieces a server cuts the stream of each member.

Works on bytes and stamps, not on sockets.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from benchmarks import stamps

MARK_BYTES = len(stamps.mark(0))


class Void(Exception):
    """The figure is void; the text gives the reason."""


class DeliveryCheck:
    """The stream that the members receive, from a place where all of them stood.

    Args:
        first: For each sender, the number of the message that it sends next.
    """

    def __init__(self, first: Sequence[int]) -> None:
        self.bytes = bytearray()
        self.positions: list[int] = []
        self.streams: list[MemberStream] = []
        self._expected = list(first)
        self._ends: list[int] = []

    def add_member(self) -> "MemberStream":
        """Add a member at the beginning of the stream."""
        self.positions.append(0)
        self.streams.append(MemberStream(self, len(self.positions) - 1))
        return self.streams[-1]

    def read(self) -> Sequence[int]:
        """Return the end of each message in the stream so far. Raises `Void`."""
        expected = self._expected
        start = self._ends[-1] if self._ends else 0
        for found in stamps.PATTERN.finditer(self.bytes, start):
            sender, number = int(found[1]), int(found[2])
            if sender >= len(expected):
                raise Void(f"a message of sender {sender}, which sent nothing")
            if number != expected[sender]:
                raise Void(f"message {number} of sender {sender}, not {expected[sender]}")
            expected[sender] += 1
            self._ends.append(found.end())
        return self._ends

    def complete(self, messages: int, ending: bytes) -> bool:
        """Return whether every member has `messages` messages, the last with its `ending`.

        Other bytes may follow it, such as the event of an upload that finished.
        """
        if min(self.positions) < len(self.bytes) or len(self.read()) < messages:
            return False
        last = self._ends[-1] if self._ends else 0
        return self.bytes.find(ending, last) >= 0

    def verify(self, sent: Sequence[int]) -> None:
        """Check that every member got each message once, in order, and no others.

        Args:
            sent: For each sender, how many messages it has sent.

        Raises:
            Void: The check failed.
        """
        end = len(self.bytes)
        for member, position in enumerate(self.positions):
            if position != end:
                raise Void(f"member {member} lacks the last {end - position} bytes")
        self.read()
        if self._expected != list(sent):
            raise Void(f"{list(sent)} messages were sent, {self._expected} were received")


def deliveries(ends: Sequence[int], positions: Iterable[int]) -> int:
    """Count the messages received by all members that stand at these positions."""
    return sum(bisect_right(ends, position) for position in positions)


class MemberStream:
    """The position of one member in the stream."""

    __slots__ = ("_positions", "_received", "member")

    def __init__(self, check: DeliveryCheck, member: int) -> None:
        self._received = check.bytes
        self._positions = check.positions
        self.member = member

    def receive(self, data: memoryview) -> None:
        """Compare received bytes with the stream. Raises `Void` if they differ."""
        received = self._received
        start = self._positions[self.member]
        end = start + len(data)
        if end > len(received):
            known = len(received) - start
            if known and not received.startswith(data[:known], start):
                raise self._differs(start)
            received += data[known:]
        elif not received.startswith(data, start):
            raise self._differs(start)
        self._positions[self.member] = end

    def count(self, mark: bytes, since: int) -> int:
        """Count how often `mark` was completed between `since` and the present position."""
        start = max(0, since - MARK_BYTES + 1)
        return self._received.count(mark, start, self._positions[self.member])

    def _differs(self, start: int) -> Void:
        return Void(f"member {self.member} got other bytes than the first, from {start} on")
