"""The server's frames, and the reading of clients' frames (RFC 6455)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocols.aiohttp_internals import FrameParser
from server.protocols.websocket.frames import FrameCounter, close_frame, frame
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


# --- where the frames of a client end ----------------------------------------------------


@st.composite
def client_frames(draw: st.DrawFn) -> bytes:
    """A frame of any kind and size, with zeros as its mask."""
    first = draw(st.sampled_from((0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A)))
    size = draw(st.sampled_from((0, 1, 5, 125, 126, 300, 65536)))
    header = bytearray(frame(b"x" * size)[:-size] if size else frame(b""))
    header[0] = first
    header[1] |= 0x80
    return bytes(header) + bytes(4) + b"x" * size


@given(st.lists(client_frames(), max_size=12), st.integers(1, 5), st.integers(1, 400))
def test_frames_are_counted_however_their_bytes_are_cut(
    frames: list[bytes], most: int, piece: int
) -> None:
    counter, data = FrameCounter(), b"".join(frames)
    unread, begun, control, fragments = b"", 0, 0, 0
    for start in range(0, len(data), piece):
        unread += data[start : start + piece]
        while unread:
            end = counter.scan(unread, 0, most)
            assert counter.frames <= most
            begun += counter.frames
            control += counter.control
            fragments += counter.fragments
            unread = unread[end:]
            assert not unread or counter.frames == most
    assert begun == len(frames)
    assert control == sum(one[0] & 0x08 > 0 for one in frames)
    assert fragments == sum(one[0] in (0x01, 0x00, 0x80) for one in frames)
    assert not counter.unmasked


@given(client_frames(), st.integers(0, 3))
def test_one_whole_message_is_told_from_anything_else(one: bytes, cut: int) -> None:
    is_text = one[0] == 0x81 and len(one) < 1 << 16
    assert FrameCounter().is_one_message(one) == is_text
    assert not FrameCounter().is_one_message(one + b"\x81")
    assert not FrameCounter().is_one_message(one[:cut])
    counter = FrameCounter()
    counter.scan(b"\x81", 0, 1)
    assert not counter.is_one_message(one)


@pytest.mark.parametrize("before", [0, 3])
async def test_a_frame_without_a_mask_ends_the_connection_wherever_it_is_cut(
    before: int,
) -> None:
    for piece in (1, 2, 100):
        counter, parsed = FrameCounter(), 0
        data = masked(b"{}") * before + frame(b"{}") + masked(b"{}")
        for start in range(0, len(data), piece):
            parsed += counter.scan(data[start : start + piece], 0, 100)
        assert counter.unmasked
        assert parsed <= len(masked(b"{}")) * before + 1
