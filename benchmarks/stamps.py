"""What a measured message says: who says it and its number, at a fixed width.

So a message can be found in a stream of bytes, whatever protocol is around it, without
parsing that protocol. Knows no protocol.
"""

import re

TEXT_BYTES = 100
"""The payload of every measured message."""

BARRIER = 999
"""The speaker of the messages that only mark a place in the stream."""

# The longer what is searched for, and the rarer its bytes, the further each step of
# `bytes.count`: this is the generator's most frequent question.
_TILDES = b"~" * 16
_REST = (b"abcdefghi " * 8)[: TEXT_BYTES - len(_TILDES + b"000~00000000~")]

PATTERN = re.compile(_TILDES + rb"(\d{3})~(\d{8})~" + _REST)
"""A whole message, and who says it as which number."""


def text(speaker: int, number: int) -> bytes:
    """The message `number` of `speaker`: TEXT_BYTES bytes of plain ASCII."""
    return b"%b%03d~%08d~%b" % (_TILDES, speaker, number, _REST)


def identity(text: bytes) -> bytes:
    """What no other message has: its speaker and number."""
    return text[len(_TILDES) : -len(_REST)]


BLOCK = 1000
_THOUSANDS = b"^^^^^"


def block(speaker: int) -> list[bytes]:
    """A thousand messages in a row whose thousands are still to be filled in."""
    return [
        b"%b%03d~%b%03d~%b" % (_TILDES, speaker, _THOUSANDS, n, _REST) for n in range(BLOCK)
    ]


def fill(framed: bytes, thousands: int) -> bytes:
    """The frames of `block`, for these thousands: far cheaper than framing them anew."""
    return framed.replace(_THOUSANDS, b"%05d" % thousands)


def mark(speaker: int) -> bytes:
    """What every message of `speaker`, and no other, has in it once."""
    return b"%b%03d~" % (_TILDES, speaker)
