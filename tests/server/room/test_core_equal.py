"""Three hosts carry out the same log, each with restarts of its own: equal in the end."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room import events
from server.room.interface import Act, JoinAccepted, Post
from server.room.operations import (
    Agree,
    Drop,
    Expire,
    Forget,
    HostBack,
    HostLost,
    Join,
    Leave,
    Operation,
    OwnerKey,
    Register,
    Rules,
)
from server.room.outcome import Outcome
from server.room.storage.errors import StorageError
from tests.server.room.acts import ADDRESSES, DEVICES, KEYS, changes, requests
from tests.server.room.hosts_bench import HostsBench, agree
from tests.server.room.workbench import PEER, FlakyJournal
from tests.support.in_memory import temporary_folder

HOSTS = ("a", "b", "c")
LOCAL = {"filed", "post"}
"""The index of keys: each journal has a secret of its own for it."""

FIRST = Rules(max_users=4, history=0, edit_window=60.0)

_hosts = st.sampled_from(HOSTS)
_whose = st.integers(0, 5)  # 0 is the connection that joined last
_seqs = st.integers(0, 30)


def _post(whose: int, key: str, text: str, reply_to: int) -> Post:
    tail = events.said("ada", text, key)
    return Post(member=0, connection=whose, key=key, tail=tail, reply_to=reply_to)


def _join(**given: Any) -> Join:
    return Join(peer=PEER, client="test", after_at=None, journal=None, history=50, **given)


_rules = st.builds(
    Rules,
    max_users=st.integers(3, 5),
    history=st.sampled_from([0, 0, 8]),
    edit_window=st.sampled_from([0.0, 60.0]),
)
_joins = st.builds(
    _join,
    connection=st.just(0),
    worker=st.integers(1, 2),
    name=st.sampled_from(["ada", "ADA", "bob", "b0b", "eve", "joe", "not a name"]),
    token_hash=st.sampled_from([bytes([token]) * 32 for token in range(1, 7)]),
    resume=st.booleans(),
    after=st.none() | _seqs,
    device=st.sampled_from(DEVICES),
    owner=st.sampled_from([b"", b"", b"", KEYS[0]]),
    address=st.sampled_from(ADDRESSES),
)


def _someone(name: str, token: int, owner: bytes) -> Join:
    return _join(
        connection=0, worker=1, name=name, token_hash=bytes([token]) * 32, resume=False,
        after=None, owner=owner,
    )  # fmt: skip


_posts = st.builds(
    _post,
    _whose,
    st.sampled_from("1234567"),
    st.sampled_from(["hi", "hello"]),
    st.sampled_from([0, 0, 0, 3, 5]),
)
_acts = st.builds(
    Act,
    member=st.sampled_from([0, 1, 1]),  # 0: of the host
    connection=_whose,
    key=st.sampled_from("stuvwxyz"),
    request=requests | changes | changes,
)
operations = st.one_of(
    _joins,
    _joins,
    _posts,
    _posts,
    _acts,
    _acts,
    st.builds(Leave, _whose, st.just(0), st.just("quit")),
    st.builds(Drop, _whose),
    st.builds(Expire, _whose, st.integers(0, 1)),
    st.builds(
        Register,
        st.integers(1, 2),
        st.lists(st.tuples(_whose, st.just(0)), max_size=4),
        st.lists(_whose, max_size=2),
    ),
    st.builds(OwnerKey, st.sampled_from(KEYS[:2])),
    st.builds(HostLost, _hosts, st.sampled_from([0, 0, 0, -1])),
    st.builds(HostBack, _hosts, st.sampled_from([0, 0, 0, -1])),
    st.builds(lambda rules: agree(rules=rules), _rules),
    st.builds(Forget, _seqs),
)  # fmt: skip
BROKEN = _join(
    connection=2**63 + 1, worker=1, name="zoe", token_hash=b"5" * 32, resume=False, after=None
)
"""SQLite takes no such number of a connection."""


class Appended(NamedTuple):
    """What a host appends: `how` it does, and the seconds since the last entry."""

    host: str
    how: str
    operations: list[Operation]
    later: float


class Entry(NamedTuple):
    """An entry of the log."""

    host: str
    epoch: int
    number: int
    operations: Sequence[Operation]
    later: float


appended = st.builds(
    Appended,
    _hosts,
    st.sampled_from(["next"] * 8 + ["repeated", "restarted", "late", "broken"]),
    st.lists(operations, min_size=1, max_size=5),
    st.sampled_from([0.0, 0.4, 40.0, -3.0, -3600.0]),
)
positions = st.sets(st.integers(0, 24))


BEGINNING = [
    Appended("a", "next", [OwnerKey(KEYS[0])], 0.0),
    *(
        Appended(host, "next", [_someone(name, token, owner)], 1.0)
        for host, name, token, owner in (("b", "ada", 1, KEYS[0]), ("c", "bob", 2, b""))
    ),
    Appended("b", "next", [_post(whose, "0", "hi", 0) for whose in (0, 1)], 1.0),
]
"""An owner and a member are here, and each said something."""


class Founder:
    """The first host that carries out the log; it makes of what was drawn what can happen.

    Each join has a connection of its own. What members do mostly comes from a connection that
    they had, and a worker registers only such ones. `numbers` are the last ones of the hosts.
    """

    def __init__(self, bench: HostsBench) -> None:
        self._bench = bench
        self._connections = count(1)
        self._joined: list[tuple[int, int]] = []
        self.numbers = dict.fromkeys(HOSTS, (1, 1))

    def carry_out(self, drawn: Appended) -> tuple[Entry, Outcome]:
        epoch, number = self._source(drawn)
        made = [self._possible(drawn.host, one) for one in drawn.operations]
        if drawn.how == "broken":
            made.append(BROKEN)
        entry = Entry(drawn.host, epoch, number, made, drawn.later)
        outcome = carry_out(self._bench, entry)
        for one, answer in zip(made, outcome.answers, strict=True):
            if isinstance(one, Join) and isinstance(answer, JoinAccepted):
                self._joined.append((answer.member, one.connection))
        return entry, outcome

    def _source(self, drawn: Appended) -> tuple[int, int]:
        epoch, number = self.numbers[drawn.host]
        match drawn.how:
            case "repeated":
                return epoch, number
            case "late" if epoch > 1:
                return epoch - 1, 1000
            case "restarted":
                epoch, number = epoch + 1, 0
        self.numbers[drawn.host] = epoch, number + 1
        return epoch, number + 1

    def _whose(self, whose: int) -> tuple[int, int]:
        return self._joined[-1 - whose % len(self._joined)] if self._joined else (1, 1)

    def _possible(self, host: str, one: Operation) -> Operation:
        match one:
            case Join():
                known = self._bench.core.roster.by_token(one.token_hash) is not None
                resume, connection = known and one.resume, next(self._connections)
                return replace(one, connection=connection, resume=resume, host=host)
            case Post() | Act(member=1):
                member, connection = self._whose(one.connection)
                return replace(one, member=member, connection=connection)
            case Leave():
                return Leave(*self._whose(one.member), "quit")
            case Drop():
                return Drop(self._whose(one.connection)[1])
            case Expire():
                member, _ = self._whose(one.member)
                here = self._bench.core.roster.by_id(member)
                since = here.disconnected if here else None
                return Expire(member, (since or 1) - one.disconnected)
            case Register():
                held = dict(self._whose(whose) for whose, _ in one.connections)
                pending = [self._whose(whose)[1] for whose in one.pending]
                return Register(one.worker, list(held.items()), pending, host)
            case HostLost() | HostBack():
                return replace(one, epoch=self.numbers[one.host][0] + one.epoch)
            case Agree() if self._bench.core.agreed is not None:
                return replace(one, last=self._bench.core.agreed.mark)
        return one


def carry_out(bench: HostsBench, entry: Entry) -> Outcome:
    bench.wall += entry.later
    return bench.entry(entry.host, *entry.operations, epoch=entry.epoch, number=entry.number)


def rows(bench: HostsBench) -> dict[str, list[tuple[Any, ...]]]:
    """All that the journal has, by table."""
    with closing(sqlite3.connect(bench.path)) as db:
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = {
            table: db.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
            for table in tables
            if table not in LOCAL
        }
    found["kept"] = [row[:-1] for row in found["kept"]]  # not whether it has a marker
    return found


def facts(outcome: Outcome) -> dict[str, Any]:
    return {
        name: repr(value) if name == "fault" else value
        for name, value in ((one.name, getattr(outcome, one.name)) for one in fields(outcome))
    }


def fail_once(bench: HostsBench, entry: Entry) -> None:
    """Carry out an entry while the disk is full: it must leave nothing."""
    assert isinstance(bench.journal, FlakyJournal)
    before, wall = rows(bench), bench.wall
    bench.journal.full = True
    try:
        carry_out(bench, entry)
    except StorageError:
        bench.core.restore()
        bench.position -= 1
    else:  # a repeat, of which nothing is written
        bench.position -= 1
    bench.wall, bench.journal.full = wall, False
    assert rows(bench) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(appended, min_size=5, max_size=25), positions, positions, positions)
def test_equal_logs_make_equal_journals(
    log: list[Appended], restarts: set[int], others: set[int], failures: set[int]
) -> None:
    with temporary_folder() as folder, ExitStack() as stack:
        benches = [
            stack.enter_context(closing(HostsBench(Path(folder) / host, founded=False)))
            for host in HOSTS
        ]
        for bench in benches:
            bench.journal.adopt("journal")
            bench.entry("a", agree(rules=FIRST), epoch=1)
        founder = Founder(benches[0])
        for position, drawn in enumerate([*BEGINNING, *log]):
            entry, outcome = founder.carry_out(drawn)
            for bench, when in zip(benches[1:], (restarts, others), strict=True):
                if position in when:
                    bench.reopen()
            if position in failures:
                fail_once(benches[2], entry)
            for bench in benches[1:]:
                assert facts(carry_out(bench, entry)) == facts(outcome)
        expected = rows(benches[0])
        for bench in benches[1:]:
            assert rows(bench) == expected
            bench.reopen()
            assert rows(bench) == expected
