"""The checks: pure functions over histories and the journal.

Each check yields findings; a run without findings passes. The checks do not know which faults
were injected, so no fault is an excuse. The kinds of findings:

    lost        the server acknowledged it, or a member saw it, and it is not in the journal;
                or a settled client still holds an unsent message
    doubled     the same message twice: by member and id, by sender and id, or by its text
    gap         a missing `seq`, in the journal, on the wire or on screen
    reordered   a `seq` that goes back, or messages of a sender in another order than sent
    swapped     a client received an event under another `seq` than in the journal
    altered     a text or sender that differs from what was sent, or a message that was not sent
    diverged    a message that differs from what its changes make of it, or between clients
    membership  joined while present, left or sending while absent, or a wrong list of members
    clock       `at` goes back, but less than where a clock that was far ahead is put right
    failed      the client showed a message as failed
    error       the client logged an error
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from msgspec import UNSET, structs

from shared import messages
from shared.conversation import Edited
from tests.faults import history
from tests.faults.history import BotRun, Histories

type FindingKind = Literal[
    "lost",
    "doubled",
    "gap",
    "reordered",
    "swapped",
    "altered",
    "diverged",
    "membership",
    "clock",
    "failed",
    "error",
]

FINDING_KINDS: tuple[FindingKind, ...] = get_args(FindingKind.__value__)


class CheckFinding(NamedTuple):
    """A failed check. `where`: the journal, or the name of a bot."""

    kind: FindingKind
    where: str
    detail: str


class JournalEntry(NamedTuple):
    """One event of the journal, with its membership and its deduplication key."""

    seq: int
    member: int
    key: str | None
    event: messages.AnyEvent


@dataclass
class JournalContents:
    """The contents of the journal; `members` are the names of the present members."""

    rows: list[JournalEntry] = field(default_factory=list)
    members: list[str] = field(default_factory=list)


def newest(path: Path) -> int:
    """Return the newest `seq` in the journal of a server, which may be running."""
    with closing(_open(path)) as db:
        (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    return int(seq)


def read_journal(path: Path) -> JournalContents:
    """Read the whole journal in one transaction."""
    with closing(_open(path)) as db:
        db.execute("BEGIN")
        rows = [
            JournalEntry(seq, member, key, history.decode(body))
            for seq, member, key, body in db.execute(
                "SELECT seq, member, key, body FROM event ORDER BY seq"
            )
        ]
        names = [name for (name,) in db.execute("SELECT name FROM member ORDER BY id")]
    return JournalContents(rows, names)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)


def check(journal: JournalContents, histories: Histories, since: int = 0) -> list[CheckFinding]:
    """Run all checks. `histories` hold all that bots sent after `since`."""
    findings = [
        *numbering(journal),
        *clock(journal),
        *duplicates(journal),
        *membership(journal),
    ]
    findings += acknowledgements(journal, histories, since)
    findings += sender_order(journal, histories)
    for name, runs in histories.items():
        for run in runs:
            findings += arrived_events(name, run)
            findings += shown_events(journal, name, run)
            findings += welcomes(journal, name, run)
            findings += [
                CheckFinding("error", name, each.error)
                for each in run.records
                if isinstance(each, history.ErrorLogged)
            ]
    return findings


# --- the journal alone -------------------------------------------------------------------


def numbering(journal: JournalContents) -> Iterator[CheckFinding]:
    """Check that `seq` starts at 1 without a gap, and that each event has its row's `seq`."""
    last = 0
    for row in journal.rows:
        if row.seq != last + 1:
            yield CheckFinding("gap", "journal", f"{row.seq} follows {last}")
        if row.event.seq != row.seq:
            yield CheckFinding(
                "swapped", "journal", f"row {row.seq} holds event {row.event.seq}"
            )
        last = row.seq


def clock(journal: JournalContents) -> Iterator[CheckFinding]:
    """Check that `at` decreases only where a clock that was far ahead was put right."""
    last = ""
    for row in journal.rows:
        if not row.event.at:  # an unknown event may have none
            continue
        if row.event.at < last and not _put_right(last, row.event.at):
            yield CheckFinding("clock", "journal", f"{row.seq}: {row.event.at} follows {last}")
        last = row.event.at


def _put_right(last: str, at: str) -> bool:
    ahead = datetime.fromisoformat(last) - datetime.fromisoformat(at)
    return ahead > timedelta(minutes=5)


def duplicates(journal: JournalContents) -> Iterator[CheckFinding]:
    """Check that no message occurs twice; bots never send the same text twice."""
    seen: dict[object, int] = {}
    for row in journal.rows:
        if not isinstance(row.event, messages.Said):
            continue
        sent = row.event
        marks: list[object] = [("text", sent.name, sent.text)] if sent.text else []
        if row.key is not None:
            marks += [("key", row.member, row.key), ("id", sent.name, sent.id)]
        for mark in marks:
            if mark in seen:
                yield CheckFinding("doubled", "journal", f"{seen[mark]} and {row.seq}: {mark}")
                break
        seen |= dict.fromkeys(marks, row.seq)


