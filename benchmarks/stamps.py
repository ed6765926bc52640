"""What a measured message says: who says it and its number, at a fixed width.

So a message can be found in a stream of bytes, whatever protocol is around it, without
parsing that protocol. Knows no protocol.
"""

import re

TEXT_BYTES = 100
"""The payload of every measured message."""

BARRIER = 999
"""The speaker of the messages that only mark a place in the stream."""

STAMP_BYTES = len("~~000~00000000~~")
_REST = (b"abcdefghi " * 9)[: TEXT_BYTES - STAMP_BYTES]

PATTERN = re.compile(rb"~~(\d{3})~(\d{8})~~" + _REST)
"""A whole message, and who says it as which number."""


def text(speaker: int, number: int) -> bytes:
    """The message `number` of `speaker`: TEXT_BYTES bytes of plain ASCII."""
    return b"~~%03d~%08d~~%b" % (speaker, number, _REST)


BLOCK = 1000
_THOUSANDS = b"^^^^^"


def block(speaker: int) -> list[bytes]:
    """A thousand messages in a row whose thousands are still to be filled in."""
    return [b"~~%03d~%b%03d~~%b" % (speaker, _THOUSANDS, n, _REST) for n in range(BLOCK)]


def fill(framed: bytes, thousands: int) -> bytes:
    """The frames of `block`, for these thousands: far cheaper than framing them anew."""
    return framed.replace(_THOUSANDS, b"%05d" % thousands)


def mark(speaker: int) -> bytes:
    """What every message of `speaker`, and no other, has in it once."""
    return b"~~%03d~" % speaker
