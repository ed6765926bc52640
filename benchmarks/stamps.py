"""The text of a measured message: its sender and number, at a fixed width.

So a message can be found in a stream of bytes of any protocol without parsing the protocol.
"""

import re

TEXT_BYTES = 100
"""The size of every measured text, in bytes."""

BARRIER = 999
"""The sender number of messages that only mark a place in the stream."""

# `bytes.count` is the generator's most frequent operation. It takes larger steps the longer the
# searched bytes are and the rarer they are.
_TILDES = b"~" * 16
_REST = (b"abcdefghi " * 8)[: TEXT_BYTES - len(_TILDES + b"000~00000000~")]

PATTERN = re.compile(_TILDES + rb"(\d{3})~(\d{8})~" + _REST)
"""A whole message: its sender and its number."""


def text(sender: int, number: int) -> bytes:
    """Return message `number` of `sender`: TEXT_BYTES bytes of plain ASCII."""
    return b"%b%03d~%08d~%b" % (_TILDES, sender, number, _REST)


def identity(text: bytes) -> bytes:
    """Return the part of a text that no other message has: its sender and number."""
    return text[len(_TILDES) : -len(_REST)]


BLOCK = 1000
_THOUSANDS = b"^^^^^"


def block(sender: int) -> list[bytes]:
    """Return a thousand consecutive messages whose thousands are to be filled in."""
    return [b"%b%03d~%b%03d~%b" % (_TILDES, sender, _THOUSANDS, n, _REST) for n in range(BLOCK)]


def fill(framed: bytes, thousands: int) -> bytes:
    """Fill the thousands into the frames of `block`: far cheaper than framing anew."""
    return framed.replace(_THOUSANDS, b"%05d" % thousands)


def mark(sender: int) -> bytes:
    """Return the bytes that each message of `sender`, and no other, has in it once."""
    return b"%b%03d~" % (_TILDES, sender)
