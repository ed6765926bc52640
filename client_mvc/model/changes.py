"""The changes of messages that came over the stream, to put right what an answer brings.

A server sends each message as it stands, but a change may overtake the answer that has it. So
the last change of each kind is kept, for each member and emoji, and carried out once more on
what an answer brings. That is harmless where the answer has it already: the last change wins,
and what is deleted stays deleted (`shared.standing`).
"""

from collections.abc import Sequence

from msgspec import structs

from shared import limits, messages
from shared.conversation import Edited, Pinned, Quote, Reacted
from shared.moderation import Deleted
from shared.standing import Change, Sent, changed

KEPT = 20_000
"""How many changes are kept; the oldest go first. An answer is not that late."""

type _Key = tuple[object, ...]


class LiveChanges:
    """The last changes of the stream, in the order of `seq`."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._changes: dict[_Key, Change] = {}
        self._keys: dict[int, dict[_Key, None]] = {}

    def add(self, change: Change) -> None:
        """Keep the next change of the stream in place of the one before of its kind."""
        key = _key(change)
        self._remove(key)
        self._changes[key] = change
        self._keys.setdefault(change.target, {})[key] = None
        if len(self._changes) > self._kept:
            self._remove(next(iter(self._changes)))

    def of(self, target: int) -> Sequence[Change]:
        """Return the changes of a message or file, oldest first."""
        return [self._changes[key] for key in self._keys.get(target, ())]

    def clear(self) -> None:
        """Forget all: the room is another one."""
        self._changes.clear()
        self._keys.clear()

    def as_it_stands(self, event: messages.AnyEvent) -> messages.AnyEvent:
        """Return an event that an answer brought, after the changes that overtook it."""
        match event:
            case messages.Said() | messages.Shared():
                for change in self.of(event.seq):
                    event = after(event, change)
                if isinstance(event, messages.Said) and event.reply_to:
                    for change in self.of(event.reply_to):
                        event = requoted(event, change)
            case Edited(target=target) if event.text:
                if any(isinstance(change, Deleted) for change in self.of(target)):
                    return structs.replace(event, text="")
        return event

    def _remove(self, key: _Key) -> None:
        if (change := self._changes.pop(key, None)) is not None:
            keys = self._keys[change.target]
            del keys[key]
            if not keys:
                del self._keys[change.target]


def after(sent: Sent, change: Change) -> Sent:
    """Return a message or a file as it stands after a change."""
    match sent:  # `changed` is of one kind or the other
        case messages.Said():
            return changed(sent, change)
        case messages.Shared():
            return changed(sent, change)


def requoted(reply: messages.Said, change: Change) -> messages.Said:
    """Return a reply after a change of the message that it answers: its quote follows."""
    quote = reply.quote
    if not quote or not quote.text:  # what was deleted stays so
        return reply
    match change:
        case Deleted():
            return structs.replace(reply, quote=Quote(quote.name, ""))
        case Edited(text=text) if text:
            line = " ".join(text.split())[: limits.QUOTE_CHARACTERS]
            return structs.replace(reply, quote=Quote(quote.name, line))
    return reply


def _key(change: Change) -> _Key:
    match change:
        case Reacted(target=target, emoji=emoji):
            return target, "reacted", change.member or change.name, emoji
        case Edited(target=target):
            return target, "edited"
        case Pinned(target=target):
            return target, "pinned"
        case Deleted(target=target):
            return target, "deleted"
