"""The bytes on the wire of each protocol: how a client joins and how messages are framed.

Frames are made in blocks of equal length, so that sending some of them is a slice of bytes.
Works on bytes only, not on sockets.
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
class JoinStep:
    """Send `send`, then wait for `until`; `never` instead means that it was refused."""

    send: bytes
    until: bytes
    never: bytes = b"\0never\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireProtocol:
    """The bytes of one protocol.

    Attributes:
        joining: The steps that let the client with this number join.
        frame: Frames texts of equal length.
        ending: The bytes after each text, before the next message begins.
        finish: Makes wire bytes of a number of frames; it masks them where that is needed.
        sender_joining: The steps for a sender that is no member. They exist where a member does
            not receive its own messages (IRC) or cannot send while it listens (Redis).
        keepalive: Sent now and then by members that send no messages.
    """

    joining: Callable[[int], Sequence[JoinStep]]
    frame: Callable[[Sequence[bytes]], bytes]
    ending: bytes
    finish: Callable[[bytes, int], bytes] = lambda framed, frames: framed
    sender_joining: Callable[[int], Sequence[JoinStep]] | None = None
    keepalive: bytes = b""

    def message(self, text: bytes) -> bytes:
        """Return the wire bytes of one message."""
        return self.finish(self.frame([text]), 1)


# --- WebSocket (RFC 6455) --------------------------------------------------------------


@cache
def _pattern(header: int, payload: int, frames: int) -> int:
    one = bytes(header) + (_MASK * (payload // 4 + 1))[:payload]
    return int.from_bytes(one * frames, "little")


def unmasked(payloads: Sequence[bytes], opcode: int = 1) -> bytes:
    """Return client frames with payloads of equal length, before masking."""
    size = len(payloads[0])
    if size < 126:
        header = bytes((0x80 | opcode, 0x80 | size)) + _MASK
    else:
        header = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big") + _MASK
    return b"".join([header + payload for payload in payloads])


def masked(framed: bytes, frames: int) -> bytes:
    """Mask the frames of `unmasked`, all at once as one long integer."""
    each = len(framed) // frames
    header = 6 if each < 6 + 126 else 8
    number = int.from_bytes(framed, "little") ^ _pattern(header, each - header, frames)
    return number.to_bytes(len(framed), "little")


def _upgrade(subprotocol: str = "") -> JoinStep:
    offer = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    request = (
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {WEBSOCKET_KEY}\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    )
    return JoinStep(request.encode(), b"\r\n\r\n", b"HTTP/1.1 4")


def chatroom_joining(number: int, **fields: object) -> Sequence[JoinStep]:
    """Return the steps to join our room; `fields` are added to the `join` request."""
    join = {"type": "join", "name": f"m{number:05}", "history": 0} | fields
    frame = masked(unmasked([json.dumps(join).encode()]), 1)
    return _upgrade("chatroom.v1"), JoinStep(frame, b'"type":"welcome"', b'"type":"refused"')


def chatroom_search(id: str, text: str, limit: int) -> bytes:
    """Return a request for the newest `limit` messages that contain the words of `text`."""
    ask = {"type": "search", "id": id, "text": text, "limit": limit}
    return masked(unmasked([json.dumps(ask).encode()]), 1)


def _chatroom_frame(texts: Sequence[bytes]) -> bytes:
    # An id as long as those of the desktop client, different for each message of a sender.
    return unmasked(
        [b'{"type":"say","text":"%b","id":"%b"}' % (each, stamps.identity(each).rjust(32, b"0"))
         for each in texts]
    )  # fmt: skip


CHATROOM = WireProtocol(
    joining=chatroom_joining,
    frame=_chatroom_frame,
    finish=masked,
    ending=b'"}',
    keepalive=masked(unmasked([b"ping"], opcode=10), 1),  # an unsolicited pong
)

WEBSOCKET = WireProtocol(
    joining=lambda number: [_upgrade()], frame=unmasked, finish=masked, ending=b""
)


# --- IRC (RFC 2812) --------------------------------------------------------------------


def _irc_hello(nick: str) -> JoinStep:
    return JoinStep(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode(), b" 001 ", b"ERROR")


IRC = WireProtocol(
    joining=lambda number: (
        _irc_hello(f"m{number:05}"),
        JoinStep(f"JOIN #{ROOM}\r\n".encode(), b" 366 "),
    ),
    sender_joining=lambda number: (_irc_hello(f"s{number:05}"),),
    frame=lambda texts: b"".join([b"PRIVMSG #room :%b\r\n" % text for text in texts]),
    ending=b"\r\n",
)


# --- RESP (Redis) ----------------------------------------------------------------------

REDIS = WireProtocol(
    joining=lambda number: (JoinStep(f"SUBSCRIBE {ROOM}\r\n".encode(), b"subscribe"),),
    sender_joining=lambda number: (JoinStep(b"PING\r\n", b"+PONG\r\n"),),
    frame=lambda texts: b"".join(
        [b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n$%d\r\n%b\r\n" % (len(text), text)
         for text in texts]
    ),
    ending=b"\r\n",
)  # fmt: skip
assert ROOM == "room"
