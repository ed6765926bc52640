"""Frames as a client makes and reads them (RFC 6455)."""


def masked(payload: bytes, opcode: int = 0x81) -> bytes:
    """A client's frame (section 5.3)."""
    assert len(payload) < 126
    mask = b"\x37\xfa\x21\x3d"
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes((opcode, 0x80 | len(payload))) + mask + body


def parse(data: bytes) -> list[bytes]:
    """What a client makes of it."""
    payloads = []
    while data:
        assert data[0] == 0x81
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        payloads.append(data[start : start + size])
        data = data[start + size :]
    return payloads
