"""The message about a file in the object store, beside its chunks (NATS ADR-20)."""

import base64
import logging
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from server.cluster.jetstream import Stored

log = logging.getLogger(__name__)

CHUNK_BYTES = 128 * 1024
"""NATS takes messages of 1 MiB at most, and recommends this."""
BLOCK_CHUNKS = 8 * 1024 * 1024 // CHUNK_BYTES
_DIGEST = "SHA-256="
_SEQUENCES = "chatroom-sequences"


class Options(Struct):
    max_chunk_size: int = CHUNK_BYTES


class Facts(Struct, omit_defaults=True):
    """The message about a file, as ADR-20 has it.

    `metadata` has the numbers of its chunks in the stream, if this program wrote it.
    """

    name: str
    bucket: str
    nuid: str
    size: int
    chunks: int
    digest: str
    mtime: str = ""
    deleted: bool = False
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    options: Options = msgspec.field(default_factory=Options)

    @property
    def sha256(self) -> str:
        coded = self.digest.removeprefix(_DIGEST)
        return base64.urlsafe_b64decode(coded).hex()

    @property
    def runs(self) -> list[range]:
        """The numbers of its chunks; none if they are not known. Raises `ValueError`."""
        found = self.metadata.get(_SEQUENCES, "")
        ends = [one.split("-") for one in found.split(",") if one]
        return [range(int(first), int(last) + 1) for first, last in ends]


def metadata(runs: Iterable[range]) -> dict[str, str]:
    """Return the `metadata` of a file whose chunks have these numbers."""
    return {_SEQUENCES: ",".join(f"{run[0]}-{run[-1]}" for run in runs)}


def to_overwrite(runs: Iterable[range]) -> list[int]:
    """Return which chunks must be overwritten before they are purged.

    A node keeps messages in files of 8 MiB, and removes one that has no message left. So the
    bytes of chunks go from its disk with a purge, if only chunks of the same file are near.
    """
    found: list[int] = []
    for run in runs:
        if len(run) <= 2 * BLOCK_CHUNKS:
            found += run
        else:
            found += [*run[:BLOCK_CHUNKS], *run[-BLOCK_CHUNKS:]]
    return found


def digest(sha256: bytes) -> str:
    """Return a SHA-256 as it stands in `Facts.digest`."""
    return _DIGEST + base64.urlsafe_b64encode(sha256).decode()


def decoded(message: Stored) -> Facts | None:
    """Return what a message says of a file; None of a deleted one, and of what is no such."""
    try:
        facts = msgspec.json.decode(message.data, type=Facts)
        whole = not facts.deleted and facts.sha256 and facts.runs is not None
    except (msgspec.DecodeError, ValueError):
        log.warning("unreadable message about a file sequence=%d", message.sequence)
        return None
    return facts if whole else None
