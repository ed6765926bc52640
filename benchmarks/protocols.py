"""What goes over the wire: how a member joins, and how messages are framed, for each protocol.

Frames are made in blocks, all of one length, so that saying some of them is a slice of bytes.
Knows bytes only, no sockets.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks import stamps

ROOM = "room"
WEBSOCKET_KEY = base64.b64encode(b"sixteen bytes !!").decode()
_MASK = b"\x37\xfa\x21\x3d"


@dataclass(frozen=True, slots=True)
class Step:
    """Say this, and wait until `until` has come; `never` in its place is a refusal."""

    send: bytes
    until: bytes
    never: bytes = b"\0never\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """`joining` makes a member of its number; `frame` frames texts of one length.

    `finish` makes of so many such frames what goes over the wire: it masks them, if need be.
    `ending` stands behind each text before the next message begins. `speaking`, where there is
    one, opens the connection of a speaker who is no member: where who says something does not
    get it back (IRC), or cannot say anything while it listens (Redis). `keepalive` is sent
    now and then by who says nothing.
    """

    joining: Callable[[int], Sequence[Step]]
    frame: Callable[[Sequence[bytes]], bytes]
    ending: bytes
    finish: Callable[[bytes, int], bytes] = lambda framed, frames: framed
    speaking: Callable[[int], Sequence[Step]] | None = None
    keepalive: bytes = b""

    def say(self, text: bytes) -> bytes:
        """One message."""
        return self.finish(self.frame([text]), 1)


# --- WebSocket (RFC 6455) --------------------------------------------------------------


@cache
def _pattern(header: int, payload: int, frames: int) -> int:
    one = bytes(header) + (_MASK * (payload // 4 + 1))[:payload]
    return int.from_bytes(one * frames, "little")


def unmasked(payloads: Sequence[bytes], opcode: int = 1) -> bytes:
    """Client frames of payloads of one length, as they are before they are masked."""
    size = len(payloads[0])
    if size < 126:
        header = bytes((0x80 | opcode, 0x80 | size)) + _MASK
    else:
        header = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + _MASK
    return b"".join([header + payload for payload in payloads])


def masked(framed: bytes, frames: int) -> bytes:
    """`unmasked`, masked: all at once, as one long number."""
    each = len(framed) // frames
    header = 6 if each < 6 + 126 else 8
    number = int.from_bytes(framed, "little") ^ _pattern(header, each - header, frames)
    return number.to_bytes(len(framed), "little")


def _upgrade(subprotocol: str = "") -> Step:
    offer = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    request = (
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {WEBSOCKET_KEY}\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    )
    return Step(request.encode(), b"\r\n\r\n", b"HTTP/1.1 4")


def chatroom_joining(number: int, **fields: object) -> Sequence[Step]:
    """Into our room; `fields` of the join besides the name."""
    join = {"type": "join", "name": f"m{number:05}", "history": 0} | fields
    frame = masked(unmasked([json.dumps(join).encode()]), 1)
    return _upgrade("chatroom.v1"), Step(frame, b'"type":"welcome"', b'"type":"refused"')


def chatroom_search(id: str, text: str, limit: int) -> bytes:
    """Ask for the newest messages with these words."""
    ask = {"type": "search", "id": id, "text": text, "limit": limit}
    return masked(unmasked([json.dumps(ask).encode()]), 1)


def _chatroom_frame(texts: Sequence[bytes]) -> bytes:
    # An id as long as our client's, different for each message of a speaker.
    return unmasked(
        [b'{"type":"say","text":"%b","id":"%b"}' % (each, stamps.identity(each).rjust(32, b"0"))
         for each in texts]
    )  # fmt: skip


CHATROOM = Protocol(
    joining=chatroom_joining,
    frame=_chatroom_frame,
    finish=masked,
    ending=b'"}',
    keepalive=masked(unmasked([b"ping"], opcode=10), 1),  # a pong that nobody asked for
)

WEBSOCKET = Protocol(
    joining=lambda number: [_upgrade()], frame=unmasked, finish=masked, ending=b""
)


# --- IRC (RFC 2812) --------------------------------------------------------------------


def _irc_hello(nick: str) -> Step:
    return Step(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode(), b" 001 ", b"ERROR")


IRC = Protocol(
    joining=lambda number: (
        _irc_hello(f"m{number:05}"),
        Step(f"JOIN #{ROOM}\r\n".encode(), b" 366 "),
    ),
    speaking=lambda number: (_irc_hello(f"s{number:05}"),),
    frame=lambda texts: b"".join([b"PRIVMSG #room :%b\r\n" % text for text in texts]),
    ending=b"\r\n",
)


# --- RESP (Redis) ----------------------------------------------------------------------

REDIS = Protocol(
    joining=lambda number: (Step(f"SUBSCRIBE {ROOM}\r\n".encode(), b"subscribe"),),
    speaking=lambda number: (Step(b"PING\r\n", b"+PONG\r\n"),),
    frame=lambda texts: b"".join(
        [b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n$%d\r\n%b\r\n" % (len(text), text)
         for text in texts]
    ),
    ending=b"\r\n",
)  # fmt: skip
assert ROOM == "room"
