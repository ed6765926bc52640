"""Senders send the right bytes in each protocol, message after message."""

import json
import re
from collections.abc import Iterator

import pytest

from benchmarks import protocols, stamps
from benchmarks.clients import Sender
from benchmarks.protocols import CHATROOM, IRC, REDIS, WEBSOCKET, WireProtocol

SENDER = 7
COUNTS = (1, 3, stamps.BLOCK, 2 * stamps.BLOCK + 5)


class RecordingConnection:
    """Keep the bytes that are sent."""

    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: memoryview) -> None:
        self.sent += data


def sent_by(protocol: WireProtocol) -> bytes:
    """Send some messages, across the ends of blocks, and return the bytes."""
    wire = RecordingConnection()
    sender = Sender(protocol, wire, SENDER)  # type: ignore[arg-type]
    for count in COUNTS:
        sender.send(count)
    assert sender.sent == sum(COUNTS)
    return wire.sent


TEXTS = [stamps.text(SENDER, number) for number in range(sum(COUNTS))]


def payloads(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield opcodes and payloads of client frames (RFC 6455, section 5.2)."""
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


def test_texts_have_the_documented_size() -> None:
    assert {len(text) for text in TEXTS} == {stamps.TEXT_BYTES}
    assert all(stamps.mark(SENDER) in text for text in TEXTS)


def test_plain_websocket() -> None:
    assert list(payloads(sent_by(WEBSOCKET))) == [(1, text) for text in TEXTS]


def test_our_room() -> None:
    requests = [json.loads(payload) for _, payload in payloads(sent_by(CHATROOM))]
    assert [request["text"].encode() for request in requests] == TEXTS
    assert {request["type"] for request in requests} == {"say"}
    ids = {request["id"] for request in requests}
    assert len(ids) == len(TEXTS)
    assert {len(id) for id in ids} == {32}


def test_our_room_join_and_keepalive() -> None:
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
def test_lines(protocol: WireProtocol, pattern: bytes) -> None:
    data = sent_by(protocol)
    assert re.findall(pattern, data) == TEXTS
    assert re.sub(pattern, b"", data) == b""
