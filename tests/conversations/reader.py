"""A client that keeps a conversation: it carries out changes as they come."""

from collections.abc import Iterable, Mapping

from msgspec import UNSET, structs

from shared import limits, standing
from shared.conversation import Edited, Pinned, Quote, Reacted, Renamed
from shared.messages import AnyEvent, Joined, Left, Said, Shared
from shared.moderation import Deleted


class Reader:
    """What one knows from the events that one got: `events` by `seq`, as they stand."""

    def __init__(self, events: Iterable[AnyEvent] = ()) -> None:
        self.events: dict[int, AnyEvent] = {}
        self.names: dict[int, str] = {}
        self.pins: dict[int, None] = {}
        self.take(events)

    def take(self, events: Iterable[AnyEvent]) -> None:
        """Take in events in the order in which they come; some may be known already."""
        for event in events:
            self._take(event)

    def load(self, events: Iterable[AnyEvent]) -> None:
        """Take in a page of history: as its events stand, with all changes until then."""
        self.events |= {event.seq: event for event in events}

    def _take(self, event: AnyEvent) -> None:
        known = self.events.get(event.seq)
        if not isinstance(event, Edited) or not isinstance(known, Edited) or known.text:
            self.events[event.seq] = event
        match event:
            case Edited() | Reacted() | Pinned() | Deleted():
                self._change(event)
            case Joined(member=int(member), name=name) | Renamed(member=int(member), to=name):
                self.names[member] = name
            case Left(member=int(member)):
                self.names.pop(member, None)

    def _change(self, change: standing.Change) -> None:
        sent = self.events.get(change.target)
        if isinstance(sent, Said | Shared):
            self.events[change.target] = standing.changed(sent, change)
        if isinstance(change, Edited) and change.text:
            self._requote(change.target, change.text)
        if isinstance(change, Pinned | Deleted):
            self.pins.pop(change.target, None)
            if isinstance(change, Pinned) and change.on:
                self.pins[change.target] = None
        if isinstance(change, Deleted):
            self._requote(change.target, "")
            for seq, event in self.events.items():
                if isinstance(event, Edited) and event.target == change.target:
                    self.events[seq] = structs.replace(event, text="")

    def _requote(self, parent: int, text: str) -> None:
        short = " ".join(text.split())[: limits.QUOTE_CHARACTERS]
        for seq, event in self.events.items():
            if isinstance(event, Said) and event.reply_to == parent and event.quote:
                quote = Quote(event.quote.name, short)
                self.events[seq] = structs.replace(event, quote=quote)


def comparable(events: Mapping[int, AnyEvent], first: int) -> dict[int, AnyEvent]:
    """Return the events from `first` on, without quotes of those before it."""
    kept = {}
    for seq, event in sorted(events.items()):
        if seq >= first:
            lost = isinstance(event, Said) and event.quote and (event.reply_to or 0) < first
            kept[seq] = structs.replace(event, quote=UNSET) if lost else event
    return kept
