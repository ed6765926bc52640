"""The server's frames, and the reading of clients' frames (RFC 6455)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocols.aiohttp_internals import FrameParser
from server.protocols.websocket.frames import close_frame, frame
from tests.server.protocols.client_frames import masked, parse

HEADERS: list[tuple[int, bytes]] = [
    # payload size, header (section 5.2: FIN, text, no mask)
    (0, b"\x81\x00"),
    (1, b"\x81\x01"),
    (125, b"\x81\x7d"),
    (126, b"\x81\x7e\x00\x7e"),
    (127, b"\x81\x7e\x00\x7f"),
    (65535, b"\x81\x7e\xff\xff"),
    (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    (70000, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70"),
]


@pytest.mark.parametrize(("size", "header"), HEADERS)
def test_text_frame(size: int, header: bytes) -> None:
    payload = b"x" * size
    assert frame(payload) == header + payload


@given(st.lists(st.binary(max_size=300)))
def test_frames_can_be_read_back(payloads: list[bytes]) -> None:
    assert parse(b"".join(map(frame, payloads))) == payloads


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (1000, "", b"\x88\x02\x03\xe8"),
        (4001, "replaced", b"\x88\x0a\x0f\xa1replaced"),
        (4008, "too slow", b"\x88\x0a\x0f\xa8too slow"),
    ],
)
def test_close_frame(code: int, reason: str, expected: bytes) -> None:
    assert close_frame(code, reason) == expected


def test_a_close_frame_is_short() -> None:
    """A control frame has at most 125 bytes (section 5.5)."""
    encoded = close_frame(1000, "x" * 200)
    assert encoded[1] == len(encoded) - 2 == 125


@given(st.lists(st.binary(max_size=100), max_size=5), st.integers(1, 50))
async def test_messages_come_whole_however_their_bytes_are_cut(
    payloads: list[bytes], piece: int
) -> None:
    parser = FrameParser()
    data = b"".join(map(masked, payloads))
    got = [
        message.data
        for start in range(0, len(data), piece)
        for message in parser.feed(data[start : start + piece])
    ]
    assert got == payloads


async def test_frames_without_a_mask_are_refused_wherever_they_are_cut() -> None:
    parser = FrameParser()
    for byte in frame(b"{}"):
        assert parser.feed(bytes((byte,))) == []
    assert parser.broken == 1002