def membership(journal: JournalContents) -> Iterator[CheckFinding]:
    """Check that members join while absent, leave and send while present; and the roster."""
    present: set[str] = set()
    for row in journal.rows:
        if isinstance(row.event, messages.UnknownEvent):
            continue
        name, kind = row.event.name, type(row.event).__name__.lower()
        if (name in present) == isinstance(row.event, messages.Joined):
            state = "present" if name in present else "absent"
            yield CheckFinding(
                "membership", "journal", f"{row.seq}: {name} {kind} while {state}"
            )
        _apply(present, row.event)
    if present != set(journal.members) or len(present) != len(journal.members):
        yield CheckFinding(
            "membership", "journal", f"by events {sorted(present)}, by roster {journal.members}"
        )


def _apply(present: set[str], event: messages.AnyEvent) -> None:
    if isinstance(event, messages.Joined):
        present.add(event.name)
    elif isinstance(event, messages.Left):
        present.discard(event.name)


# --- acknowledgements --------------------------------------------------------------


def acknowledgements(
    journal: JournalContents, histories: Histories, since: int
) -> Iterator[CheckFinding]:
    """Check that acknowledged messages are in the journal as sent, and no others."""
    kept: dict[tuple[str, str], messages.Said] = {}
    for row in journal.rows:
        if isinstance(row.event, messages.Said):
            kept[row.event.name, str(row.event.id)] = row.event
    sent: dict[tuple[str, str], str] = {}
    for name, runs in histories.items():
        for record in _all(runs):
            match record:
                case (
                    history.MessageSent(id=id, text=text)
                    | history.MessageKept(id=id, text=text)
                ):
                    sent[name, id] = text
                case history.MessageRejected(id=id, reason=reason):
                    yield CheckFinding(
                        "failed", name, f"{id} ({sent.get((name, id))!r}): {reason}"
                    )
                case history.MessageAcknowledged(id=id) if (name, id) not in kept:
                    yield CheckFinding(
                        "lost", name, f"{id} ({sent.get((name, id))!r}) was acknowledged"
                    )
                case _:
                    pass
    for (name, id), event in kept.items():
        changed = event.edited or event.deleted  # `changecheck` checks these
        if event.seq > since and not changed and sent.get((name, id)) != event.text:
            was = sent.get((name, id))
            yield CheckFinding(
                "altered", name, f"{event.seq} {id}: sent {was!r}, is {event.text!r}"
            )


def unsent(runs: Sequence[BotRun]) -> dict[str, str]:
    """Return the messages that a client has still to send: id and text."""
    waiting: dict[str, str] = {}
    for record in _all(runs):
        match record:
            case history.MessageSent(id=id, text=text) | history.MessageKept(id=id, text=text):
                waiting[id] = text
            case history.MessageAcknowledged(id=id) | history.MessageRejected(id=id):
                waiting.pop(id, None)
            case _:
                pass
    return waiting


def sender_order(journal: JournalContents, histories: Histories) -> Iterator[CheckFinding]:
    """Check that the messages of each sender are in the journal in the order they were sent."""
    place: dict[tuple[str, str], int] = {}
    for name, runs in histories.items():
        for record in _all(runs):
            if isinstance(record, history.MessageSent | history.MessageKept):
                place.setdefault((name, record.id), len(place))
    last: dict[str, tuple[int, int]] = {}
    for row in journal.rows:
        if not isinstance(row.event, messages.Said):
            continue
        name, now = row.event.name, place.get((row.event.name, str(row.event.id)))
        if now is None:
            continue  # `acknowledgements` reports it
        before, seq = last.get(name, (-1, 0))
        if now < before:
            yield CheckFinding("reordered", name, f"{row.seq} was sent before {seq}")
        last[name] = (now, row.seq)


# --- the events of one client
# -------------------------------------------------------------------


def shown_events(journal: JournalContents, name: str, run: BotRun) -> Iterator[CheckFinding]:
    """Check that the screen shows the journal from its start on, without gap or duplicate."""
    events = {row.seq: row.event for row in journal.rows}
    last: int | None = None
    for record in run.records:
        match record:
            case history.RoomEntered(forget=True):
                last = None
            case history.EventShown(event=event):
                yield from _step(name, "showed", last, event.seq)
                if not _same(event, events.get(event.seq)):
                    yield _differs(name, event, events)
                last = event.seq if last is None else max(last, event.seq)
            case _:
                pass


