"""The check of a run: every member got every message once and in order, or the figure is void.

All members of a room get the same bytes, so there is one `Tape`: what whoever is furthest
ahead has received. Each member is a position on it, and what a member receives is compared
with the tape there, by one `memcmp` and without looking into it: as fast as memory, and a
byte that is lost, doubled or in another place shows at once. At the end all must stand at the
tape's end, and the tape itself, read once, must hold each speaker's messages 0, 1, 2, … and
as many as were sent. The two together say it for every member. That a server cuts the stream
into other pieces for each member is no matter.

Knows bytes and stamps, no sockets.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from benchmarks import stamps

MARK_BYTES = len(stamps.mark(0))


class Void(Exception):
    """The figure is void; the text says why."""


class Tape:
    """What the room said, from where everybody was known to stand at one place.

    `first` is the number of the message that each speaker says next.
    """

    def __init__(self, first: Sequence[int]) -> None:
        self.bytes = bytearray()
        self.positions: list[int] = []
        self.places: list[Place] = []
        self._expected = list(first)
        self._ends: list[int] = []

    def member(self) -> "Place":
        """One more who reads."""
        self.positions.append(0)
        self.places.append(Place(self, len(self.positions) - 1))
        return self.places[-1]

    def read(self) -> Sequence[int]:
        """Where the messages end that are on the tape by now. Raises `Void`."""
        expected = self._expected
        start = self._ends[-1] if self._ends else 0
        for found in stamps.PATTERN.finditer(self.bytes, start):
            speaker, number = int(found[1]), int(found[2])
            if speaker >= len(expected):
                raise Void(f"a message of speaker {speaker}, who said nothing")
            if number != expected[speaker]:
                raise Void(f"message {number} of speaker {speaker}, not {expected[speaker]}")
            expected[speaker] += 1
            self._ends.append(found.end())
        return self._ends

    def complete(self, messages: int, ending: bytes) -> bool:
        """Whether everybody has so many messages, the last one with its ending.

        Something else may have come behind it: an upload that ended.
        """
        if min(self.positions) < len(self.bytes) or len(self.read()) < messages:
            return False
        last = self._ends[-1] if self._ends else 0
        return self.bytes.find(ending, last) >= 0

    def check(self, said: Sequence[int]) -> None:
        """Everybody got all that each speaker said, up to the number `said[speaker]`.

        Each message once, in order, and no others. Raises `Void`.
        """
        end = len(self.bytes)
        for member, position in enumerate(self.positions):
            if position != end:
                raise Void(f"member {member} lacks the last {end - position} bytes")
        self.read()
        if self._expected != list(said):
            raise Void(f"the speakers said {list(said)} messages, heard were {self._expected}")


def deliveries(ends: Sequence[int], positions: Iterable[int]) -> int:
    """Messages received by all members together who stand at these positions."""
    return sum(bisect_right(ends, position) for position in positions)


class Place:
    """One member's place on the tape."""

    __slots__ = ("_positions", "_tape", "member")

    def __init__(self, tape: Tape, member: int) -> None:
        self._tape = tape.bytes
        self._positions = tape.positions
        self.member = member

    def take(self, data: memoryview) -> None:
        """These bytes came. Raises `Void` if they are not what the others got here."""
        tape = self._tape
        start = self._positions[self.member]
        end = start + len(data)
        if end > len(tape):
            known = len(tape) - start
            if known and not tape.startswith(data[:known], start):
                raise self._differs(start)
            tape += data[known:]
        elif not tape.startswith(data, start):
            raise self._differs(start)
        self._positions[self.member] = end

    def count(self, mark: bytes, since: int) -> int:
        """How often `mark` was completed between `since` and this place."""
        start = max(0, since - MARK_BYTES + 1)
        return self._tape.count(mark, start, self._positions[self.member])

    def _differs(self, start: int) -> Void:
        return Void(f"member {self.member} got other bytes than the first, from {start} on")
