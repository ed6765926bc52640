"""Members whose messages the person does not want to see, for each room.

They are known by their number, which stays with a new name, and by the looks of their name,
which they may have again when they come back. The list is in the preferences.
"""

from client_mvc.model.observable import Observable
from client_mvc.model.preferences import Ignored, Preferences
from shared.lookalikes import look


class IgnoredMembers:
    """Those of one room. `shown` are the `seq` of their messages to show all the same."""

    def __init__(self, preferences: Preferences) -> None:
        self.changed: Observable[None] = Observable()
        self.shown: set[int] = set()
        self.room = ""
        self._preferences = preferences
        self._numbers: set[int] = set()
        self._looks: set[str] = set()

    def enter(self, room: str) -> None:
        """Use the list of another room; `room` is its journal, or its address without one."""
        self.room = room
        self.shown.clear()
        self._read()

    def hides(self, name: str, number: int | None) -> bool:
        """Return whether the messages of this member are hidden."""
        if not self._looks:
            return False
        return number in self._numbers or look(name) in self._looks

    def set(self, name: str, number: int | None, *, on: bool) -> None:
        """Hide the messages of a member, or show them again."""
        new = Ignored(self.room, name, look(name), number or 0)
        self._preferences.change_ignored(
            lambda before: (
                *(each for each in before if not _is_same(each, new)),
                *((new,) if on else ()),
            )
        )
        self.shown.clear()
        self._read()

    def show(self, seq: int) -> None:
        """Show this one message all the same."""
        self.shown.add(seq)
        self.changed.notify(None)

    @property
    def names(self) -> list[str]:
        """The names under which they were hidden, in this room."""
        return [each.name for each in self._preferences.now.ignored if each.room == self.room]

    def _read(self) -> None:
        here = [each for each in self._preferences.now.ignored if each.room == self.room]
        self._numbers = {each.number for each in here if each.number}
        self._looks = {each.look for each in here}
        self.changed.notify(None)


def _is_same(one: Ignored, other: Ignored) -> bool:
    if one.room != other.room:
        return False
    return one.look == other.look or (one.number != 0 and one.number == other.number)