def _same(shown: messages.AnyEvent, kept: messages.AnyEvent | None) -> bool:
    """Whether they are one event; what was changed in between does not count."""
    text: object
    if isinstance(shown, messages.Said) and isinstance(kept, messages.Said):
        text = shown.text == kept.text or kept.edited or kept.deleted
    elif isinstance(shown, messages.Shared) and isinstance(kept, messages.Shared):
        text = shown.file == kept.file or kept.deleted
    elif isinstance(shown, Edited) and isinstance(kept, Edited):
        text = shown.text == kept.text or not kept.text
    else:
        text = True
    return bool(text) and _unchanging(shown) == _unchanging(kept)


def _unchanging(event: messages.AnyEvent | None) -> messages.AnyEvent | None:
    """Return an event without all that a change may add, replace or remove."""
    changes = {"edited": UNSET, "reactions": UNSET, "pinned": UNSET, "deleted": UNSET}
    match event:
        case messages.Said():
            return structs.replace(event, text="", reply_to=UNSET, quote=UNSET, **changes)
        case messages.Shared():
            return structs.replace(event, file=UNSET, **changes)
        case Edited():
            return structs.replace(event, text="")
    return event


def _differs(
    name: str, event: messages.AnyEvent, events: dict[int, messages.AnyEvent]
) -> CheckFinding:
    kept = events.get(event.seq)
    if kept is None:
        return CheckFinding("lost", name, f"showed {event}, which is not in the journal")
    kind: FindingKind = "altered"
    if isinstance(event, messages.Said) and isinstance(kept, messages.Said):
        kind = "altered" if event.id == kept.id else "swapped"
    elif type(event) is not type(kept) or event.name != kept.name:
        kind = "swapped"
    return CheckFinding(kind, name, f"showed {event}, the journal has {kept}")


def arrived_events(name: str, run: BotRun) -> Iterator[CheckFinding]:
    """Check that on each connection every `seq` comes once and follows the one before.

    The first follows the last event that the client reported to hold.
    """
    last: dict[int, int] = {}
    for record in run.records:
        match record:
            case history.ResumePromised(socket=socket, after=after):
                last[socket] = after
            case history.EventArrived(socket=socket, seq=seq):
                before = last.get(socket)
                yield from _step(name, f"socket {socket} had", before, seq)
                last[socket] = max(before or 0, seq)
            case _:
                pass


def _step(name: str, verb: str, last: int | None, seq: int) -> Iterator[CheckFinding]:
    if last is None or seq == last + 1:
        return
    kind: FindingKind = "gap" if seq > last else "doubled" if seq == last else "reordered"
    yield CheckFinding(kind, name, f"{verb} {seq} after {last}")


def welcomes(journal: JournalContents, name: str, run: BotRun) -> Iterator[CheckFinding]:
    """Check that each welcome lists the members of its moment.

    While the disk refuses writes, joins and leaves take effect at once and are written later,
    before all other events. So the list may also be that of any moment up to the next message.
    """
    wanted = sorted(
        (each for each in run.records if isinstance(each, history.RoomEntered)),
        key=lambda each: each.seq,
    )
    present: set[str] = set()
    rows = iter(journal.rows)
    newest = 0
    for each in wanted:
        while newest < each.seq and (row := next(rows, None)) is not None:
            _apply(present, row.event)
            newest = row.seq
        if set(each.members) not in _possible_members(journal, newest, present):
            detail = f"at {each.seq} {sorted(each.members)}, by events {sorted(present)}"
            yield CheckFinding("membership", name, detail)


def _possible_members(
    journal: JournalContents, newest: int, present: set[str]
) -> list[set[str]]:
    moments = [set(present)]
    for row in journal.rows[newest:]:
        if not isinstance(row.event, messages.Joined | messages.Left):
            break
        moments.append(set(moments[-1]))
        _apply(moments[-1], row.event)
    return moments


def settled(journal: JournalContents, histories: Histories) -> Iterator[CheckFinding]:
    """Check that a settled room has every message, and that every bot has every event."""
    newest = journal.rows[-1].seq if journal.rows else 0
    for name, runs in histories.items():
        for id, text in unsent(runs).items():
            yield CheckFinding("lost", name, f"{id} ({text!r}) is still not sent")
        seen = [
            each.event.seq for each in runs[-1].records if isinstance(each, history.EventShown)
        ]
        if newest not in seen:
            yield CheckFinding("gap", name, f"has {max(seen, default=0)} of {newest} events")
        shown = [
            each.away for each in runs[-1].records if isinstance(each, history.MembersShown)
        ]
        expected = dict.fromkeys(journal.members, False)
        if not shown or shown[-1] != expected:
            yield CheckFinding("membership", name, f"shows {shown[-1:]}, not {expected}")


def _all(runs: Sequence[BotRun]) -> Iterator[history.Record]:
    for run in runs:
        yield from run.records
