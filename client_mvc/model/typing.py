"""Who is writing now."""

from collections.abc import Iterator
from dataclasses import dataclass

from client_mvc.model.observable import Observable
from shared import limits, messages
from shared.conversation import IsTyping, Renamed


@dataclass(slots=True)
class Writer:
    """A member that is writing, and until when without further notice."""

    name: str
    number: int | None
    until: float


class Typing:
    """Members that are writing, in the order in which they began; times are in seconds."""

    def __init__(self) -> None:
        self.changed: Observable[None] = Observable()
        self._writers: dict[int | str, Writer] = {}

    def __iter__(self) -> Iterator[Writer]:
        return iter(self._writers.values())

    def heard(self, typing: IsTyping, now: float) -> None:
        """Note that a member, who is not the reader, is writing."""
        key = typing.member or typing.name
        if (writer := self._writers.get(key)) is not None:
            writer.until = now + limits.TYPING_FOR
            return
        self._writers[key] = Writer(typing.name, typing.member or None, now + limits.TYPING_FOR)
        self.changed.notify(None)

    def apply(self, event: messages.AnyEvent) -> None:
        """Note that a member has sent what it wrote, has left, or has another name."""
        match event:
            case messages.Said() | messages.Shared() | messages.Left():
                self._forget(event.member or event.name)
            case Renamed(to=to):
                if (writer := self._writers.get(event.member or event.name)) is not None:
                    writer.name = to
                    self.changed.notify(None)

    def tick(self, now: float) -> None:
        """Forget those of whom nothing was heard for a while."""
        for key in [key for key, each in self._writers.items() if now >= each.until]:
            self._forget(key)

    def clear(self) -> None:
        """Forget all: the connection is lost."""
        for key in list(self._writers):
            self._forget(key)

    def _forget(self, key: int | str) -> None:
        if self._writers.pop(key, None) is not None:
            self.changed.notify(None)
