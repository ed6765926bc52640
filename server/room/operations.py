"""The operations of a room: what a log puts in order and the core carries out.

Each holds everything that the core needs for it: tokens are made (only their hash is here) and
passwords are checked before an operation is appended to the log.
"""

import hashlib

from msgspec import Struct

from server.room.interface import Act, Peer, Post


class Leave(Struct, frozen=True, array_like=True, tag=1):
    """End the membership of `member`, if `connection` is its connection."""

    member: int
    connection: int
    reason: str


class Drop(Struct, frozen=True, array_like=True, tag=2):
    """The connection has ended: its member is disconnected."""

    connection: int


class Join(Struct, frozen=True, kw_only=True, array_like=True, tag=3):
    """Begin a membership or, with `resume`, continue the one with this token.

    `device` and `owner` are hashes, as in `JoinRequest`. `address` is the group of the address
    by which the person is known again, empty if many may have it. A new token that belongs to
    a member already is that of a join that was carried out before.
    """

    connection: int
    worker: int
    peer: Peer
    client: str
    name: str
    token_hash: bytes
    resume: bool
    after: int | None
    after_at: str | None
    history: int
    journal: str | None
    device: bytes = b""
    owner: bytes = b""
    address: str = ""


class Expire(Struct, frozen=True, array_like=True, tag=4):
    """The grace period is over that began when `member` disconnected at this position."""

    member: int
    disconnected: int


class Register(Struct, frozen=True, array_like=True, tag=5):
    """The connections of a worker that made contact, as (member, connection).

    `pending` are connections that further operations of this worker will be about. All other
    connections that the room has from this worker have ended.
    """

    worker: int
    connections: list[tuple[int, int]]
    pending: list[int]


class OwnerKey(Struct, frozen=True, array_like=True, tag=8):
    """The owner's key has this SHA-256 from now on."""

    key: bytes


type Operation = Post | Act | Leave | Drop | Join | Expire | Register | OwnerKey


def token_hash(token: str) -> bytes:
    """Return the hash of a token (SHA-256); the room keeps no token itself."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
