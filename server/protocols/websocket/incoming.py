"""What a client has sent and its connection has not handled yet: bytes, then messages.

A message in memory takes many times its bytes, and a read may hold thousands of them. So bytes
are parsed in small portions, after their frames are counted. Knows no transport and no timer.
"""

from collections import deque

from server.protocols.aiohttp_internals import FrameParser, Message
from server.protocols.websocket.frames import FrameCounter
from server.protocols.websocket.pace import Pace
from shared import protocol

_PORTION = 50
_COUNT_BYTES_FROM = 64 * 1024


class Incoming:
    """The bytes and messages of one connection.

    `joined`: it is a member's. `unparsed` are the bytes of a read, as long as some of them are
    to be parsed. `frames` counts those that were parsed since the connection set it. `broken`
    is the close code for bytes behind `messages` that are no client's frames, else 0.
    """

    __slots__ = (
        "_counter", "_pace", "_parsed", "_parser", "_received", "broken", "frames", "joined",
        "messages", "unparsed",
    )  # fmt: skip

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._counter = FrameCounter()
        self._parser = FrameParser()
        self._received = 0
        self._parsed = 0
        self.joined = False
        self.unparsed = b""
        self.messages: deque[Message] = deque()
        self.frames = 0
        self.broken = 0

    @property
    def size(self) -> int:
        """The number of bytes that wait to be parsed."""
        return len(self.unparsed) - self._parsed

    def add(self, data: bytes, now: float) -> float:
        """Take bytes; return the seconds to wait before any more are handled."""
        # What a member sends is nearly always one message in one read.
        if self.joined and not self.unparsed and self._counter.is_one_message(data):
            self.frames += 1
            self.messages += self._parser.feed(data)
            self.broken = self._parser.broken
        elif not self.broken:
            self.unparsed = self.unparsed[self._parsed :] + data
            self._parsed = 0
        self._received += len(data)
        if self._received < _COUNT_BYTES_FROM:
            return 0.0
        count, self._received = self._received, 0
        return self._pace.received(now, count)

    def parse(self, now: float) -> float:
        """Parse the next frames; return the seconds to wait before they are handled."""
        counter, start = self._counter, self._parsed
        self._parsed = counter.scan(self.unparsed, start, _PORTION)
        self.frames += counter.frames
        self.messages += self._parser.feed(self.unparsed[start : self._parsed])
        self.broken = self._parser.broken or (counter.unmasked and protocol.CLOSE_BROKEN)
        if self.broken or self._parsed == len(self.unparsed):
            self.unparsed, self._parsed = b"", 0
        return self._pace.scanned(now, counter, joined=self.joined)

    def end(self) -> None:
        """Take nothing any more."""
        self.clear()
        self._parser.end()

    def clear(self) -> None:
        """Forget everything."""
        self.unparsed, self._parsed = b"", 0
        self.messages.clear()
