"""Turn events into items for the screen: days, headings, messages, cards, notices."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from client_mvc.controller import wording
from client_mvc.controller.notices import deleted_text, notice
from client_mvc.i18n import translate
from client_mvc.text import markup
from client_mvc.view.contract.values import (
    Day,
    DeletedMessage,
    FileCard,
    Heading,
    Item,
    Message,
    Notice,
)
from shared import messages, moderation, texts

RUN = timedelta(minutes=5)
"""The longest time that one heading covers the messages of one sender."""


@dataclass(frozen=True, slots=True)
class Line:
    """The end of the conversation so far: its day, and the sender of its last run since when.

    `unknown`: it ends with events that this version cannot show.
    """

    day: date | None = None
    run: tuple[str, datetime | None] | None = None
    unknown: bool = False


class Typesetter:
    """`mentions` tells whether a text mentions the reader; `number` is the reader's own."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone
        self.clock = wording.Clock()
        self.mentions: Callable[[str], bool] = lambda _text: False
        self.number: int | None = None

    def set(self, event: messages.AnyEvent, line: Line, you: str) -> tuple[list[Item], Line]:
        """Return the items of an event that follows `line`, and the line after it.

        A run of events that this version cannot show has one item, at its first event. A
        `deleted` event has none: what it names changes in its own place.
        """
        if isinstance(event, moderation.Deleted):
            return [], line
        if line.unknown and isinstance(event, messages.UnknownEvent):
            return [], line
        items: list[Item] = []
        when = wording.valid_moment(event.at, self.zone)
        if when is not None and when.date() != line.day:
            line = Line(when.date())
            items.append(Day(translate.day(when)))
        line = replace(line, unknown=isinstance(event, messages.UnknownEvent))
        match event:
            case (
                messages.Said(deleted=messages.Deletion() as deletion)
                | messages.Shared(deleted=messages.Deletion() as deletion)
            ):
                heading, line = self._heading(event.name, when, line)
                items.append(DeletedMessage(deleted_text(event, deletion), heading))
            case messages.Said(name=name):
                text = texts.defuse(event.text)
                heading, line = self._heading(name, when, line)
                mention = name != you and self.mentions(text)
                runs = markup.split(text)
                own = self._is_own(event, you)
                items.append(Message(text, heading, mention, runs, own, event.seq))
            case messages.Shared(name=name, file=messages.File() as file):
                heading, line = self._heading(name, when, line)
                items.append(
                    FileCard(
                        file.id,
                        file.name,
                        translate.size(file.size),
                        texts.defuse(file.preview),
                        heading,
                        self._is_own(event, you),
                        event.seq,
                    )
                )
            case _:
                line = replace(line, run=None)
                items.append(Notice(self._time(when), notice(event, self.clock, self.zone)))
        return items, line

    def _is_own(self, event: messages.Said | messages.Shared, you: str) -> bool:
        """Tell whether the reader sent it: by number where there is one."""
        if self.number is not None and event.member:
            return event.member == self.number
        return event.name == you

    def _time(self, when: datetime | None) -> str:
        return self.clock(when) if when is not None else ""

    def _heading(
        self, name: str, when: datetime | None, line: Line
    ) -> tuple[Heading | None, Line]:
        """Return the heading; None within a run of the same sender."""
        if line.run is not None:
            sender, began = line.run
            since = when - began if when and began else timedelta(0)
            if sender == name and timedelta(0) <= since < RUN:
                return None, line
        heading = Heading(self._time(when), name, wording.colour(name))
        return heading, replace(line, run=(name, when))
