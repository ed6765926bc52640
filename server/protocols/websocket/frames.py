"""The server's WebSocket frames (RFC 6455).

`aiohttp_internals.FrameParser` reads those of clients.
"""

PING = b"\x89\x00"


def frame(payload: bytes) -> bytes:
    """Return a text frame (section 5.2): whole, not masked."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str) -> bytes:
    """Return a close frame (section 5.5.1)."""
    payload = code.to_bytes(2, "big") + reason.encode()[:123]
    return bytes((0x88, len(payload))) + payload


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping with this payload, of at most 125 bytes (section 5.5.3)."""
    return bytes((0x8A, len(payload))) + payload
