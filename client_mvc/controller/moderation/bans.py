"""The bans that hold: request them, show them, end one."""

import uuid

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.controller.notices import actor
from client_mvc.controller.wording import Clock
from client_mvc.i18n.translate import _, short_day
from client_mvc.view.contract.windows import BanRow
from shared import messages, moderation, texts


class BansController:
    """Implements `BansIntents`; an open window follows the events."""

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self._context = context
        self._presenter = presenter
        self._asked = ""
        self._wanted = False
        self._open = False

    def ask(self) -> None:
        """Request the bans and open their window."""
        if self._context.model.membership.welcome is None:
            self._context.warn(_(wording.NO_ROOM))
            return
        self._wanted = True
        self._ask()

    def closed(self) -> None:
        """Stop to follow the events: the window is closed."""
        self._open = False

    def undo(self, ban: int) -> None:
        """End a ban; its event refreshes the window."""
        self._context.network.ask(moderation.Unban(id=uuid.uuid4().hex, ban=ban))

    def handle_event(self, event: messages.AnyEvent) -> None:
        """Request the bans again if the event changed them."""
        if self._open and isinstance(event, moderation.Banned | moderation.Unbanned):
            self._ask()

    def answered(self, bans: moderation.Bans) -> None:
        """Show the bans."""
        if bans.id == self._asked:
            rows = [self._row(each) for each in bans.bans]
            self._context.screen.windows.show_bans(rows, lift=self._wanted)
            self._open, self._wanted, self._asked = True, False, ""

    def _ask(self) -> None:
        self._asked = uuid.uuid4().hex
        self._context.network.ask(moderation.AskBans(id=self._asked))

    def _row(self, ban: moderation.BanInfo) -> BanRow:
        return BanRow(
            ban.ban,
            ban.name,
            _("for good") if ban.until is None else self._time(ban.until),
            actor(ban.by),
            self._time(ban.at),
            texts.defuse(ban.text),
        )

    def _time(self, at: str) -> str:
        clock: Clock = self._presenter.clock
        when = wording.moment(at, self._context.zone)
        return _("{day}, {time}", day=short_day(when), time=clock(when))
