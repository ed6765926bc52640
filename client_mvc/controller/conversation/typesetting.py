"""Turn events into items for the screen: days, headings, messages, cards, notices."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from client_mvc.controller import wording
from client_mvc.i18n import translate
from client_mvc.text import markup
from client_mvc.view.contract.values import Day, FileCard, Heading, Item, Message, Notice
from shared import messages, texts

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
    """`mentions` tells whether a text mentions the reader."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone
        self.clock = wording.Clock()
        self.mentions: Callable[[str], bool] = lambda _text: False

    def set(self, event: messages.AnyEvent, line: Line, you: str) -> tuple[list[Item], Line]:
        """Return the items of an event that follows `line`, and the line after it.

        A run of events that this version cannot show has one item, at its first event.
        """
        if line.unknown and isinstance(event, messages.UnknownEvent):
            return [], line
        items: list[Item] = []
        when = wording.valid_moment(event.at, self.zone)
        if when is not None and when.date() != line.day:
            line = Line(when.date())
            items.append(Day(translate.day(when)))
        line = replace(line, unknown=isinstance(event, messages.UnknownEvent))
        match event:
            case messages.Said(name=name):
                text = texts.defuse(event.text)
                heading, line = self._heading(name, when, line)
                mention = name != you and self.mentions(text)
                runs = markup.split(text)
                items.append(Message(text, heading, mention, runs, own=name == you))
            case messages.Shared(name=name, file=messages.File() as file):
                heading, line = self._heading(name, when, line)
                items.append(
                    FileCard(
                        file.id,
                        file.name,
                        translate.size(file.size),
                        texts.defuse(file.preview),
                        heading,
                        own=name == you,
                    )
                )
            case _:
                line = replace(line, run=None)
                items.append(Notice(self._time(when), wording.notice(event)))
        return items, line

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
