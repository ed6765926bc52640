"""The members in a journal: their rows, and whether a room can start with them."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from server.room.interface import Peer
from server.room.roster import Member
from shared import names

_ALL = """
SELECT id, name, token, since, joined, worker, connection, disconnected, peer
    FROM member ORDER BY id
"""
_peers: msgspec.msgpack.Decoder[tuple[Peer, str]] = msgspec.msgpack.Decoder(tuple[Peer, str])


def read(db: sqlite3.Connection) -> list[Member]:
    """Return the members of a journal."""
    return [_member(row) for row in db.execute(_ALL)]


def row(member: Member) -> tuple[object, ...]:
    """Return the row of a member."""
    return (
        member.id,
        member.name,
        member.token_hash,
        member.since,
        member.joined,
        member.worker,
        member.connection,
        member.disconnected,
        msgspec.msgpack.encode((member.peer, member.client)),
    )


def check(members: Iterable[Member]) -> None:
    """Check that a room can start with these members. Raises `ValueError`, `TypeError`."""
    for member in members:
        names.key(member.name)
        datetime.fromisoformat(member.since)
        if (member.connection is None) is (member.disconnected is None):
            raise ValueError("a member is neither connected nor disconnected")


def _member(row: Any) -> Member:
    id, name, token, since, joined, worker, connection, disconnected, packed = row
    peer, client = _peers.decode(packed)
    return Member(
        id, name, token, since, joined, worker, connection, disconnected, peer, client
    )
