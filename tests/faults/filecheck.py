"""The checks on shared files; `checker.py` lists the kinds of findings.

A bot records the SHA-256 of a file before it uploads it, and never uploads the same file twice.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared import messages
from tests.faults import history
from tests.faults.checker import CheckFinding, JournalContents
from tests.faults.history import BotRun, Histories


def check(journal: JournalContents, histories: Histories, since: int = 0) -> list[CheckFinding]:
    """Run all checks but `stored`. `histories` hold all that bots sent after `since`."""
    return [*duplicates(journal), *acknowledgements(journal, histories, since)]


def _shared(journal: JournalContents, since: int = 0) -> Iterator[messages.Shared]:
    for row in journal.rows:
        if isinstance(row.event, messages.Shared) and row.seq > since:
            yield row.event


def duplicates(journal: JournalContents) -> Iterator[CheckFinding]:
    """Check that no file was shared twice, by key or by content."""
    seen: dict[tuple[str, str], int] = {}
    for event in _shared(journal):
        marks = [(event.name, str(event.id))]
        if event.file:
            marks.append((event.name, event.file.sha256))
        for mark in marks:
            if mark in seen:
                yield CheckFinding(
                    "doubled", "journal", f"{seen[mark]} and {event.seq}: {mark}"
                )
                break
        seen |= dict.fromkeys(marks, event.seq)


def acknowledgements(
    journal: JournalContents, histories: Histories, since: int
) -> Iterator[CheckFinding]:
    """Check that delivered files are in the journal as uploaded, and no others."""
    kept = {(event.name, str(event.id)): event for event in _shared(journal)}
    given: dict[tuple[str, str], str] = {}
    for name, runs in histories.items():
        for run in runs:
            for record in run.records:
                match record:
                    case history.FileQueued(key=key, sha256=sha256):
                        given[name, key] = sha256
                    case history.FileDelivered(key=key) if (name, key) not in kept:
                        yield CheckFinding("lost", name, f"the file {key} was delivered")
                    case _:
                        pass
    for (name, key), event in kept.items():
        if not event.file:  # deleted
            continue
        if event.seq > since and given.get((name, key)) != event.file.sha256:
            was, now = given.get((name, key)), event.file.sha256
            yield CheckFinding("altered", name, f"{event.seq} {key}: shared {was}, is {now}")


def unshared(runs: Sequence[BotRun]) -> set[str]:
    """Return the keys of the files that a client has still to upload."""
    waiting: set[str] = set()
    for run in runs:
        for record in run.records:
            match record:
                case history.FileQueued(key=key):
                    waiting.add(key)
                case history.FileDelivered(key=key):
                    waiting.discard(key)
                case _:
                    pass
    return waiting


def settled(histories: Histories) -> Iterator[CheckFinding]:
    """Check that every file of a settled room is shared."""
    for name, runs in histories.items():
        for key in sorted(unshared(runs)):
            yield CheckFinding("lost", name, f"the file {key} is still not shared")


def stored(journal: JournalContents, downloads: Path, since: int = 0) -> Iterator[CheckFinding]:
    """Check that each shared file is in the folder, byte for byte."""
    wanted = {event.file.sha256: event for event in _shared(journal, since) if event.file}
    for path in downloads.iterdir():
        if path.is_file():
            wanted.pop(hashlib.sha256(path.read_bytes()).hexdigest(), None)
    for event in wanted.values():
        yield CheckFinding("lost", event.name, f"the file of {event.seq} is not in the folder")
