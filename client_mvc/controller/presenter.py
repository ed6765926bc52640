"""What the model knows, made ready to show. Told what changed, it changes the screen once
for all of it when asked to `flush`. Decides nothing about the connection.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo

from client_mvc.controller import formatting, wording
from client_mvc.controller.alerts import Alerts
from client_mvc.model.model import Model
from client_mvc.model.outbox import Box
from client_mvc.view.contract import (
    Day,
    FileCard,
    Heading,
    Item,
    MemberRow,
    Message,
    Notice,
    Pending,
    SavingRow,
    Screen,
    UploadRow,
)
from shared import messages, texts

RUN = timedelta(minutes=5)
"""One speaker's messages stand under one heading for so long."""

_UPLOADS_SHOWN = ("sending", "retrying", "failed", "waiting")


class Presenter:
    """Subscribes to the model; `flush` after every batch of changes."""

    def __init__(
        self, model: Model, screen: Screen, alerts: Alerts, zone: tzinfo | None = None
    ) -> None:
        self._model = model
        self._screen = screen
        self._alerts = alerts
        self._zone = zone
        self._items: list[Item] = []
        self._cleared = False
        self._stale: set[Callable[[], None]] = set()
        self._day: date | None = None
        self._run: tuple[str, datetime] | None = None
        self._mentions: Callable[[str], bool] = lambda _text: False
        self._room = ""
        self._title = ""
        self._focused = True
        self._unread = 0
        self._old_until = 0
        self._clock = wording.Clock()
        model.conversation.added.subscribe(self._added)
        model.conversation.cleared.subscribe(lambda _: self._clear())
        model.members.changed.subscribe(lambda _: self._stale.add(self._show_members))
        model.uploads.changed.subscribe(lambda _: self._stale.add(self._show_uploads))
        model.saving.changed.subscribe(lambda _: self._stale.add(self._show_saving))
        model.boxed.subscribe(self._boxed)

    def in_room(self, room: str, you: str, old_until: int) -> None:
        """We are in `room` as `you`; events up to `old_until` are no news to anybody."""
        self._room = self._alerts.room = room
        self._old_until = old_until
        self._mentions = wording.mentions(you)

    def in_no_room(self) -> None:
        """What is shown stays, but nothing is unread in it."""
        self._room, self._unread = "", 0

    def focused(self, has_focus: bool) -> None:
        """Whether somebody looks at the window."""
        self._focused = has_focus
        self._alerts.focused(has_focus)
        if has_focus:
            self._unread = 0

    def set_clock(self, clock: wording.Clock) -> None:
        """Show times like this, also those that are on screen."""
        if clock != self._clock:
            self._clock = clock
            unread = self._unread
            self._clear()
            self._unread = unread
            for event in self._model.conversation:
                self._show(event)

    def flush(self) -> None:
        """Show everything that changed."""
        if self._cleared:
            self._cleared = False
            self._screen.clear()
        if self._items:
            items, self._items = self._items, []
            self._screen.append(items)
        stale, self._stale = self._stale, set()
        for show in stale:
            show()
        title = wording.title(self._room, self._unread)
        if title != self._title:
            self._title = title
            self._screen.set_title(title)

    # --- the conversation ------------------------------------------------------------------

    def _clear(self) -> None:
        self._items.clear()
        self._cleared = True
        self._day, self._run = None, None
        self._unread = 0

    def _added(self, event: messages.Event) -> None:
        mention = self._show(event)
        if self._focused or event.seq <= self._old_until:
            return
        if event.name == self._model.members.you:
            return
        match event:
            case messages.Said(name=name, text=text):
                self._unread += 1
                self._alerts.heard(name, texts.defuse(text), mention=mention)
            case messages.Shared(name=name, file=file):
                self._unread += 1
                self._alerts.heard(name, f"shared {texts.defuse(file.name)}", mention=mention)
            case _:
                pass

    def _show(self, event: messages.Event) -> bool:
        """Put it below what is shown; whether it mentions the reader."""
        mention = False
        when = wording.moment(event.at, self._zone)
        if when.date() != self._day:
            self._day, self._run = when.date(), None
            self._items.append(Day(wording.day(when)))
        match event:
            case messages.Said():
                text = texts.defuse(event.text)
                mention = event.name != self._model.members.you and self._mentions(text)
                heading = self._heading(event.name, when)
                self._items.append(Message(text, heading, mention, formatting.split(text)))
            case messages.Shared(file=file):
                self._items.append(
                    FileCard(
                        file.id,
                        file.name,
                        wording.size(file.size),
                        texts.defuse(file.preview),
                        self._heading(event.name, when),
                    )
                )
            case _:
                self._run = None
                self._items.append(Notice(self._clock(when), wording.came_or_went(event)))
        return mention

    def _heading(self, name: str, when: datetime) -> Heading | None:
        """None within a run of the same speaker."""
        if self._run is not None:
            speaker, began = self._run
            if speaker == name and timedelta(0) <= when - began < RUN:
                return None
        self._run = (name, when)
        return Heading(self._clock(when), name, wording.colour(name))

    # --- the rest --------------------------------------------------------------------------

    def _boxed(self, box: Box | None) -> None:
        if box is not None:
            box.changed.subscribe(lambda _: self._stale.add(self._show_pending))
        self._stale.add(self._show_pending)

    def _show_pending(self) -> None:
        self._screen.show_pending(
            [
                Pending(
                    each.id,
                    each.text,
                    each.problem is not None,
                    each.problem or each.note,
                    formatting.split(each.text),
                )
                for each in self._model.box or ()
            ]
        )

    def _show_members(self) -> None:
        members = self._model.members
        self._screen.show_members(
            [
                MemberRow(member.name, member.away, member.name == members.you)
                for member in sorted(members, key=lambda member: member.name.casefold())
            ]
        )

    def _show_uploads(self) -> None:
        """The one on its way first, then those that want an answer, then those that wait."""
        self._screen.show_uploads(
            [
                UploadRow(
                    each.key,
                    each.path.name,
                    "" if each.size is None else wording.size(each.size),
                    each.state,
                    each.fraction,
                    each.note,
                )
                for each in sorted(
                    self._model.uploads, key=lambda upload: _UPLOADS_SHOWN.index(upload.state)
                )
            ]
        )

    def _show_saving(self) -> None:
        saving = self._model.saving
        row = None
        if saving.folder is not None:
            total = wording.counted(saving.total, "file")
            failed = [f"{file.name} ({reason.rstrip('.')})" for file, reason in saving.failed]
            problem = wording.listed(failed, 3)
            if saving.current is None:
                text, fraction = f"{len(failed)} of {total} not saved in {saving.folder}", 1.0
            else:
                done = saving.saved + len(failed)
                text = f"Saving {done + 1} of {total} in {saving.folder}"
                fraction = (done + saving.fraction) / saving.total
            row = SavingRow(text, fraction, problem, over=saving.current is None)
        self._screen.show_saving(row)
