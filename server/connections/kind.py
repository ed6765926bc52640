"""What a connection is used for, as the listener counts it."""

from enum import IntEnum


class Kind(IntEnum):
    """Connections of an address have an allowance for each kind."""

    UNJOINED = 0
    """It has sent no whole request yet, or is a WebSocket that has not joined."""
    PAGE = 1
    """It loads pages and files, and is kept alive between requests."""
    JOINED = 2
    """It belongs to a member."""
