"""The operations of a room: what a log puts in order and the core carries out.

Each holds everything that the core needs for it: tokens are made (only their hash is here) and
passwords are checked before an operation is appended to the log.
"""

import hashlib

import msgspec
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

    `host` is the name of the host that has the connection; empty in a room on one host.
    `device` and `owner` are hashes, as in `JoinRequest`. `address` is the group of the address
    by which the person is known again, empty if many may have it. A new token that belongs to
    a member already is that of a join that was carried out before. `instead` is the connection
    that the member had when its host took the join: another host may have given it a newer one
    meanwhile.
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
    host: str = ""
    instead: int = 0


class Expire(Struct, frozen=True, array_like=True, tag=4):
    """The grace period is over that began when `member` disconnected at this position."""

    member: int
    disconnected: int


class Register(Struct, frozen=True, array_like=True, tag=5):
    """The connections of a worker of `host` that made contact, as (member, connection).

    `pending` are connections that further operations of this worker will be about. All other
    connections that the room has from this worker have ended.
    """

    worker: int
    connections: list[tuple[int, int]]
    pending: list[int]
    host: str = ""


class OwnerKey(Struct, frozen=True, array_like=True, tag=8):
    """The owner's key has this SHA-256 from now on; with `first`, only if there is none yet."""

    key: bytes
    first: bool = False


class HostLost(Struct, frozen=True, array_like=True, tag=9):
    """Nobody hears from a host, since its start `epoch`: its members are disconnected.

    Their connections may still be there: what comes from them counts, and `HostBack` gives
    them back.
    """

    host: str
    epoch: int


class HostBack(Struct, frozen=True, array_like=True, tag=10):
    """A host that was lost is there: its members have their connections again."""

    host: str
    epoch: int


class Rules(Struct, frozen=True, array_like=True):
    """The settings by which the core decides; in the words and units of `Settings`."""

    max_users: int
    history: int
    edit_window: float


class Agree(Struct, frozen=True, array_like=True, tag=11):
    """The settings that all hosts agree on: the first one holds, then each that knows the last.

    The first one is the first entry of the log.

    Args:
        journal: the name of the room's journal.
        newest: the last `seq` in it, before the first entry of the log.
        rules: the settings by which the core decides.
        settings: the others that must be the same on all hosts, as JSON.
        last: the `mark` of what this replaces; empty for the first.
    """

    journal: str
    newest: int
    rules: Rules
    settings: bytes
    last: bytes = b""

    @property
    def mark(self) -> bytes:
        """By which a later one says that it knows this one (SHA-256)."""
        return hashlib.sha256(msgspec.msgpack.encode((self.rules, self.settings))).digest()


class Forget(Struct, frozen=True, array_like=True, tag=12):
    """Events before this `seq` go, as the journal would become too large."""

    before: int


type Operation = (
    Post | Act | Leave | Drop | Join | Expire | Register | OwnerKey
    | HostLost | HostBack | Agree | Forget
)  # fmt: skip


def token_hash(token: str) -> bytes:
    """Return the hash of a token (SHA-256); the room keeps no token itself."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
