"""Events as items for the screen: days, headings, cards. Pure; knows no page and no screen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from client_mvc.controller import wording
from client_mvc.i18n import translate
from client_mvc.text import markup
from client_mvc.view.contract.values import Day, FileCard, Heading, Item, Message, Notice
from shared import messages, texts

RUN = timedelta(minutes=5)
"""One speaker's messages stand under one heading for so long."""


@dataclass(frozen=True, slots=True)
class Line:
    """How far the conversation is set: the day, and the speaker whose run it is since when."""

    day: date | None = None
    run: tuple[str, datetime] | None = None


class Typesetter:
    """`you` and `mentions` say what is of the reader and what names them."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone
        self.clock = wording.Clock()
        self.mentions: Callable[[str], bool] = lambda _text: False

    def set(self, event: messages.AnyEvent, line: Line, you: str) -> tuple[list[Item], Line]:
        """The items of an event that comes after `line`, and the line after it."""
        items: list[Item] = []
        when = wording.moment(event.at, self.zone)
        if when.date() != line.day:
            line = Line(when.date())
            items.append(Day(translate.day(when)))
        match event:
            case messages.Said(name=name):
                text = texts.defuse(event.text)
                heading, line = self._heading(name, when, line)
                mention = name != you and self.mentions(text)
                runs = markup.split(text)
                items.append(Message(text, heading, mention, runs, own=name == you))
            case messages.Shared(name=name, file=file):
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
                items.append(Notice(self.clock(when), wording.came_or_went(event)))
        return items, line

    def _heading(self, name: str, when: datetime, line: Line) -> tuple[Heading | None, Line]:
        """None within a run of the same speaker."""
        if line.run is not None:
            speaker, began = line.run
            if speaker == name and timedelta(0) <= when - began < RUN:
                return None, line
        heading = Heading(self.clock(when), name, wording.colour(name))
        return heading, replace(line, run=(name, when))
