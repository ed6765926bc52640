"""The checks on changes of messages; `checker.py` lists the kinds of findings.

Whatever way a client has loaded a message, it comes to the same as the journal has: the message
as it is sent first, and each change that follows, carried out by `shared.standing`.
"""

from collections.abc import Iterator, Sequence

from msgspec import UNSET, structs

from shared import messages, standing
from shared.conversation import Edited
from shared.standing import Change, Sent
from tests.faults import history
from tests.faults.checker import CheckFinding, JournalContents
from tests.faults.history import BotRun, Histories

CHANGES = Change.__value__
SENT = Sent.__value__


def check(journal: JournalContents, histories: Histories) -> list[CheckFinding]:
    """Run all checks but `settled`."""
    return [*duplicates(journal), *rows(journal), *confirmations(journal, histories)]


def duplicates(journal: JournalContents) -> Iterator[CheckFinding]:
    """Check that no request was carried out twice."""
    seen: dict[tuple[int, str], int] = {}
    for row in journal.rows:
        if isinstance(row.event, CHANGES) and row.event.id:
            mark = row.event.member or 0, row.event.id
            if mark in seen:
                yield CheckFinding("doubled", "journal", f"{seen[mark]} and {row.seq}: {mark}")
            seen[mark] = row.seq


def rows(journal: JournalContents) -> Iterator[CheckFinding]:
    """Check that each message stands in the journal as its changes make it."""
    sent = {row.seq: _plain(row.event) for row in journal.rows if isinstance(row.event, SENT)}
    kept = {
        row.seq: _unquoted(row.event) for row in journal.rows if isinstance(row.event, SENT)
    }
    for row in journal.rows:
        if isinstance(row.event, CHANGES) and row.event.target in sent:
            sent[row.event.target] = standing.changed(sent[row.event.target], row.event)
    for seq, event in sent.items():
        if event != kept[seq]:
            yield CheckFinding(
                "diverged", "journal", f"{seq} is {kept[seq]}, by its changes {event}"
            )


def _plain(event: Sent) -> Sent:
    """Return a message without its changes, but for the text, which an edit replaces."""
    event = _unquoted(event)
    bare = {"edited": UNSET, "reactions": UNSET, "pinned": UNSET, "deleted": UNSET}
    return structs.replace(event, **bare)


def _unquoted(event: Sent) -> Sent:
    """Return a message without its quote: the journal has it in the parent only."""
    return structs.replace(event, quote=UNSET) if isinstance(event, messages.Said) else event


def confirmations(journal: JournalContents, histories: Histories) -> Iterator[CheckFinding]:
    """Check that each confirmed change is in the journal, with the text that was asked for."""
    events = {
        (row.event.name, row.event.id): row.event
        for row in journal.rows
        if isinstance(row.event, CHANGES)
    }
    deleted = {
        row.seq for row in journal.rows if isinstance(row.event, SENT) and row.event.deleted
    }
    for name, runs in histories.items():
        asked: dict[str, str] = {}
        for record in _all(runs):
            match record:
                case history.ChangeAsked(id=id, text=text):
                    asked[id] = text
                case history.ChangeConfirmed(id=id):
                    event = events.get((name, id))
                    if event is None:
                        yield CheckFinding("lost", name, f"the change {id} was confirmed")
                    elif isinstance(event, Edited):
                        right = "" if event.target in deleted else asked.get(id)
                        if event.text != right:
                            detail = f"{event.seq}: edited to {right!r}, is {event.text!r}"
                            yield CheckFinding("altered", name, detail)
                case _:
                    pass


def unanswered(runs: Sequence[BotRun]) -> set[str]:
    """Return the changes of the last run that wait for an answer; a killed bot forgets them."""
    waiting: set[str] = set()
    for record in runs[-1].records:
        match record:
            case history.ChangeAsked(id=id):
                waiting.add(id)
            case history.ChangeConfirmed(id=id) | history.ChangeFailed(id=id):
                waiting.discard(id)
            case _:
                pass
    return waiting


def settled(journal: JournalContents, histories: Histories) -> Iterator[CheckFinding]:
    """Check that in the end all clients hold the messages that the journal has."""
    kept = {
        row.seq: _unquoted(row.event) for row in journal.rows if isinstance(row.event, SENT)
    }
    for name, runs in histories.items():
        for id in sorted(unanswered(runs)):
            yield CheckFinding("lost", name, f"the change {id} is still not answered")
        for seq, held in _held(runs[-1]).items():
            if held != kept.get(seq):
                yield CheckFinding(
                    "diverged", name, f"holds {held}, the journal has {kept.get(seq)}"
                )


def _held(run: BotRun) -> dict[int, Sent]:
    """Return the messages that a client holds, by `seq`."""
    held: dict[int, Sent] = {}
    for record in run.records:
        match record:
            case history.RoomEntered(forget=True):
                held.clear()
            case history.EventShown(event=event):
                if isinstance(event, SENT):
                    held[event.seq] = _unquoted(event)
                elif isinstance(event, CHANGES) and event.target in held:
                    held[event.target] = standing.changed(held[event.target], event)
            case _:
                pass
    return held


def _all(runs: Sequence[BotRun]) -> Iterator[history.Record]:
    for run in runs:
        yield from run.records
