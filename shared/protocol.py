"""Names and numbers of protocol version 1 (docs/protocol.md)."""

VERSION = 1
SUBPROTOCOL = "chatroom.v1"

FEATURES: tuple[str, ...] = (
    "moderation", "deleting", "replies", "reactions", "editing", "pins", "renaming", "notes",
    "typing", "media",
)  # fmt: skip
"""The parts beyond version 1, as `welcome.features` and `join.features` list them."""

TLS = "tls"
"""The feature of servers that have a TLS key."""

HOSTS = "hosts"
"""The feature of rooms that run on several hosts."""

SERVER_NAME = "server"
"""The reserved name under which the server itself acts."""

UPLOAD_OFFSET = "Upload-Offset"
"""A header: how many bytes of a file came before (as in tus, and in the IETF's draft of
resumable uploads)."""
MAX_FILE = "Chatroom-Max-File"
"""A header: the largest file that the room accepts, in bytes."""

# WebSocket close codes (RFC 6455, section 7.4; 4000 to 4999 are the protocol's own).
CLOSE_LEFT = 1000
CLOSE_SHUTTING_DOWN = 1001
CLOSE_BROKEN = 1002
CLOSE_NOT_TEXT = 1003
CLOSE_NOT_UTF8 = 1007
CLOSE_TOO_BIG = 1009
CLOSE_REPLACED = 4001
CLOSE_REFUSED = 4003
CLOSE_TOO_SLOW = 4008
CLOSE_REMOVED = 4010
CLOSE_RATE_LIMITED = 4029


def features(key: str, *, hosts: bool = False) -> list[str]:
    """Return the features of a server.

    Args:
        key: the hash of its TLS key; empty without TLS.
        hosts: its room runs on several hosts.
    """
    return [*FEATURES, *([TLS] if key else ()), *([HOSTS] if hosts else ())]
