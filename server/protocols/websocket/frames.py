"""WebSocket frames (RFC 6455): those of the server, and where those of a client end.

`aiohttp_internals.FrameParser` reads what is in a client's frames.
"""

from collections.abc import Sequence

PING = b"\x89\x00"
_NOT_IN_FRAMES = {1004, 1005, 1006, 1015}
"""Close codes that no frame has (section 7.4.1)."""

_FIRST_HEADER = 2  # bytes of a header that are always there
_LONGEST_HEADER = 14
_MASKED = 0x80
_WHOLE_TEXT = 0x81


def frame(payload: bytes) -> bytes:
    """Return a text frame (section 5.2): whole, not masked."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def frame_of(pieces: Sequence[bytes | memoryview]) -> bytes:
    """Return a text frame of a payload in pieces, each of which is copied once."""
    size = sum(map(len, pieces))
    if size < 126:
        header = bytes((0x81, size))
    elif size < 1 << 16:
        header = b"\x81\x7e" + size.to_bytes(2, "big")
    else:
        header = b"\x81\x7f" + size.to_bytes(8, "big")
    return b"".join((header, *pieces))


def may_close_with(code: int) -> bool:
    """Tell whether a close frame may have this code."""
    return 1000 <= code < 5000 and code not in _NOT_IN_FRAMES


def close_frame(code: int, reason: str) -> bytes:
    """Return a close frame (section 5.5.1)."""
    payload = code.to_bytes(2, "big") + reason.encode()[:123]
    return bytes((0x88, len(payload))) + payload


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping with this payload, of at most 125 bytes (section 5.5.3)."""
    return bytes((0x8A, len(payload))) + payload


class FrameCounter:
    """Counts the frames of a client before anything is done about them.

    A read of 32 KiB may hold 5,000 frames, so a parser that takes all of it takes time and
    memory. `frames`, `control` and `fragments` are those that began in the last `scan`;
    `unmasked` is set for good at a frame that is no client's (section 5.1).
    """

    __slots__ = ("_header", "_left", "control", "fragments", "frames", "unmasked")

    def __init__(self) -> None:
        self._header = b""
        self._left = 0
        self.frames = self.control = self.fragments = 0
        self.unmasked = False

    def is_one_message(self, data: bytes) -> bool:
        """Return whether this is exactly one whole text frame; counts nothing then."""
        if self._left or self._header or len(data) < 6 or data[0] != _WHOLE_TEXT:
            return False
        size = len(data) - 6
        if data[1] < 0xFE:
            return data[1] == size | _MASKED and size < 126
        return data[1] == 0xFE and int.from_bytes(data[2:4]) == size - 2

    def scan(self, data: bytes, position: int, most: int) -> int:
        """Return where the frames end of which at most `most` begin in `data[position:]`.

        The last one of them may go on behind `data`; the next `scan` begins there.
        """
        self.frames = self.control = self.fragments = 0
        end = len(data)
        while position < end and not self.unmasked:
            if self._left:
                step = min(self._left, end - position)
                self._left -= step
                position += step
            elif self.frames < most:
                position = self._skip_messages(data, position, most)
                if position < end and self.frames < most:
                    position = self._read_header(data, position)
            else:
                break
        return position

    def _skip_messages(self, data: bytes, position: int, most: int) -> int:
        """Return where the short text frames end that follow each other here.

        Nearly all frames are of this kind.
        """
        if self._header:
            return position
        last = len(data) - 6
        frames = self.frames
        while position <= last and frames < most and data[position] == _WHOLE_TEXT:
            size = data[position + 1] - _MASKED
            if not 0 <= size < 126 or position + size > last:
                break
            position += 6 + size
            frames += 1
        self.frames = frames
        return position

    def _read_header(self, data: bytes, position: int) -> int:
        """Return where the header ends that begins here or has begun before."""
        known = len(self._header)
        header = self._header + data[position : position + _LONGEST_HEADER - known]
        if len(header) < _FIRST_HEADER:
            self._header = header
            return len(data)
        size = header[1] & 0x7F
        if not header[1] & _MASKED:
            self.unmasked = True
            return position
        extended = 0 if size < 126 else 2 if size == 126 else 8
        length = _FIRST_HEADER + extended + 4
        if len(header) < length:
            self._header = header
            return len(data)
        if extended:
            size = int.from_bytes(header[2 : 2 + extended])
        self._header = b""
        self._left = size
        self._count(header[0])
        return position + length - known

    def _count(self, first: int) -> None:
        self.frames += 1
        if first & 0x08:
            self.control += 1
        elif first & 0x8F not in (0x81, 0x82):
            self.fragments += 1
