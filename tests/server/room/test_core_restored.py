"""A room that stops at any position and is started again goes on as if it had never stopped."""

from contextlib import closing
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room.core import RoomCore
from server.room.interface import Act, JoinAccepted, Post
from server.room.log import rfc3339
from server.room.operations import (
    Drop,
    Expire,
    Join,
    Leave,
    Operation,
    OwnerKey,
    Register,
    token_hash,
)
from server.room.outcome import Outcome
from server.room.storage import moderation_tables
from server.room.storage.journal import Journal
from shared.moderation import MODERATOR, OWNER
from tests.server.room import acts
from tests.server.room.workbench import join_operation, join_request
from tests.support.in_memory import temporary_folder

members = st.integers(1, 5)
connections = st.integers(1, 6)
workers = st.integers(1, 2)
keys = st.sampled_from(["", "1", "2", "3"])


def _join(connection: int, worker: int, name: str, token: int, after: int | None) -> Join:
    join = join_operation(
        join_request(name, connection=connection, worker=worker, after=after, history=2)
    )
    return replace(
        join,
        token_hash=token_hash(f"{token}"),
        resume=token % 2 == 0,
        device=acts.DEVICES[token % 3],
        owner=acts.KEYS[0] if token == 1 else b"",
        address=acts.ADDRESSES[connection % 3],
    )


def _post(member: int, connection: int, key: str, number: int, reply_to: int) -> Post:
    tail = b'"name":"somebody","text":"hello"}'
    if reply_to:
        tail = b'%b,"reply_to":%d}' % (tail[:-1], reply_to)
    return Post(
        member=member, connection=connection, key=key, tail=tail, number=number,
        reply_to=reply_to,
    )  # fmt: skip


operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        _join,
        connections,
        workers,
        st.sampled_from(["ada", "bob", "b0b", "eve", "not a name"]),
        st.integers(1, 6),
        st.none() | st.integers(0, 20),
    ),
    st.builds(
        _post,
        members,
        connections | st.just(0),
        keys,
        st.integers(1, 4),
        st.just(0) | st.integers(0, 9),
    ),
    st.builds(Leave, members, connections, st.just("quit")),
    st.builds(Drop, connections),
    st.builds(
        Act,
        member=st.integers(0, 5),
        connection=connections,
        key=keys.filter(bool),
        request=acts.requests | acts.changes,
    ),
    st.builds(OwnerKey, st.sampled_from(acts.KEYS[:2])),
    st.builds(Expire, members, st.integers(1, 12)),
    st.builds(
        Register,
        workers,
        st.lists(st.tuples(members, connections), max_size=3),
        st.lists(connections, max_size=2),
    ),
)
entries = st.lists(st.lists(operations, min_size=1, max_size=4), max_size=12)


def state(core: RoomCore) -> dict[str, Any]:
    """All that the core decides by."""
    return {
        "members": [asdict(member) | {"sent": 0} for member in core.roster.members()],
        "listing": bytes(core.roster.listing()),
        "newest": core.journal.newest(),
        "first": core.journal.first_kept(),
        "at": core.last_at,
        "recent": list(core.roster.recent.items()),
        "number": core.last_member,
        "position": core.position,
        "room": core.moderation.room,
        "restrictions": {
            kind: core.moderation.all(kind, "") for kind in ("ban", "mute", "kick")
        },
        "pins": core.journal.pins(),
        "shown": core.pins.json(core.journal.first_kept(), core.journal.body),
        "edits": core.journal._db.execute("SELECT seq, target FROM edit").fetchall(),
        "ended": core.moderation._ended,
        "audit": moderation_tables.audit(core.journal._db),
    }


def plain(outcome: Outcome) -> dict[str, Any]:
    """The outcome without the journal's name, which each journal makes up."""
    # Not `asdict`: it copies all values, which lists of members cannot be.
    values = {one.name: getattr(outcome, one.name) for one in fields(outcome)}
    values["answers"] = [
        replace(answer, journal="") if isinstance(answer, JoinAccepted) else answer
        for answer in outcome.answers
    ]
    return values


def apply(core: RoomCore, position: int, entry: list[Operation]) -> dict[str, Any]:
    # The clock goes back now and then, also far.
    return plain(core.apply(position, rfc3339(1e9 + 7 * position % 5 * 100), entry))


@settings(max_examples=150)
@given(entries, st.integers(0, 12), st.sampled_from([0, 3]))
def test_a_room_that_stops_at_any_position(
    entries: list[list[Operation]], stop: int, keep: int
) -> None:
    with temporary_folder() as folder:
        with closing(Journal(Path(folder) / "one.sqlite3", keep)) as journal:
            core = RoomCore(journal, 3)
            expected = [apply(core, *entry) for entry in enumerate(entries, 1)]
            end = state(core)
        path = Path(folder) / "other.sqlite3"
        with closing(Journal(path, keep)) as journal:
            core = RoomCore(journal, 3)
            got = [apply(core, *entry) for entry in enumerate(entries[:stop], 1)]
            before = state(core)
        with closing(Journal(path, keep, check=True)) as journal:
            core = RoomCore(journal, 3)
            assert state(core) == before
            got += [apply(core, *entry) for entry in enumerate(entries[stop:], stop + 1)]
            assert got == expected
            assert state(core) == end


@settings(max_examples=150)
@given(st.lists(operations, max_size=60))
def test_nobody_acts_on_an_owner_but_the_host_and_a_new_key(
    operations: list[Operation],
) -> None:
    with (
        temporary_folder() as folder,
        closing(Journal(Path(folder) / "one.sqlite3")) as journal,
    ):
        core = RoomCore(journal, 3)
        ann, bob = _join(1, 1, "ada", 1, None), _join(2, 1, "bob", 3, None)
        apply(core, 1, [OwnerKey(acts.KEYS[0]), ann, bob])
        core.roster.members()[1].role = MODERATOR
        for position, operation in enumerate(operations, 2):
            owners = {one.id: one for one in core.roster.members() if one.role == OWNER}
            muted = {id: one.muted for id, one in owners.items()}
            apply(core, position, [operation])
            if not isinstance(operation, Act) or not operation.member:
                continue
            owners.pop(operation.member, None)
            for id, one in owners.items():
                assert core.roster.by_id(id) is one
                assert (one.role, one.muted) == (OWNER, muted[id])
