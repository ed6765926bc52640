"""The people of a run: members who listen, speakers who say stamped messages.

Knows the protocol as an object and the connections of the generator.
"""

import time
from collections.abc import Callable, Sequence

from benchmarks import stamps
from benchmarks.delivery_check import Place, Tape, Void
from benchmarks.generator import Connection, Generator
from benchmarks.protocols import Protocol, Step
from benchmarks.stamps import BLOCK

JOIN_WITHIN = 300.0
SETTLE_WITHIN = 60.0
KEEPALIVE_EVERY = 10.0


def ignore(data: memoryview) -> None:
    """What comes is of no interest."""


class Joining:
    """A connection on its way into the room, step by step."""

    def __init__(
        self,
        generator: Generator,
        steps: Sequence[Step],
        done: Callable[[Connection, bytes], None],
    ) -> None:
        self._steps = list(steps)
        self._done = done
        self._heard = bytearray()
        self._connection = generator.connect(self._read)
        self._connection.send(self._steps[0].send)

    def _read(self, data: memoryview) -> None:
        self._heard += data
        step = self._steps[0]
        if step.never in self._heard:
            raise Void(f"refused: {bytes(self._heard[-200:])!r}")
        if step.until not in self._heard:
            return
        del self._steps[0]
        if self._steps:
            self._heard.clear()
            self._connection.send(self._steps[0].send)
        else:
            self._connection.reader = ignore
            self._done(self._connection, bytes(self._heard))


class Speaker:
    """Who says messages 0, 1, 2, …; `window` is how many more it says when one came back."""

    def __init__(self, protocol: Protocol, connection: Connection, number: int) -> None:
        self._protocol = protocol
        self.connection = connection
        self.number = number
        self.mark = stamps.mark(number)
        self.said = 0
        self.first = 0
        self._frames = protocol.frame(stamps.block(number))
        self._block = memoryview(b"")
        self._size = 0

    def prepare(self) -> None:
        """Frame the next messages now, if need be, not when time is taken."""
        if self.said % BLOCK == 0:
            framed = stamps.fill(self._frames, self.said // BLOCK)
            self._block = memoryview(self._protocol.finish(framed, BLOCK))
            self._size = len(self._block) // BLOCK

    def say(self, count: int) -> None:
        """Say so many messages more."""
        while count:
            self.prepare()
            at = self.said % BLOCK
            some = min(count, BLOCK - at)
            self.said += some
            count -= some
            self.connection.send(self._block[at * self._size : (at + some) * self._size])


class Crowd:
    """All who are in the room, on one generator; `first` is the number of the first to come.

    `at_once` of them may be on their way in at a time.
    """

    def __init__(
        self, generator: Generator, protocol: Protocol, at_once: int, first: int = 0
    ) -> None:
        self.generator = generator
        self.protocol = protocol
        self._at_once = at_once
        self.members: list[Connection] = []
        self.speakers: list[Speaker] = []
        self.greeting = b""
        """What the first member heard until it had joined."""
        self._came = first
        self._barriers = 0
        self._last_keepalive = time.monotonic()

    def gather(self, members: int, speakers: int) -> None:
        """Let so many join, and so many speak. Raises `Void`."""
        self.join(members)
        speaking = self.protocol.speaking
        if speaking is None:
            voices = self.members[:speakers]
        else:
            voices = []
            for number in range(speakers):
                Joining(self.generator, speaking(number), lambda one, heard: voices.append(one))
            self.generator.until(
                lambda: len(voices) == speakers, SETTLE_WITHIN, "the speakers came"
            )
        self.speakers = [
            Speaker(self.protocol, one, number) for number, one in enumerate(voices)
        ]

    def join(self, count: int) -> None:
        """So many more members, `at_once` of them on their way at a time."""
        wanted = len(self.members) + count
        started = len(self.members)
        deadline = time.monotonic() + JOIN_WITHIN
        while len(self.members) < wanted:
            while started < min(wanted, len(self.members) + self._at_once):
                Joining(self.generator, self.protocol.joining(self._came), self._joined)
                self._came += 1
                started += 1
            if time.monotonic() > deadline:
                raise Void(f"only {len(self.members)} joined within {JOIN_WITHIN:.0f} s")
            self.generator.turn(0.1)
            self.keep_alive()

    def _joined(self, connection: Connection, heard: bytes) -> None:
        self.greeting = self.greeting or heard
        self.members.append(connection)

    def stall(self) -> None:
        """One more comes, and reads nothing from then on; it is not counted as a member."""
        self.join(1)
        self.members.pop().pause()

    def keep_alive(self) -> None:
        """Show the server, now and then, that all are there."""
        now = time.monotonic()
        if self.protocol.keepalive and now - self._last_keepalive > KEEPALIVE_EVERY:
            self._last_keepalive = now
            for one in self.members:
                one.send(self.protocol.keepalive)

    def tape(self) -> Tape:
        """A tape that begins at one and the same place for everybody.

        A message is said, and what comes up to its end is not looked at: greetings, joins,
        lists of members. Raises `Void`.
        """
        text = stamps.text(stamps.BARRIER, self._barriers)
        self._barriers += 1
        tape = Tape([each.said for each in self.speakers])
        waiting = set(self.members)
        for one in self.members:
            one.reader = _Barrier(self, one, text, tape.member(), waiting).read
        self.speakers[0].connection.send(self.protocol.say(text))
        self.generator.until(lambda: not waiting, SETTLE_WITHIN, "everybody at one place")
        for speaker in self.speakers:
            speaker.first = speaker.said
        return tape

    def finish(self, tape: Tape, within: float = SETTLE_WITHIN) -> None:
        """Wait until everybody has everything, and check it. Raises `Void`."""
        total = sum(each.said - each.first for each in self.speakers)
        self.generator.until(
            lambda: tape.complete(total, self.protocol.ending),
            within,
            "everybody has everything",
        )
        for one in self.members:
            one.reader = ignore
        tape.check([each.said for each in self.speakers])


class _Barrier:
    """Reads on until a text has come; what is behind it is the first on the tape."""

    def __init__(
        self, crowd: Crowd, one: Connection, text: bytes, place: Place, waiting: set[Connection]
    ) -> None:
        self._ending = crowd.protocol.ending
        self._one = one
        self._text = text
        self._place = place
        self._waiting = waiting
        self._heard = bytearray()

    def read(self, data: memoryview) -> None:
        self._heard += data
        at = self._heard.find(self._text)
        if at < 0:
            del self._heard[: -len(self._text)]
            return
        end = self._heard.find(self._ending, at + len(self._text))
        if end < 0:
            return
        self._one.reader = self._place.take
        self._waiting.discard(self._one)
        if rest := self._heard[end + len(self._ending) :]:
            self._place.take(memoryview(rest))
