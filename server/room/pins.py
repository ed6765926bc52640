"""The pinned events of a room, and the newest of them as everybody who joins gets them."""

from collections.abc import Callable, Iterable

from server.room import quotes
from shared.limits import PINS_SHOWN

PINS_BYTES = 256 * 1024
"""The most that the pinned events in an answer to a join have together."""


class Pins:
    """The pinned events of one room. `seqs` are in the order of pinning.

    Pure: it depends on what it is told only.
    """

    def __init__(self, seqs: Iterable[int]) -> None:
        self._seqs = dict.fromkeys(seqs)
        self._json: bytes | None = None
        self._made_of: set[int] = set()
        self._oldest = 0

    def pin(self, seq: int) -> None:
        """Pin an event, or again: it is the newest one."""
        self._seqs.pop(seq, None)
        self._seqs[seq] = None
        self._json = None

    def unpin(self, seq: int) -> None:
        """Pin an event no more."""
        self._seqs.pop(seq, None)
        self._json = None

    def changed(self, seq: int) -> None:
        """Note that this event has changed."""
        if seq in self._made_of:
            self._json = None

    def json(self, first: int, find: Callable[[int], bytes | None]) -> bytes:
        """Return the JSON array of the newest pinned events, the one pinned last at the end.

        At most `PINS_SHOWN` and `PINS_BYTES`. It is made again only where it changed.

        Args:
            first: the first `seq` that is kept.
            find: returns an event as it stands.
        """
        if self._json is None or self._oldest < first:
            self._json = self._make(first, find)
        return self._json

    def _make(self, first: int, find: Callable[[int], bytes | None]) -> bytes:
        shown: list[bytes] = []
        size = 0
        self._seqs = {seq: None for seq in self._seqs if seq >= first}
        self._made_of.clear()
        quoted = quotes.Quotes(lambda seq: find(seq) if seq >= first else None)
        for seq in list(reversed(self._seqs))[:PINS_SHOWN]:
            body = quoted(find(seq) or b"null")
            size += len(body) + 1
            if size > PINS_BYTES:
                break
            shown.append(body)
            self._made_of |= {seq, quotes.parent(body)}
        self._made_of = {seq for seq in self._made_of if seq >= first}
        self._oldest = min(self._made_of, default=first)
        return b"[%b]" % b",".join(reversed(shown))
