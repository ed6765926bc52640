"""Turn events into items for the screen: days, headings, messages, cards, notices."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from client_mvc.controller import wording
from client_mvc.controller.conversation import extras, joins
from client_mvc.controller.conversation.extras import Reader
from client_mvc.controller.conversation.joins import JoinRun
from client_mvc.controller.notices import deleted_text, notice
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _
from client_mvc.text import markup
from client_mvc.view.contract.items import (
    Day,
    DeletedMessage,
    FileCard,
    Heading,
    HiddenMessage,
    Item,
    Message,
    Notice,
)
from shared import messages, texts
from shared.conversation import Edited, Reacted
from shared.moderation import Deleted
from shared.standing import Sent

RUN = timedelta(minutes=5)
"""The longest time that one heading covers the messages of one sender."""


@dataclass(frozen=True, slots=True)
class Line:
    """The end of the conversation so far: its day, and the sender of its last run since when.

    `unknown`: it ends with events that this version cannot show; `joins`: with such a run.
    """

    day: date | None = None
    run: tuple[str, datetime | None] | None = None
    unknown: bool = False
    joins: JoinRun | None = None


class Typesetter:
    """`reader` is who reads it; `shown` are the `seq` of messages not to hide from them."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone
        self.clock = wording.Clock()
        self.reader = Reader()
        self.shown: set[int] = set()
        self._hidden: set[int] = set()

    def set(self, event: messages.AnyEvent, line: Line) -> tuple[list[Item], Line]:
        """Return the items of an event that follows `line`, and the line after it.

        A run of events that this version cannot show has one item, at its first event, and so
        has a run of joins and leaves: `joins.line` has what it says at its end. A change of a
        message has none: what it changes is set anew in its own place.
        """
        if not self.has_item(event):
            return [], line
        if line.unknown and isinstance(event, messages.UnknownEvent):
            return [], line
        items: list[Item] = []
        when = wording.valid_moment(event.at, self.zone)
        if when is not None and when.date() != line.day:
            line = Line(when.date())
            items.append(Day(translate.day(when)))
        if isinstance(event, messages.Joined | messages.Left) and joins.is_part(event):
            before = line.joins
            run = JoinRun(before.first if before else event.seq, event, before)
            if before is None:
                items.append(self.run(run))
            return items, replace(line, run=None, unknown=False, joins=run)
        unknown = isinstance(event, messages.UnknownEvent)
        if unknown is not line.unknown or line.joins is not None:
            line = replace(line, unknown=unknown, joins=None)
        if isinstance(event, messages.Said | messages.Shared):
            item, line = self._sent(event, when, line)
            return [*items, item], line
        text = notice(event, self.clock, self.zone)
        items.append(Notice(self._time(when), text))
        return items, replace(line, run=None)

    def has_item(self, event: messages.AnyEvent) -> bool:
        """Tell whether an event is seen in a place of its own, or is part of a line."""
        if isinstance(event, Edited | Reacted | Deleted):
            return False
        return self.reader.show_joins or not joins.is_part(event)

    def looks_different(self, sent: Sent) -> bool:
        """Tell whether a message is to be hidden and was not the last time, or the reverse."""
        return self.is_hidden(sent) != (sent.seq in self._hidden)

    def run(self, run: JoinRun) -> Notice:
        """Return the line of a run of joins and leaves."""
        return joins.line(
            run, lambda event: self._time(wording.valid_moment(event.at, self.zone))
        )

    def _sent(self, sent: Sent, when: datetime | None, line: Line) -> tuple[Item, Line]:
        name, hidden = sent.name, self.is_hidden(sent)
        heading, line = self._heading(sent, when, line)
        if sent.deleted:
            return DeletedMessage(deleted_text(sent, sent.deleted), heading), line
        self._hidden.discard(sent.seq)
        if hidden:
            self._hidden.add(sent.seq)
            text = _("Message from {name} hidden", name=name)
            return HiddenMessage(text, heading, sent.seq), line
        if isinstance(sent, messages.Said):
            return self._message(sent, when, heading), line
        if not sent.file:
            return Notice(self._time(when), notice(sent)), line
        return self._card(sent, sent.file, when, heading), line

    def _message(
        self, said: messages.Said, when: datetime | None, heading: Heading | None
    ) -> Message:
        text, reader = texts.defuse(said.text), self.reader
        emote = extras.emoted(text) is not None
        text = extras.as_emote(said.name, text)
        return Message(
            text,
            heading,
            reader.is_mentioned(said),
            markup.split(text),
            reader.is_own(said),
            said.seq,
            said.name,
            emote,
            extras.extras(said, when, reader, self.clock),
        )

    def _card(
        self,
        shared: messages.Shared,
        file: messages.File,
        when: datetime | None,
        heading: Heading | None,
    ) -> FileCard:
        return FileCard(
            file.id,
            file.name,
            translate.size(file.size),
            texts.defuse(file.preview),
            heading,
            self.reader.is_own(shared),
            shared.seq,
            shared.name,
            extras.kind(file),
            extras.picture(file),
            extras.extras(shared, when, self.reader, self.clock),
        )

    def is_hidden(self, sent: Sent) -> bool:
        """Tell whether a sentence stands in the place of a message: its sender is ignored."""
        if sent.deleted or sent.seq in self.shown:
            return False
        return self.reader.hides(sent.name, sent.member or None)

    def _time(self, when: datetime | None) -> str:
        return self.clock(when) if when is not None else ""

    def _heading(
        self, sent: Sent, when: datetime | None, line: Line
    ) -> tuple[Heading | None, Line]:
        """Return the heading; None within a run of the same sender."""
        name = sent.name
        if line.run is not None:
            sender, began = line.run
            since = when - began if when and began else timedelta(0)
            if sender == name and timedelta(0) <= since < RUN:
                return None, line
        heading = Heading(self._time(when), name, self.reader.colour(name, sent.member or None))
        return heading, replace(line, run=(name, when))
