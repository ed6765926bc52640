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


class Incoming:
    """The bytes and messages of one connection. `joined`: it is a member's."""

    __slots__ = ("_counter", "_pace", "_parser", "_unparsed", "frames", "joined", "messages")

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._counter = FrameCounter()
        self._parser = FrameParser()
        self._unparsed = bytearray()
        self.messages: deque[Message] = deque()
        self.frames = 0
        """Frames that were parsed since the connection set this."""
        self.joined = False

    @property
    def size(self) -> int:
        """The number of bytes that wait to be parsed."""
        return len(self._unparsed)

    @property
    def broken(self) -> int:
        """The close code for bytes behind `messages` that are no client's frames; else 0."""
        if self._counter.unmasked:
            return self._parser.broken or protocol.CLOSE_BROKEN
        return self._parser.broken

    def add(self, data: bytes, now: float) -> float:
        """Take bytes; return the seconds to wait before any more are handled."""
        # What a member sends is nearly always one message in one read.
        if self.joined and not self._unparsed and self._counter.is_one_message(data):
            self.frames += 1
            self.messages += self._parser.feed(data)
        elif not self.broken:
            self._unparsed += data
        return self._pace.received(now, len(data))

    def parse(self, now: float) -> float:
        """Parse the next frames; return the seconds to wait before they are handled."""
        counter, unparsed = self._counter, self._unparsed
        end = counter.scan(unparsed, _PORTION)
        self.frames += counter.frames
        self.messages += self._parser.feed(bytes(unparsed[:end]))
        if self.broken:
            unparsed.clear()
        else:
            del unparsed[:end]
        return self._pace.scanned(now, counter, joined=self.joined)

    def clear(self) -> None:
        """Forget everything."""
        self._unparsed.clear()
        self.messages.clear()
