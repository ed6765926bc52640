"""Pages of history, as members ask for them."""

from collections.abc import Iterable

from msgspec import UNSET

from server.room.interface import Page, Room
from shared.limits import ANSWER_BYTES, MAX_HISTORY
from shared.messages import AskHistory


async def read_page(room: Room, ask: AskHistory) -> Page:
    """Return the page at the position that `ask` has; it has exactly one.

    Raises `RoomUnavailableError`.
    """
    limit = min(ask.limit, MAX_HISTORY)
    if ask.before is not UNSET:
        return await room.page_before(ask.before, limit)
    if ask.after is not UNSET:
        return await room.page_from(ask.after + 1, limit)
    if ask.at is not UNSET:
        return await room.page_from(await room.first_at(ask.at), limit)
    assert ask.around is not UNSET
    if limit == 1:
        return await room.page_from(ask.around, limit)
    older = await room.page_before(ask.around, limit // 2)
    newer = await room.page_from(ask.around, limit - len(older.events))
    return join_pages(older, newer, ask.around)


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
