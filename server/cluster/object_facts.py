"""What the object store keeps about a file, beside its chunks (NATS ADR-20)."""

import base64
import logging

import msgspec
from msgspec import Struct

from server.cluster.jetstream import Stored

log = logging.getLogger(__name__)

CHUNK_BYTES = 128 * 1024
"""NATS takes messages of 1 MiB at most, and recommends this."""
_DIGEST = "SHA-256="


class Options(Struct):
    max_chunk_size: int = CHUNK_BYTES


class Facts(Struct, omit_defaults=True):
    """The message about a file, as ADR-20 has it."""

    name: str
    bucket: str
    nuid: str
    size: int
    chunks: int
    digest: str
    mtime: str = ""
    deleted: bool = False
    options: Options = msgspec.field(default_factory=Options)

    @property
    def sha256(self) -> str:
        coded = self.digest.removeprefix(_DIGEST)
        return base64.urlsafe_b64decode(coded).hex()


def digest(sha256: bytes) -> str:
    """Return a SHA-256 as it stands in `Facts.digest`."""
    return _DIGEST + base64.urlsafe_b64encode(sha256).decode()


def decoded(message: Stored) -> Facts | None:
    """Return what a message says of a file; None of a deleted one, and of what is no such."""
    try:
        facts = msgspec.json.decode(message.data, type=Facts)
        whole = not facts.deleted and facts.sha256
    except (msgspec.DecodeError, ValueError):
        log.warning("unreadable message about a file sequence=%d", message.sequence)
        return None
    return facts if whole else None
