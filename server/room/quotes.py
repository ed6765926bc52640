"""The quotes in replies: a reply's row has the `seq` of its parent only.

The quote is looked up when the reply is read, so a change of the parent changes no other row.
In the JSON of an event it is always the last field. Quotation marks inside of JSON strings are
escaped, so no text can look like the fields that are looked for here.
"""

import re
from collections.abc import Callable

import msgspec

from shared import standing
from shared.codec import decode_event, encode
from shared.messages import Said, Shared

_REPLY_TO = b'"reply_to":'
_PARENT = re.compile(rb'"reply_to":([0-9]+)')
_QUOTE = b',"quote":{'
NO_QUOTE = b""


def parent(body: bytes) -> int:
    """Return the `seq` that an event is a reply to; 0 if it is none."""
    if _REPLY_TO not in body:
        return 0
    found = _PARENT.search(body)
    return int(found[1]) if found else 0


def of(parent: bytes | None) -> bytes:
    """Return the JSON of the quote of an event; `NO_QUOTE` where there is nothing to quote."""
    try:
        event = decode_event(parent) if parent else None
    except (msgspec.DecodeError, UnicodeDecodeError):  # a damaged journal
        return NO_QUOTE
    return encode(standing.quote(event)) if isinstance(event, Said | Shared) else NO_QUOTE


def quoting(body: bytes, quote: bytes) -> bytes:
    """Return the JSON of a reply with this quote, in place of the one that it has."""
    if not quote:
        return body
    return b'%b,"quote":%b}' % (without(body)[:-1], quote)


def without(body: bytes) -> bytes:
    """Return the JSON of a reply without its quote."""
    head, found, _ = body.rpartition(_QUOTE)
    return head + b"}" if found else body


class Quotes:
    """Puts quotes into events; looks up each parent once.

    `find` returns a parent's JSON, None if it is not kept.
    """

    def __init__(self, find: Callable[[int], bytes | None]) -> None:
        self._find = find
        self._found: dict[int, bytes] = {}

    def __call__(self, body: bytes) -> bytes:
        """Return an event's JSON, with a quote if it is a reply."""
        if _REPLY_TO not in body or not (seq := parent(body)):
            return body
        if seq not in self._found:
            self._found[seq] = of(self._find(seq))
        return quoting(body, self._found[seq])


def is_reply_to(seq: int) -> Callable[[bytes], bool]:
    """Return a function that tells whether an event is a reply to this one."""
    middle, end = b'"reply_to":%d,' % seq, b'"reply_to":%d}' % seq
    return lambda body: middle in body or end in body
