"""The events of the conversation that are in memory, and the page on screen."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import structs

from client_mvc.model.changes import LiveChanges, after, requoted
from client_mvc.model.observable import Observable
from client_mvc.model.page import HistoryPage
from shared import messages
from shared.conversation import Edited, Pinned, Reacted
from shared.moderation import Deleted
from shared.standing import Change, Sent

KEPT = 20_000
"""How many events stay in memory; the oldest are dropped first."""


class Conversation:
    """Events in the order of `seq`. `added` has each new event; `cleared` means none is left.

    Only events of the stream are changes (of messages, files, quotes): those in answers are in
    what the same answers bring already. `page` is the part on screen, which may be older than
    all events in memory. `changed` has each message and file in memory or on the page as it
    stands after a change; `deleted` has each as it stood before it was deleted. `changes` has
    every change of the stream, for those who hold a text that may be neither in memory nor on
    the page.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.added: Observable[messages.AnyEvent] = Observable()
        self.cleared: Observable[None] = Observable()
        self.changed: Observable[Sent] = Observable()
        self.deleted: Observable[Sent] = Observable()
        self.changes: Observable[Change] = Observable()
        self.page = HistoryPage()
        self._kept = kept
        self._events: deque[messages.AnyEvent] = deque()
        self._last_changes = LiveChanges()
        self._followers: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[messages.AnyEvent]:
        return iter(self._events)

    def __reversed__(self) -> Iterator[messages.AnyEvent]:
        return reversed(self._events)

    @property
    def newest(self) -> int:
        """The `seq` of the newest event; 0 if there is none."""
        return self._events[-1].seq if self._events else 0

    def add(self, event: messages.AnyEvent) -> None:
        """Append the next event of the stream, and carry out the change that it is."""
        self._append(event)
        self.page.add(event)
        self.added.notify(event)
        if isinstance(event, Edited | Reacted | Pinned | Deleted):
            self._last_changes.add(event)
            self._change(event)
            self.changes.notify(event)

    def as_they_stand(self, events: Iterable[messages.AnyEvent]) -> list[messages.AnyEvent]:
        """Return the events of an answer, after the changes that overtook it."""
        return [self._last_changes.as_it_stands(event) for event in events]

    def _append(self, event: messages.AnyEvent) -> None:
        self._events.append(event)
        if parent := _followed(event):
            self._followers.setdefault(parent, []).append(event.seq)
        if len(self._events) > self._kept:
            dropped = self._events.popleft()
            if parent := _followed(dropped):
                followers = self._followers.get(parent, [])
                if dropped.seq in followers:
                    followers.remove(dropped.seq)
                if not followers:
                    self._followers.pop(parent, None)

    def _change(self, change: Change) -> None:
        """Change the message or file, wherever it is, and what has a part of its text."""
        before = self.find(change.target)
        if isinstance(before, messages.Said | messages.Shared):
            now = after(before, change)
            if now != before:
                self._put(now)
                if now.deleted:
                    self.deleted.notify(before)
                self.changed.notify(now)
        if isinstance(change, Edited | Deleted):
            for follower in self._following(change.target):
                self._follow(follower, change)

    def _following(self, target: int) -> list[messages.AnyEvent]:
        """Return the replies to a message, and its edits, in memory and on the page."""
        seqs = set(self._followers.get(target, ()))
        if not self._events or (self.page.first < self._events[0].seq and len(self.page)):
            seqs |= {each.seq for each in self.page if _followed(each) == target}
        return [event for seq in sorted(seqs) if (event := self.find(seq)) is not None]

    def _follow(self, follower: messages.AnyEvent, change: Edited | Deleted) -> None:
        match follower:
            case messages.Said():
                now = requoted(follower, change)
                if now != follower:
                    self._put(now)
                    self.changed.notify(now)
            case Edited() if isinstance(change, Deleted) and follower.text:
                self._put(structs.replace(follower, text=""))

    def _put(self, event: messages.AnyEvent) -> None:
        """Put an event in the place of the one with its `seq`."""
        place = self._place(event.seq)
        if place is not None:
            self._events[place] = event
        self.page.replace(event)

    def _place(self, seq: int) -> int | None:
        place = bisect_left(self._events, seq, key=lambda each: each.seq)
        if place < len(self._events) and self._events[place].seq == seq:
            return place
        return None

    def clear(self) -> None:
        """Remove all events: of another room, or of a journal that no longer exists."""
        self._events.clear()
        self._last_changes.clear()
        self._followers.clear()
        self.page.clear()
        self.cleared.notify(None)

    def before(self, seq: int, limit: int) -> Sequence[messages.AnyEvent]:
        """Return at most `limit` events right before `seq` from memory, oldest first."""
        older = [event for event in self._events if event.seq < seq]
        return older[-limit:]

    def after(self, seq: int, limit: int) -> Sequence[messages.AnyEvent]:
        """Return at most `limit` events after `seq`; none if the next is not in memory."""
        if not self._events or seq + 1 < self._events[0].seq:
            return ()
        return [event for event in self._events if event.seq > seq][:limit]

    def show_newest(self) -> None:
        """Turn the page to the newest events; it is live from there."""
        self.page.turn(tuple(self._events), live=True, begins=False)

    def find(self, seq: int) -> messages.AnyEvent | None:
        """Return the event `seq` if it is in memory or on the page."""
        place = self._place(seq)
        return self.page.find(seq) if place is None else self._events[place]

    def file(self, id: str) -> messages.File | None:
        """Return the shared file `id` if its event is in memory or on the page."""
        shared = self.shared(id)
        return (shared.file or None) if shared is not None else None

    def shared(self, id: str) -> messages.Shared | None:
        """Return the event of the shared file `id` if it is in memory or on the page."""
        for event in chain(reversed(self._events), reversed(self.page)):
            if isinstance(event, messages.Shared) and event.file and event.file.id == id:
                return event
        return None

    def known(self) -> list[messages.AnyEvent]:
        """Return all events in memory or on the page, in order.

        Where the page is far older than memory, their `seq` show the gap.
        """
        found = {event.seq: event for event in chain(self.page, self._events)}
        return [found[seq] for seq in sorted(found)]

    def files(self) -> list[messages.File]:
        """Return the shared files whose events are in memory or on the page, in order."""
        return [
            event.file
            for event in self.known()
            if isinstance(event, messages.Shared) and event.file
        ]


def _followed(event: messages.AnyEvent) -> int:
    """Return the `seq` of the message that the event has a part of the text of; 0: none."""
    match event:
        case messages.Said():
            return event.reply_to or 0
        case Edited(target=target):
            return target
    return 0
