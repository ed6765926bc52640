"""WebSocket frames (RFC 6455): written here, once for all; read by aiohttp's compiled parser.

Bytes on one side, frames on the other. Knows no connection.
"""

import asyncio
from collections.abc import Sequence

# The parser without the response object around it, which costs a connection 10 KiB and a
# message three turns of coroutines. Its queue is not exported beside it, hence the path.
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WebSocketError, WebSocketReader
from aiohttp.http_websocket import WSMessage, WSMessageTextBytes

from shared import limits, protocol

type Message = WSMessage | WSMessageTextBytes

PING = b"\x89\x00"
_TO_THE_MASK = 2  # bytes of a frame up to the bit that says that it is masked


def frame(payload: bytes) -> bytes:
    """A text frame from the server (section 5.2): whole, not masked."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def frames(payloads: Sequence[bytes]) -> list[bytes]:
    """The encoding of the WebSocket door."""
    return [frame(payload) for payload in payloads]


def close_frame(code: int, reason: str) -> bytes:
    """A close frame from the server (section 5.5.1)."""
    payload = code.to_bytes(2, "big") + reason.encode()[:123]
    return bytes((0x88, len(payload))) + payload


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping with this payload, of at most 125 bytes (section 5.5.3)."""
    return bytes((0x8A, len(payload))) + payload


class FrameParser(WebSocketDataQueue):
    """Bytes in, whole messages out. `broken` is the close code for what is no WebSocket.

    To aiohttp's reader it is the queue that its messages go to; nobody waits on it.
    """

    def __init__(self) -> None:
        # It would pause the first argument, were `feed_data` not our own.
        loop = asyncio.get_running_loop()
        super().__init__(None, 0, loop=loop)  # type: ignore[arg-type]
        self.broken = 0
        self._start = b""
        self._whole: list[Message] = []
        self._reader = WebSocketReader(
            self, limits.FRAME_BYTES + 1, compress=False, decode_text=False
        )

    def feed(self, data: bytes) -> list[Message]:
        """The messages that these bytes complete; nothing more once it is broken."""
        if len(self._start) < _TO_THE_MASK and not self._is_masked(data):
            self.broken = protocol.CLOSE_BROKEN
        if self.broken:
            return []
        self._reader.feed_data(data)
        whole, self._whole = self._whole, []
        return whole

    def _is_masked(self, data: bytes) -> bool:
        """Whether the first frame may be a client's: those are masked (section 5.1).

        aiohttp's reader takes any. A client that does not mask does so from the start.
        """
        self._start += data[: _TO_THE_MASK - len(self._start)]
        return len(self._start) < _TO_THE_MASK or bool(self._start[1] & 0x80)

    def feed_data(self, data: Message, size: int) -> None:
        self._whole.append(data)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        self.broken = exc.code if isinstance(exc, WebSocketError) else protocol.CLOSE_BROKEN
