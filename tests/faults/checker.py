"""What must hold, whatever happened: pure functions over histories and the journal.

Each check yields findings; no finding is a pass. Nothing here knows what the nemesis did, so
no fault is an excuse. The kinds of findings:

    lost        the room had confirmed it, or somebody saw it, and it is not in the journal;
                or a client at rest still holds what it had to say
    doubled     the same message twice: by member and id, by speaker and id, or by its text
    gap         a `seq` left out, in the journal, on the wire or on screen
    reordered   a `seq` that goes back, or a speaker's messages in another order than said
    swapped     a client saw an event under another `seq` than the journal has it
    altered     another text or speaker than was said, or said by nobody
    ghost       joined while present, left or speaking while absent, or a wrong list of members
    clock       `at` goes back
    failed      the person was told that it was not said
    broken      the client logged an error
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from shared import messages
from tests.faults import history
from tests.faults.history import Histories, Life

type Kind = Literal[
    "lost",
    "doubled",
    "gap",
    "reordered",
    "swapped",
    "altered",
    "ghost",
    "clock",
    "failed",
    "broken",
]

KINDS: tuple[Kind, ...] = get_args(Kind.__value__)


class SearchResult(NamedTuple):
    """A broken promise. `where`: the journal, or whose history."""

    kind: Kind
    where: str
    detail: str


class Row(NamedTuple):
    """One event of the journal: whose membership it is of, and the key it was posted under."""

    seq: int
    member: int
    key: str | None
    event: messages.Event


@dataclass
class Journal:
    """What the room remembers; `members` are the names of the memberships not ended."""

    rows: list[Row] = field(default_factory=list)
    members: list[str] = field(default_factory=list)


def newest(path: Path) -> int:
    """The newest `seq` in the journal of a server, which may be running."""
    with closing(_open(path)) as db:
        (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    return int(seq)


def read_journal(path: Path) -> Journal:
    """The whole journal, as of one moment."""
    with closing(_open(path)) as db:
        db.execute("BEGIN")
        rows = [
            Row(seq, member, key, messages.decode_event(body))
            for seq, member, key, body in db.execute(
                "SELECT seq, member, key, body FROM event ORDER BY seq"
            )
        ]
        names = [name for (name,) in db.execute("SELECT name FROM member ORDER BY id")]
    return Journal(rows, names)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)


def check(journal: Journal, histories: Histories, since: int = 0) -> list[SearchResult]:
    """Everything. `histories` hold all that bots said after `since`."""
    findings = [*numbering(journal), *clock(journal), *doubles(journal), *presence(journal)]
    findings += promises(journal, histories, since)
    findings += own_order(journal, histories)
    for name, lives in histories.items():
        for life in lives:
            findings += wire(name, life)
            findings += view(journal, name, life)
            findings += welcomes(journal, name, life)
            findings += [
                SearchResult("broken", name, each.error)
                for each in life.records
                if isinstance(each, history.Broken)
            ]
    return findings


# --- the journal alone -------------------------------------------------------------------


def numbering(journal: Journal) -> Iterator[SearchResult]:
    """`seq` from 1, no gap, and the event says the same as its row."""
    last = 0
    for row in journal.rows:
        if row.seq != last + 1:
            yield SearchResult("gap", "journal", f"{row.seq} follows {last}")
        if row.event.seq != row.seq:
            yield SearchResult(
                "swapped", "journal", f"row {row.seq} holds event {row.event.seq}"
            )
        last = row.seq


def clock(journal: Journal) -> Iterator[SearchResult]:
    """`at` never decreases."""
    last = ""
    for row in journal.rows:
        if row.event.at < last:
            yield SearchResult("clock", "journal", f"{row.seq}: {row.event.at} follows {last}")
        last = row.event.at


def doubles(journal: Journal) -> Iterator[SearchResult]:
    """Nothing was said twice; bots never say the same text twice."""
    seen: dict[object, int] = {}
    for row in journal.rows:
        if not isinstance(row.event, messages.Said):
            continue
        said = row.event
        marks: list[object] = [("text", said.name, said.text)]
        if row.key is not None:
            marks += [("key", row.member, row.key), ("id", said.name, said.id)]
        for mark in marks:
            if mark in seen:
                yield SearchResult("doubled", "journal", f"{seen[mark]} and {row.seq}: {mark}")
                break
        seen |= dict.fromkeys(marks, row.seq)


def presence(journal: Journal) -> Iterator[SearchResult]:
    """Who joins was out, who leaves or speaks was in; at the end those are in who are."""
    present: set[str] = set()
    for row in journal.rows:
        name, kind = row.event.name, type(row.event).__name__.lower()
        if (name in present) == isinstance(row.event, messages.Joined):
            state = "present" if name in present else "absent"
            yield SearchResult("ghost", "journal", f"{row.seq}: {name} {kind} while {state}")
        _move(present, row.event)
    if present != set(journal.members) or len(present) != len(journal.members):
        yield SearchResult(
            "ghost", "journal", f"by events {sorted(present)}, by roster {journal.members}"
        )


def _move(present: set[str], event: messages.Event) -> None:
    if isinstance(event, messages.Joined):
        present.add(event.name)
    elif isinstance(event, messages.Left):
        present.discard(event.name)


# --- what clients were promised ----------------------------------------------------------


def promises(journal: Journal, histories: Histories, since: int) -> Iterator[SearchResult]:
    """What was confirmed is there, as it was said; and what is there was said."""
    kept: dict[tuple[str, str], messages.Said] = {}
    for row in journal.rows:
        if isinstance(row.event, messages.Said):
            kept[row.event.name, str(row.event.id)] = row.event
    said: dict[tuple[str, str], str] = {}
    for name, lives in histories.items():
        for record in _all(lives):
            match record:
                case history.Says(id=id, text=text) | history.Holds(id=id, text=text):
                    said[name, id] = text
                case history.Failed(id=id, reason=reason):
                    yield SearchResult(
                        "failed", name, f"{id} ({said.get((name, id))!r}): {reason}"
                    )
                case history.Confirmed(id=id) if (name, id) not in kept:
                    yield SearchResult(
                        "lost", name, f"{id} ({said.get((name, id))!r}) was confirmed"
                    )
                case _:
                    pass
    for (name, id), event in kept.items():
        if event.seq > since and said.get((name, id)) != event.text:
            was = said.get((name, id))
            yield SearchResult(
                "altered", name, f"{event.seq} {id}: said {was!r}, is {event.text!r}"
            )


def unsaid(lives: Sequence[Life]) -> dict[str, str]:
    """What a client has still to say: id and text."""
    waiting: dict[str, str] = {}
    for record in _all(lives):
        match record:
            case history.Says(id=id, text=text) | history.Holds(id=id, text=text):
                waiting[id] = text
            case history.Confirmed(id=id) | history.Failed(id=id):
                waiting.pop(id, None)
            case _:
                pass
    return waiting


def own_order(journal: Journal, histories: Histories) -> Iterator[SearchResult]:
    """Everybody's messages are in the journal in the order in which they were said."""
    place: dict[tuple[str, str], int] = {}
    for name, lives in histories.items():
        for record in _all(lives):
            if isinstance(record, history.Says | history.Holds):
                place.setdefault((name, record.id), len(place))
    last: dict[str, tuple[int, int]] = {}
    for row in journal.rows:
        if not isinstance(row.event, messages.Said):
            continue
        name, now = row.event.name, place.get((row.event.name, str(row.event.id)))
        if now is None:
            continue  # `promises` tells
        before, seq = last.get(name, (-1, 0))
        if now < before:
            yield SearchResult("reordered", name, f"{row.seq} was said before {seq}")
        last[name] = (now, row.seq)


