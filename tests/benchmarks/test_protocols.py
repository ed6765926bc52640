"""What speakers send is what it should be, message after message, in each protocol."""

import json
import re
from collections.abc import Iterator

import pytest

from benchmarks import protocols, stamps
from benchmarks.clients import Speaker
from benchmarks.protocols import CHATROOM, IRC, REDIS, WEBSOCKET, Protocol

SPEAKER = 7
SAID = (1, 3, stamps.BLOCK, 2 * stamps.BLOCK + 5)


class Wire:
    """In place of a connection: keeps what is sent."""

    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: memoryview) -> None:
        self.sent += data


def said(protocol: Protocol) -> bytes:
    """What a speaker sends that says some, and more, over the ends of its blocks."""
    wire = Wire()
    speaker = Speaker(protocol, wire, SPEAKER)  # type: ignore[arg-type]
    for count in SAID:
        speaker.say(count)
    assert speaker.said == sum(SAID)
    return wire.sent


TEXTS = [stamps.text(SPEAKER, number) for number in range(sum(SAID))]


def payloads(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcodes and payloads of client frames (RFC 6455, section 5.2)."""
    while data:
        size, at = data[1] & 0x7F, 2
        assert data[0] & 0x80
        assert data[1] & 0x80
        if size == 126:
            size, at = int.from_bytes(data[2:4]), 4
        mask, masked = data[at : at + 4], data[at + 4 : at + 4 + size]
        assert any(mask)
        yield data[0] & 0x0F, bytes(c ^ mask[i % 4] for i, c in enumerate(masked))
        data = data[at + 4 + size :]


def test_texts_have_the_size_that_is_promised() -> None:
    assert {len(text) for text in TEXTS} == {stamps.TEXT_BYTES}
    assert all(stamps.mark(SPEAKER) in text for text in TEXTS)


def test_plain_websocket() -> None:
    assert list(payloads(said(WEBSOCKET))) == [(1, text) for text in TEXTS]


def test_our_room() -> None:
    requests = [json.loads(payload) for _, payload in payloads(said(CHATROOM))]
    assert [request["text"].encode() for request in requests] == TEXTS
    assert {request["type"] for request in requests} == {"say"}
    ids = {request["id"] for request in requests}
    assert len(ids) == len(TEXTS)
    assert {len(id) for id in ids} == {32}


def test_our_room_is_joined_and_told_that_we_live() -> None:
    _, join = protocols.chatroom_joining(12, after=3)
    ((opcode, payload),) = payloads(join.send)
    assert opcode == 1
    assert json.loads(payload) == {"type": "join", "name": "m00012", "history": 0, "after": 3}
    assert [opcode for opcode, _ in payloads(CHATROOM.keepalive)] == [10]


@pytest.mark.parametrize(
    ("protocol", "pattern"),
    [
        (IRC, rb"PRIVMSG #room :(.*)\r\n"),
        (REDIS, rb"\*3\r\n\$7\r\nPUBLISH\r\n\$4\r\nroom\r\n\$100\r\n(.*)\r\n"),
    ],
)
def test_lines(protocol: Protocol, pattern: bytes) -> None:
    data = said(protocol)
    assert re.findall(pattern, data) == TEXTS
    assert re.sub(pattern, b"", data) == b""
