"""The checks: what people typed and see, against the journal. Pure.

The kinds of findings are those of `tests.faults.checker`; here a message is known by its text,
since a person knows no ids, and every text is typed only once.
"""

from collections.abc import Iterator, Mapping, Sequence

from shared import messages
from tests.faults import checker
from tests.faults.checker import CheckFinding, FindingKind, JournalContents


def check(
    journal: JournalContents,
    typed: Mapping[str, Sequence[str]],
    shown: Mapping[str, Sequence[str]],
) -> list[CheckFinding]:
    """Run all checks.

    Args:
        journal: the events of the room.
        typed: the texts that each person sent, in order, by a name that outlives a tab.
        shown: the texts that each page shows, from top to bottom.
    """
    said = [row.event.text for row in journal.rows if isinstance(row.event, messages.Said)]
    return [
        *checker.numbering(journal),
        *checker.clock(journal),
        *checker.duplicates(journal),
        *journal_texts(said, typed),
        *(finding for who, texts in shown.items() for finding in page_texts(said, who, texts)),
    ]


def journal_texts(
    said: Sequence[str], typed: Mapping[str, Sequence[str]]
) -> Iterator[CheckFinding]:
    """Check that each typed text is in the journal once, in the order of its sender."""
    places: dict[str, int] = {}
    for place, text in enumerate(said):
        if text in places:
            yield CheckFinding("doubled", "journal", f"{text!r} is there twice")
        places.setdefault(text, place)
    for who, texts in typed.items():
        last = -1
        for text in texts:
            if text not in places:
                yield CheckFinding("lost", who, f"{text!r} was sent")
                continue
            place = places.pop(text)
            if place < last:
                yield CheckFinding("reordered", who, f"{text!r} is before earlier ones")
            last = max(last, place)
    for text in places:
        yield CheckFinding("altered", "journal", f"{text!r} was not sent")


def page_texts(said: Sequence[str], who: str, texts: Sequence[str]) -> Iterator[CheckFinding]:
    """Check that a page shows the end of the journal: each text once, in order, no gap."""
    if not texts:
        if said:
            yield CheckFinding("gap", who, "shows nothing")
        return
    place = {text: number for number, text in enumerate(said)}
    seen: set[str] = set()
    last: int | None = None
    for text in texts:
        now = place.get(text)
        if now is None:
            yield CheckFinding("lost", who, f"shows {text!r}, which is not in the journal")
            continue
        if text in seen:
            yield CheckFinding("doubled", who, f"shows {text!r} twice")
        elif last is not None and now != last + 1:
            kind: FindingKind = "gap" if now > last else "reordered"
            yield CheckFinding(kind, who, f"shows {text!r} after {said[last]!r}")
        seen.add(text)
        last = now
    if last != len(said) - 1:
        yield CheckFinding(
            "gap", who, f"ends with {texts[-1]!r}, the journal with {said[-1]!r}"
        )
