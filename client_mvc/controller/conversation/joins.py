"""Runs of joins and leaves, each of which is one line of the conversation. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from client_mvc.controller import wording
from client_mvc.controller.notices import notice
from client_mvc.i18n.translate import ngettext, number
from client_mvc.view.contract.items import Notice
from shared import messages

LINES = 300
"""So many single lines a run can be opened to."""
_NAMED = 3
_REMOVED = ("kicked", "banned")


@dataclass(frozen=True, slots=True, eq=False)
class JoinRun:
    """A run up to `event`; `first` is the `seq` of the event that began it."""

    first: int
    event: messages.Joined | messages.Left
    before: "JoinRun | None" = None

    def events(self) -> Sequence[messages.Joined | messages.Left]:
        """Return all events of the run, oldest first."""
        events = []
        run: JoinRun | None = self
        while run is not None:
            events.append(run.event)
            run = run.before
        return events[::-1]


def is_part(event: messages.AnyEvent) -> bool:
    """Tell whether an event belongs into a run; a removal has a line of its own."""
    return isinstance(event, messages.Joined) or (
        isinstance(event, messages.Left) and event.reason not in _REMOVED
    )


def line(run: JoinRun, time: Callable[[messages.AnyEvent], str]) -> Notice:
    """Return the line of a run; `time` formats that of an event."""
    events = run.events()
    first = events[0]
    if len(events) == 1:
        return Notice(time(first), notice(first), seq=first.seq)
    lines = [f"{time(each)} {notice(each)}".strip() for each in events[:LINES]]
    left_out = len(events) - LINES
    if left_out > 0:
        lines.append(ngettext("and {count} more line", "and {count} more lines", left_out))
    return Notice(time(first), summary(events), tuple(lines), first.seq)


def summary(events: Sequence[messages.Joined | messages.Left]) -> str:
    """Return "ann, ben and 3 others joined, 2 left": how each comes out of the run."""
    ways: dict[int | str, tuple[str, bool, bool]] = {}
    for event in events:
        came = isinstance(event, messages.Joined)
        key = event.name
        _name, began, _ended = ways.get(key, (event.name, came, came))
        ways[key] = (event.name, began, came)
    groups: dict[tuple[bool, bool], list[str]] = {}
    for name, began, ended in ways.values():
        groups.setdefault((began, ended), []).append(name)
    parts: list[str] = []
    for way in ((True, True), (False, False), (True, False), (False, True)):
        if names := groups.get(way):
            count = len(names)
            who = _people(names) if not parts or count == 1 else number(count)
            parts.append(_told(way, who, count))
    return ", ".join(parts)


def _told(way: tuple[bool, bool], who: str, count: int) -> str:
    match way:
        case (True, True):
            return ngettext("{who} joined", "{who} joined", count, who=who)
        case (False, False):
            return ngettext("{who} left", "{who} left", count, who=who)
        case (True, False):
            return ngettext("{who} joined and left", "{who} joined and left", count, who=who)
    return ngettext("{who} left and came back", "{who} left and came back", count, who=who)


def _people(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return wording.together(names)
    others = len(names) - (_NAMED - 1)
    named = ", ".join(names[: _NAMED - 1])
    return ngettext(
        "{names} and {count} other", "{names} and {count} others", others, names=named
    )
