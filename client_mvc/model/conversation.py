"""What was said, as far as it is kept in memory. Knows neither where it came from nor how
it is shown.
"""

from collections import deque
from collections.abc import Iterator

from client_mvc.model.observable import Observable
from shared import messages

KEPT = 20_000
"""How many events are kept; the oldest go first."""


class Conversation:
    """Events in the order of `seq`. `added` tells each, `cleared` that all are gone."""

    def __init__(self, kept: int = KEPT) -> None:
        self.added: Observable[messages.Event] = Observable()
        self.cleared: Observable[None] = Observable()
        self._events: deque[messages.Event] = deque(maxlen=kept)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[messages.Event]:
        return iter(self._events)

    def add(self, event: messages.Event) -> None:
        """The next event."""
        self._events.append(event)
        self.added.notify(event)

    def clear(self) -> None:
        """Forget everything: another room, or a room that forgot."""
        self._events.clear()
        self.cleared.notify(None)

    def files(self) -> list[messages.File]:
        """Every shared file that is still kept, in order."""
        return [event.file for event in self._events if isinstance(event, messages.Shared)]

    def file(self, id: str) -> messages.File | None:
        """The shared file `id`, if its event is still kept."""
        for event in reversed(self._events):
            if isinstance(event, messages.Shared) and event.file.id == id:
                return event.file
        return None
