"""Show the model: collect its changes, then update the screen once for all of them.

Each change of the model marks parts of the screen as stale and requests a `flush` for when the
window is idle, so no other code has to update the screen.
"""

from collections.abc import Callable
from dataclasses import replace

from client_mvc.controller import wording
from client_mvc.controller.alerts import Alerts
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation import extras, joins
from client_mvc.controller.conversation.page_sync import PageSync
from client_mvc.controller.conversation.typesetting import Typesetter
from client_mvc.controller.moderation import rights
from client_mvc.i18n import translate
from client_mvc.i18n.translate import _, ngettext
from client_mvc.model.observable import Observable
from client_mvc.model.outbox import Box, ReplyTo
from client_mvc.text import markup
from client_mvc.view.contract.items import Heading, Pending, Quote
from client_mvc.view.contract.values import Act, MemberRow, RoomRules, SavingRow, UploadRow
from shared import messages, moderation, texts
from shared.standing import Sent

_UPLOADS_SHOWN = ("sending", "retrying", "failed", "waiting")


class Presenter:
    """Subscribes to the model; `when_idle` calls its argument once the window is idle."""

    def __init__(
        self,
        context: AppContext,
        alerts: Alerts,
        when_idle: Callable[[Callable[[], None]], object],
    ) -> None:
        self._model = model = context.model
        self._screen = screen = context.screen
        self._alerts = alerts
        self._when_idle = when_idle
        self._typesetter = Typesetter(context.zone)
        self.reader = reader = self._typesetter.reader
        reader.colour, reader.hides = model.members.colour, model.ignored.hides
        reader.find = model.conversation.find
        reader.show_joins = model.preferences.now.show_joins
        self._typesetter.shown = model.ignored.shown
        self._page_sync = PageSync(model.conversation.page, screen.messages, self._typesetter)
        self.page_shown: Observable[None] = Observable()
        self._stale: set[Callable[[], None]] = set()
        self._flush_wanted = False
        self._point_at: tuple[int, bool] | None = None
        self._live = True
        self._title = ""
        self._focused = True
        self._unread = 0
        model.membership.changed.subscribe(lambda _: self._membership_changed())
        model.conversation.added.subscribe(self._count)
        model.conversation.cleared.subscribe(lambda _: self._clear())
        model.conversation.deleted.subscribe(lambda event: alerts.forget(event.seq))
        model.conversation.page.changed.subscribe(lambda _: self.changed(self._show_page))
        model.ignored.changed.subscribe(lambda _: self._hide())
        model.typing.changed.subscribe(lambda _: self.changed(self._show_typing))
        model.members.changed.subscribe(lambda _: self.changed(self._show_members))
        model.room_state.changed.subscribe(lambda _: self.changed(self._show_rules))
        model.uploads.changed.subscribe(lambda _: self.changed(self._show_uploads))
        model.saving.changed.subscribe(lambda _: self.changed(self._show_saving))
        model.box_changed.subscribe(self._box_changed)

    def is_hidden(self, sent: Sent) -> bool:
        """Tell whether the reader does not see this message: they ignore its sender."""
        return self._typesetter.is_hidden(sent)

    def focused(self, has_focus: bool) -> None:
        """Take note that the window got or lost the focus."""
        self._focused = has_focus
        self._alerts.focused(has_focus)
        if has_focus:
            self._unread = 0
            self.changed(self._show_title)

    @property
    def clock(self) -> wording.Clock:
        """The format of times of day."""
        return self._typesetter.clock

    def set_clock(self, clock: wording.Clock) -> None:
        """Set the format of times of day, also of those on screen."""
        if clock != self._typesetter.clock:
            self._typesetter.clock = clock
            self._page_sync.forget()
            self.changed(self._show_page)

    def set_show_joins(self, show: bool) -> None:
        """Show who joins and leaves, or not."""
        if show != self.reader.show_joins:
            self.reader.show_joins = show
            self._page_sync.forget()
            self.changed(self._show_page)

    def has_own_line(self, event: messages.AnyEvent) -> bool:
        """Tell whether an event makes the page longer: no change does, nor a join in a run."""
        return self._typesetter.has_item(event) and not joins.is_part(event)

    def flush(self) -> None:
        """Update all stale parts of the screen."""
        self._flush_wanted = False
        stale, self._stale = self._stale, set()
        if self._show_page in stale:  # before the parts below it
            stale.remove(self._show_page)
            self._show_page()
            if self._model.box:  # its heading depends on the last message above
                stale.add(self._show_pending)
        for show in stale:
            show()

    def changed(self, show: Callable[[], None]) -> None:
        """Call `show` in the next flush."""
        self._stale.add(show)
        if not self._flush_wanted:
            self._flush_wanted = True
            self._when_idle(self.flush)

    def _membership_changed(self) -> None:
        membership = self._model.membership
        if membership.welcome is None:
            self._unread = 0
        self.reader.you = membership.you
        self.reader.mentions = wording.mentions(membership.you)
        if membership.welcome is not None:
            self.reader.number = membership.welcome.member or None
        self.changed(self._show_title)
        self.changed(self._show_members)

    def _show_title(self) -> None:
        membership = self._model.membership
        title = wording.title(f"#{membership.room}" if membership.welcome else "", self._unread)
        if title != self._title:
            self._title = title
            self._screen.set_title(title)

    # --- the conversation ------------------------------------------------------------------

    def point_at(self, seq: int, *, mark: bool = True) -> None:
        """Scroll to this event of the page in the next `flush`, with or without a mark."""
        self._point_at = (seq, mark)
        self.changed(self._show_page)

    def _clear(self) -> None:
        self._unread = 0
        self.changed(self._show_title)
        self._point_at = None

    def _show_page(self) -> None:
        page = self._model.conversation.page
        self._page_sync.show()
        if page.live != self._live:
            self._live = page.live
            self._show_pending()
        self._screen.history_banner.show(None if page.live else wording.reading(page.missed))
        if self._point_at is not None:
            seq, mark = self._point_at
            self._point_at = None
            if (place := self._page_sync.place(seq)) is not None:
                self._screen.messages.show_place(place, mark=mark)
        self.page_shown.notify(None)

    def _count(self, event: messages.AnyEvent) -> None:
        """Count an unread message or file, and pass it to the alerts."""
        if self._focused or event.seq <= self._model.membership.history_end:
            return
        if not isinstance(event, messages.Said | messages.Shared) or self.reader.is_own(event):
            return
        self.changed(self._show_title)
        if event.deleted or self.reader.hides(event.name, event.member or None):
            return
        if isinstance(event, messages.Said):
            self._unread += 1
            text = extras.as_emote(event.name, texts.defuse(event.text))
            mention = self.reader.is_mentioned(event)
            self._alerts.arrived(event.seq, event.name, text, mention=mention)
        elif event.file:
            self._unread += 1
            said = _("shared {file}", file=texts.defuse(event.file.name))
            self._alerts.arrived(event.seq, event.name, said, mention=False)

    def _hide(self) -> None:
        """Hide messages on the page, or show them again: other members are ignored now."""
        sent = [
            each
            for each in self._model.conversation.page
            if isinstance(each, messages.Said | messages.Shared)
        ]
        self._model.conversation.page.again(
            each.seq for each in sent if self._typesetter.looks_different(each)
        )
        self.changed(self._show_members)
        self.changed(self._show_typing)

    def _show_typing(self) -> None:
        hides = self._model.ignored.hides
        typing = self._model.typing
        names = [each.name for each in typing if not hides(each.name, each.number)]
        self._screen.typing.show(wording.writing(names))

    # --- the rest --------------------------------------------------------------------------

    def _box_changed(self, box: Box | None) -> None:
        if box is not None:
            box.changed.subscribe(lambda _: self.changed(self._show_pending))
        self.changed(self._show_pending)

    def _show_pending(self) -> None:
        """Show outgoing messages below the newest event; an older page has none."""
        box = self._model.box if self._model.conversation.page.live else None
        you = self._model.membership.you
        pending = []
        for each in box or ():
            text = extras.as_emote(you, each.text)
            failed, reason = each.problem is not None, each.problem or each.note
            runs, quote = markup.split(text), self._quote(each.reply)
            pending.append(Pending(each.id, text, failed, reason, runs, quote=quote))
        if pending and you and self._page_sync.speaker != you:
            heading = Heading("", you, self.reader.colour(you, self.reader.number))
            pending[0] = replace(pending[0], heading=heading)
        self._screen.messages.show_pending(pending)

    def _quote(self, reply: ReplyTo | None) -> Quote | None:
        if reply is None:
            return None
        parent = self._model.conversation.find(reply.seq)
        colour = self.reader.colour(reply.name, getattr(parent, "member", None) or None)
        if not reply.text:
            return Quote(reply.seq, reply.name, colour, _("Message deleted"), gone=True)
        return Quote(reply.seq, reply.name, colour, reply.text)

    def _show_members(self) -> None:
        membership, role = self._model.membership, self._model.room_state.role
        moderated = self._model.room_state.moderated
        rows = []
        for each in sorted(self._model.members, key=lambda member: wording.place(member.name)):
            you = each.name == membership.you
            ignored = self._model.ignored.hides(each.name, each.number)
            acts = rights.acts_on(role, each) if moderated and not you else frozenset[Act]()
            if not you:
                acts |= {"show" if ignored else "ignore"}
            rows.append(
                MemberRow(
                    *(each.name, each.away, you, membership.loss is not None),
                    role=each.role,
                    muted=bool(each.muted_until),
                    acts=acts,
                    colour=each.colour,
                    note=texts.defuse(each.note),
                    ignored=ignored,
                )
            )
        self._screen.members.show(rows)

    def _show_rules(self) -> None:
        """Show the topic and what the reader may do in the room."""
        state = self._model.room_state
        self._screen.top_bar.show_rules(
            RoomRules(
                *(texts.defuse(state.topic), state.locked, state.slow),
                moderates=rights.moderates(state),
                can_claim=state.moderated and state.role != moderation.OWNER,
            )
        )
        self.reader.edit_for = rights.edit_for(state)
        self._screen.messages.allow(rights.on_messages(state))
        self._show_members()

    def _show_uploads(self) -> None:
        """Show the running upload first, then interrupted, failed and waiting ones."""
        self._screen.transfers.show(
            [
                UploadRow(
                    each.key,
                    each.path.name,
                    "" if each.size is None else translate.size(each.size),
                    each.state,
                    each.fraction,
                    each.note,
                    not each.final,
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
            failed = [f"{file.name} ({reason.rstrip('.')})" for file, reason in saving.failed]
            problem = wording.listed(failed, 3)
            if saving.current is None:
                text, fraction = (
                    ngettext(
                        "{failed} of {count} file not saved in {folder}",
                        "{failed} of {count} files not saved in {folder}",
                        saving.total,
                        failed=translate.number(len(failed)),
                        folder=saving.folder,
                    ),
                    1.0,
                )
            else:
                done = saving.saved + len(failed)
                text = ngettext(
                    "Saving {number} of {count} file in {folder}",
                    "Saving {number} of {count} files in {folder}",
                    saving.total,
                    number=translate.number(done + 1),
                    folder=saving.folder,
                )
                fraction = (done + saving.fraction) / saving.total
            row = SavingRow(text, fraction, problem, over=saving.current is None)
        self._screen.transfers.show_saving(row)