# --- what one client saw -----------------------------------------------------------------


def view(journal: Journal, name: str, life: Life) -> Iterator[SearchResult]:
    """What was on screen is the journal, from where it began, without hole or double."""
    events = {row.seq: row.event for row in journal.rows}
    last: int | None = None
    for record in life.records:
        match record:
            case history.Welcomed(forget=True):
                last = None
            case history.Saw(event=event):
                yield from _step(name, "saw", last, event.seq)
                if event != events.get(event.seq):
                    yield _differs(name, event, events)
                last = event.seq if last is None else max(last, event.seq)
            case _:
                pass


def _differs(
    name: str, event: messages.Event, events: dict[int, messages.Event]
) -> SearchResult:
    kept = events.get(event.seq)
    if kept is None:
        return SearchResult("lost", name, f"saw {event}, which is not in the journal")
    kind: Kind = "altered"
    if isinstance(event, messages.Said) and isinstance(kept, messages.Said):
        kind = "altered" if event.id == kept.id else "swapped"
    elif type(event) is not type(kept) or event.name != kept.name:
        kind = "swapped"
    return SearchResult(kind, name, f"saw {event}, the journal has {kept}")


def wire(name: str, life: Life) -> Iterator[SearchResult]:
    """On each connection every `seq` comes once and follows the one before.

    The first follows what the client said it held.
    """
    last: dict[int, int] = {}
    for record in life.records:
        match record:
            case history.Resumed(socket=socket, after=after):
                last[socket] = after
            case history.Wire(socket=socket, seq=seq):
                before = last.get(socket)
                yield from _step(name, f"socket {socket} had", before, seq)
                last[socket] = max(before or 0, seq)
            case _:
                pass


