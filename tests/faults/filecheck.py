"""What must hold of shared files, whatever happened; `checker.py` has the kinds of findings.

Of a file a client writes down the SHA-256 before it shares it, and never shares the same twice.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared import messages
from tests.faults import history
from tests.faults.checker import Journal, SearchResult
from tests.faults.history import Histories, Life


def check(journal: Journal, histories: Histories, since: int = 0) -> list[SearchResult]:
    """All but the bytes. `histories` hold all that bots shared after `since`."""
    return [*doubles(journal), *promises(journal, histories, since)]


def _shared(journal: Journal, since: int = 0) -> Iterator[messages.Shared]:
    for row in journal.rows:
        if isinstance(row.event, messages.Shared) and row.seq > since:
            yield row.event


def doubles(journal: Journal) -> Iterator[SearchResult]:
    """Nothing was shared twice, by key or by content."""
    seen: dict[tuple[str, str], int] = {}
    for event in _shared(journal):
        marks = [(event.name, str(event.id)), (event.name, event.file.sha256)]
        for mark in marks:
            if mark in seen:
                yield SearchResult(
                    "doubled", "journal", f"{seen[mark]} and {event.seq}: {mark}"
                )
                break
        seen |= dict.fromkeys(marks, event.seq)


def promises(journal: Journal, histories: Histories, since: int) -> Iterator[SearchResult]:
    """What was delivered is there, and what is there was shared, with these bytes."""
    kept = {(event.name, str(event.id)): event for event in _shared(journal)}
    given: dict[tuple[str, str], str] = {}
    for name, lives in histories.items():
        for life in lives:
            for record in life.records:
                match record:
                    case history.Shares(key=key, sha256=sha256):
                        given[name, key] = sha256
                    case history.Delivered(key=key) if (name, key) not in kept:
                        yield SearchResult("lost", name, f"the file {key} was delivered")
                    case _:
                        pass
    for (name, key), event in kept.items():
        if event.seq > since and given.get((name, key)) != event.file.sha256:
            was, now = given.get((name, key)), event.file.sha256
            yield SearchResult("altered", name, f"{event.seq} {key}: shared {was}, is {now}")


def unshared(lives: Sequence[Life]) -> set[str]:
    """The keys of the files that a client has still to share."""
    waiting: set[str] = set()
    for life in lives:
        for record in life.records:
            match record:
                case history.Shares(key=key):
                    waiting.add(key)
                case history.Delivered(key=key):
                    waiting.discard(key)
                case _:
                    pass
    return waiting


def at_rest(histories: Histories) -> Iterator[SearchResult]:
    """When all is well again, every file is shared."""
    for name, lives in histories.items():
        for key in sorted(unshared(lives)):
            yield SearchResult("lost", name, f"the file {key} is still not shared")


def stored(journal: Journal, downloads: Path, since: int = 0) -> Iterator[SearchResult]:
    """Each file that was shown is in the folder, as it was shared."""
    wanted = {event.file.sha256: event for event in _shared(journal, since)}
    for path in downloads.iterdir():
        if path.is_file():
            wanted.pop(hashlib.sha256(path.read_bytes()).hexdigest(), None)
    for event in wanted.values():
        yield SearchResult(
            "lost", event.name, f"{event.seq}: {event.file.name} is not in the folder"
        )
