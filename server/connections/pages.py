"""Pages of history that are put together from two."""

from collections.abc import Iterable

from server.room.interface import Page
from shared.limits import ANSWER_BYTES


def join_pages(older: Page, newer: Page, seq: int) -> Page:
    """Return one page of at most `ANSWER_BYTES`, from two that meet at the event `seq`.

    The events nearest to `seq` stay.
    """
    size = sum(map(len, older.events))
    newer_count = _fitting(newer.events, max(ANSWER_BYTES // 2, ANSWER_BYTES - size))
    size = sum(map(len, newer.events[:newer_count]))
    older_count = _fitting(reversed(older.events), ANSWER_BYTES - size)
    before, after = older.before, newer.after
    if older_count < len(older.events):
        before = seq - older_count
    if newer_count < len(newer.events):
        after = seq + newer_count - 1
    older_events = older.events[len(older.events) - older_count :]
    return Page(older_events + newer.events[:newer_count], before, after)


def _fitting(events: Iterable[bytes], most: int) -> int:
    """Return how many of the first events have at most `most` bytes together."""
    count = 0
    for event in events:
        most -= len(event)
        if most < 0:
            break
        count += 1
    return count
