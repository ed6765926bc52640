"""The pinned messages and files, as they stand, up to date with the last event."""

from collections.abc import Sequence

from client_mvc.model.changes import after
from client_mvc.model.observable import Observable
from shared import messages
from shared.conversation import Edited, Pinned, Reacted
from shared.moderation import Deleted
from shared.standing import Sent

KEPT = 200


class Pins:
    """In the order of pinning: those of a `welcome`, then the changes after it.

    `unknown` are the `seq` of pinned ones that are not known yet: nobody has loaded them.
    """

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self._pins: dict[int, Sent | None] = {}
        self._as_of = 0

    def __len__(self) -> int:
        return len(self._pins)

    def __contains__(self, seq: int) -> bool:
        return seq in self._pins

    @property
    def known(self) -> Sequence[Sent]:
        """Those that are known, the one pinned last at the end."""
        return [each for each in self._pins.values() if each is not None]

    @property
    def unknown(self) -> Sequence[int]:
        return [seq for seq, each in self._pins.items() if each is None]

    def welcomed(self, welcome: messages.Welcome) -> None:
        """Take the pins of a `welcome`."""
        self._as_of = welcome.seq
        self._pins = {each.seq: each for each in welcome.pins if not each.deleted}
        self.changed.notify(None)

    def apply(self, event: messages.AnyEvent, target: messages.AnyEvent | None) -> None:
        """Carry out a change, unless the `welcome` has it; `target` is what it is of."""
        if event.seq <= self._as_of:
            return
        match event:
            case Pinned(target=seq, on=True):
                before = self._pins.pop(seq, None)
                found = target if isinstance(target, messages.Said | messages.Shared) else None
                if found is None or not found.deleted:
                    self._pins[seq] = found or before
                if len(self._pins) > KEPT:
                    del self._pins[next(iter(self._pins))]
            case Pinned(target=seq) | Deleted(target=seq) if seq in self._pins:
                del self._pins[seq]
            case Edited(target=seq) | Reacted(target=seq):
                if (before := self._pins.get(seq)) is None:
                    return
                self._pins[seq] = after(before, event)
            case _:
                return
        self.changed.notify(None)

    def learn(self, sent: messages.AnyEvent) -> None:
        """Take a pinned message that was loaded."""
        if sent.seq in self.unknown and isinstance(sent, messages.Said | messages.Shared):
            if sent.deleted:
                del self._pins[sent.seq]
            else:
                self._pins[sent.seq] = sent
            self.changed.notify(None)

    def clear(self) -> None:
        """Forget all: the client has left the room."""
        self._as_of = 0
        self._pins = {}
        self.changed.notify(None)
