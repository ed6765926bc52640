"""WebSocket: handshake, frames, connections (docs/protocol.md, part 1)."""
