"""The kinds of floods: what a guest sends again and again. Add a kind to `KINDS`."""

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared.emoji import USUAL

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


HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
NUMBER = b"#####"
"""Stands for a number of five digits, another one for each connection of each guest."""
ROUND = b"@@@@@"
"""Stands for a number of five digits, another one each time that the data is sent."""
TOKEN = b"{token}"
"""Stands for the token of the guest."""
PASSWORD = "correct horse battery staple"


def http(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """Return a request of HTTP."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Then(Enum):
    """What a guest does after its `data`."""

    AGAIN = 0
    """It sends them again, until the connection ends."""
    ANSWERED = 1
    """It waits for an answer, then sends them again."""
    ENDS = 2
    """It waits for an answer, closes the connection, and opens another."""
    CLOSES = 3
    """It closes the connection at once, and opens another."""
    STAYS = 4
    """It sends nothing more, and waits for the end of the connection."""


@dataclass(frozen=True)
class Flood:
    """What a guest does.

    Args:
        data: what is sent.
        opens: sent first; if it is a handshake, the guest waits for the answer.
        joins: the guest joins, and resumes when it connects again.
        apart: it joins on a connection of its own, on which it sends nothing.
        reads: it reads what it is sent.
        piece: how many bytes it sends at once; 0 for all of them.
        then: what comes after `data`.
        connections: how many it has at a time.
        password: whether the room has one.
    """

    data: bytes
    opens: bytes = HANDSHAKE
    joins: bool = False
    apart: bool = False
    reads: bool = True
    piece: int = 0
    then: Then = Then.AGAIN
    connections: int = 1
    password: bool = False


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
# Ids that were used before would be answered with `accepted`, so each round has its own.
_ID = ROUND.decode() + "-{}"
_SEQS = range(4, 54)  # messages of the members who talk, for the most part
_CHANGES = {
    "reactions": b"".join(
        request("react", id=_ID.format(seq), seq=seq, emoji=USUAL[seq % 6], on=seq % 4 > 0)
        for seq in _SEQS
    ),
    "edits": b"".join(
        request("edit", id=_ID.format(seq), seq=seq, text="é" * 4000) for seq in _SEQS
    ) + request("say", text="hello"),
    "pins": b"".join(request("pin", id=_ID.format(seq), seq=seq, on=True) for seq in _SEQS),
    "notes": b"".join(request("note", id=_ID.format(n), text=f"{n}" * 33) for n in range(99)),
    "renames": request("rename", id=_ID.format(1), name=f"g{NUMBER.decode()}{ROUND.decode()}"),
    "typing": request("typing") * 1000,
    "replies": request("say", text="hello", reply_to=5) * 1000,
}  # fmt: skip
_LONG = request("say", text="€" * 8000)  # 24 KB

_HTTP = {
    "page": http("GET", "/"),
    "room": http("GET", "/room"),
    "ready": http("GET", "/readyz"),
    "metrics": http("GET", "/metrics"),
    "no-file": http("GET", f"/files/{'0' * 32}/none.txt"),
    "options": http("OPTIONS", "/files"),
    "kept": http("HEAD", "/files", "Authorization: Bearer none", "Idempotency-Key: a"),
    "wrong-token": http(
        "POST", "/files", "Authorization: Bearer none", "Content-Length: 5", body=b"hello"
    ),
    "no-path": http("GET", "/none"),
    "no-method": http("BREW", "/"),
    "wrong-host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "no-handshake": http("GET", "/ws"),
    "not-http": b"GET HTTP\r\n\r\n",
}
_AUTHORIZED = (
    "Authorization: Bearer {token}",
    "Content-Disposition: attachment; filename=a.txt",
)
_UPLOAD = http("POST", "/files", *_AUTHORIZED, "Content-Length: 6", body=b"hello\n")
_ANNOUNCED = http("POST", "/files", *_AUTHORIZED, "Content-Length: 10000000")
_NAMED = request("join", name=NUMBER.decode(), history=0)

KINDS: dict[str, Flood] = {
    "nothing": Flood(b"", then=Then.STAYS),  # what the other kinds are compared with
    **{name: Flood(data) for name, data in _CONTROL.items()},
    **{f"member-{name}": Flood(data, joins=True) for name, data in _CONTROL.items()},
    **{f"member-{name}": Flood(data, joins=True) for name, data in _MEMBERS.items()},
    **{f"member-{name}": Flood(data, joins=True) for name, data in _CHANGES.items()},
    "unread-pings": Flood(_CONTROL["long-pings"], reads=False),
    "unread-half-frame": Flood(_LONG[:-1], reads=False),
    "member-unread-pings": Flood(_CONTROL["long-pings"], joins=True, reads=False),
    "member-unread-history": Flood(
        _LONG * 30 + (_MEMBERS["history"][:5000] + _CONTROL["long-pings"][:13100]) * 50,
        joins=True, reads=False,
    ),
    "member-bytes": Flood(_LONG[:4000], joins=True, piece=1),
    "member-resumes": Flood(request("say", text="hello") * 40, joins=True, then=Then.ENDS),
    "connect-close": Flood(b"", opens=b"", then=Then.CLOSES, connections=8),
    "request-close": Flood(_HTTP["room"], opens=b"", then=Then.CLOSES, connections=8),
    "connect-stay": Flood(b"", opens=b"", then=Then.STAYS, connections=200),
    "half-handshake": Flood(HANDSHAKE[:-2], opens=b"", then=Then.STAYS, connections=200),
    "slow-handshake": Flood(HANDSHAKE[:-2], opens=b"", piece=1, connections=100),
    "handshake-close": Flood(b"", then=Then.CLOSES, connections=8),
    "handshake-stay": Flood(b"", then=Then.STAYS, connections=200),
    **{
        f"http-{name}": Flood(data, opens=b"", then=Then.ANSWERED, connections=8)
        for name, data in _HTTP.items()
    },
    **{
        f"pipelined-{name}": Flood(data * 200, opens=b"", connections=8)
        for name, data in _HTTP.items()
        if name in ("page", "room", "metrics", "wrong-token")
    },
    "pipelined-unread": Flood(_HTTP["page"] * 200, opens=b"", reads=False, connections=8),
    "request-connects": Flood(_HTTP["room"], opens=b"", then=Then.ENDS, connections=8),
    "half-headers": Flood(_HTTP["page"][:-2], opens=b"", then=Then.STAYS, connections=300),
    "endless-headers": Flood(b"X-A: b\r\n" * 100, opens=_HTTP["page"][:-2], connections=8),
    "endless-body": Flood(
        b"x" * 65536, connections=8,
        opens=http("POST", "/files", "Authorization: Bearer a", "Content-Length: 9999999"),
    ),
    "joins-leaves": Flood(_NAMED + request("leave"), then=Then.ENDS, connections=4),
    "joins-stay": Flood(_NAMED, then=Then.STAYS, connections=100),
    "wrong-passwords": Flood(
        request("join", name="eve", password="wrong"), then=Then.ENDS, connections=8,
        password=True,
    ),
    "waiting-passwords": Flood(
        request("join", name="eve", password="wrong"), then=Then.STAYS, connections=300,
        password=True,
    ),
    "wrong-resumes": Flood(
        request("join", name="eve", token="none"), then=Then.ENDS, connections=8
    ),
    "uploads": Flood(
        _UPLOAD, opens=b"", joins=True, apart=True, then=Then.ANSWERED, connections=4
    ),
    "pipelined-uploads": Flood(
        _UPLOAD * 50, opens=b"", joins=True, apart=True, connections=4
    ),
    "announced-uploads": Flood(
        _ANNOUNCED, opens=b"", joins=True, apart=True, then=Then.STAYS, connections=50
    ),
    "cut-uploads": Flood(
        _ANNOUNCED + b"x" * 40_000, opens=b"", joins=True, apart=True, then=Then.CLOSES,
        connections=4,
    ),
}  # fmt: skip
