"""The kinds of floods: what a guest sends again and again. Add a kind to `KINDS`."""

import json
from dataclasses import dataclass
from typing import Any

MASK = bytes(4)


def frame(payload: bytes = b"", first: int = 0x81, *, masked: bool = True) -> bytes:
    """Return a client's frame (RFC 6455, section 5.2); its mask is zeros."""
    size, mask_bit = len(payload), 0x80 * masked
    if size < 126:
        head = bytes((first, mask_bit | size))
    else:
        head = bytes((first, mask_bit | 126)) + size.to_bytes(2, "big")
    return head + (MASK if masked else b"") + payload


def request(type: str, **fields: Any) -> bytes:
    """Return a request in a frame."""
    return frame(json.dumps({"type": type, **fields}, ensure_ascii=False).encode())


@dataclass(frozen=True)
class Flood:
    """What a guest does.

    Args:
        data: sent again and again until the connection ends.
        joins: the guest joins first, and resumes when it connects again.
        reads: it reads what it is sent.
        piece: how many bytes it sends at once; 0 for all of them.
        rejoins: it connects again after each `data`.
    """

    data: bytes
    joins: bool = False
    reads: bool = True
    piece: int = 0
    rejoins: bool = False


_CONTROL = {
    "empty-pings": frame(first=0x89) * 5000,
    "long-pings": frame(b"x" * 125, 0x89) * 500,
    "pongs": frame(first=0x8A) * 5000,
    "fragments": frame(b"x", 0x01) + frame(b"x", 0x00) * 60_000 + frame(first=0x80),
    "empty-fragments": frame(first=0x01) + frame(first=0x00) * 100_000,
    "pings-in-a-message": frame(b"{", 0x01) + frame(first=0x89) * 5000 + frame(b"}", 0x80),
    "empty-texts": frame() * 5000,
    "no-json": frame(b"no JSON") * 2000,
    "nested-json": frame(b"[" * 60_000) * 5,
    "nested-fields": frame(b'{"type":"say","text":' + b'{"a":' * 10_000) * 5,
    "unknown-types": request("sing", id="a") * 1000,
    "long-rubbish": frame(b"x" * 65_000) * 20,
    "binary": frame(b"x", 0x82) * 1000,
    "closes": frame(b"\x03\xe8", 0x88) * 1000,
    "not-masked": frame(first=0x89) + frame(first=0x89, masked=False) * 20_000,
    "joins": request("join", name="again") * 1000,
}
_MEMBERS = {
    "history": request("history", id="h", before=2**40, limit=1000) * 100,
    "no-position": request("history", id="h") * 1000,
    "positions": request("history", id="h", before=1, after=1) * 1000,
    "around-nothing": request("history", id="h", around=2**52, limit=1000) * 200,
    "searches": request("search", id="s", text="abc") * 200,
    "reports": request("report", id="r") * 200,
    "says": request("say", text="hello") * 1000,
    "long-says": request("say", text="é" * 8000) * 50,
}
_LONG = request("say", text="€" * 8000)  # 24 KB

KINDS: dict[str, Flood] = {
    **{name: Flood(data) for name, data in _CONTROL.items()},
    **{f"member-{name}": Flood(data, joins=True) for name, data in _CONTROL.items()},
    **{f"member-{name}": Flood(data, joins=True) for name, data in _MEMBERS.items()},
    "unread-pings": Flood(_CONTROL["long-pings"], reads=False),
    "unread-half-frame": Flood(_LONG[:-1], reads=False),
    "member-unread-pings": Flood(_CONTROL["long-pings"], joins=True, reads=False),
    "member-unread-history": Flood(
        _LONG * 30 + (_MEMBERS["history"][:5000] + _CONTROL["long-pings"][:13100]) * 50,
        joins=True, reads=False,
    ),
    "member-bytes": Flood(_LONG[:4000], joins=True, piece=1),
    "member-resumes": Flood(request("say", text="hello") * 40, joins=True, rejoins=True),
}  # fmt: skip