def _step(name: str, verb: str, last: int | None, seq: int) -> Iterator[SearchResult]:
    if last is None or seq == last + 1:
        return
    kind: Kind = "gap" if seq > last else "doubled" if seq == last else "reordered"
    yield SearchResult(kind, name, f"{verb} {seq} after {last}")


def welcomes(journal: Journal, name: str, life: Life) -> Iterator[SearchResult]:
    """The members that each welcome lists are those of its moment.

    While the disk refuses, joins and leaves hold at once and are written later, first of all:
    so the list may also be that of any moment up to the next thing said.
    """
    wanted = sorted(
        (each for each in life.records if isinstance(each, history.Welcomed)),
        key=lambda each: each.seq,
    )
    present: set[str] = set()
    rows = iter(journal.rows)
    newest = 0
    for each in wanted:
        while newest < each.seq and (row := next(rows, None)) is not None:
            _move(present, row.event)
            newest = row.seq
        if set(each.members) not in _owed(journal, newest, present):
            detail = f"at {each.seq} {sorted(each.members)}, by events {sorted(present)}"
            yield SearchResult("ghost", name, detail)


def _owed(journal: Journal, newest: int, present: set[str]) -> list[set[str]]:
    moments = [set(present)]
    for row in journal.rows[newest:]:
        if not isinstance(row.event, messages.Joined | messages.Left):
            break
        moments.append(set(moments[-1]))
        _move(moments[-1], row.event)
    return moments


def at_rest(journal: Journal, histories: Histories) -> Iterator[SearchResult]:
    """When all is well again, everything is said, and everybody has seen everything."""
    newest = journal.rows[-1].seq if journal.rows else 0
    for name, lives in histories.items():
        for id, text in unsaid(lives).items():
            yield SearchResult("lost", name, f"{id} ({text!r}) is still not said")
        seen = [each.event.seq for each in lives[-1].records if isinstance(each, history.Saw)]
        if newest not in seen:
            yield SearchResult("gap", name, f"has seen {max(seen, default=0)} of {newest}")
        shown = [each.away for each in lives[-1].records if isinstance(each, history.Members)]
        expected = dict.fromkeys(journal.members, False)
        if not shown or shown[-1] != expected:
            yield SearchResult("ghost", name, f"shows {shown[-1:]} as members, not {expected}")


def _all(lives: Sequence[Life]) -> Iterator[history.Record]:
    for life in lives:
        yield from life.records
