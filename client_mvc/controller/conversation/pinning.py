"""The bar with the newest pinned message, and the window of all of them."""

import uuid

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation import extras
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.controller.moderation import rights
from client_mvc.i18n.translate import _, short_day
from client_mvc.view.contract.values import PinBar
from client_mvc.view.contract.windows import PinRow
from shared import messages
from shared.conversation import Pinned
from shared.standing import Sent


class PinController:
    """Shows `Pins`; what of them nobody has loaded is requested."""

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self._context = context
        self._presenter = presenter
        self._pins = context.model.pins
        self._open = False
        self._asked: dict[str, int] = {}
        self._pins.changed.subscribe(lambda _: presenter.changed(self._show))
        context.model.ignored.changed.subscribe(lambda _: presenter.changed(self._show))

    def open(self) -> None:
        """Open the window of all pinned messages."""
        self._open = True
        self._show_window(lift=True)

    def closed(self) -> None:
        """Show no more: the window was closed."""
        self._open = False

    def find(self, seq: int) -> messages.AnyEvent | None:
        """Return a pinned message or file."""
        return next((each for each in self._pins.known if each.seq == seq), None)

    # --- events ----------------------------------------------------------------------------

    def handle_event(self, event: messages.AnyEvent) -> None:
        """Follow a change, and request a pinned message that is not in memory."""
        target = getattr(event, "target", 0)
        found = self._context.model.conversation.find(target) if type(target) is int else None
        self._pins.apply(event, found)
        for seq in self._pins.unknown if isinstance(event, Pinned) else ():
            if seq not in self._asked.values():
                id = uuid.uuid4().hex
                self._asked[id] = seq
                self._context.network.ask(messages.AskHistory(id, around=seq, limit=1))

    def answered(self, answer: messages.History) -> bool:
        """Take a pinned message that was requested; False if this answers something else."""
        if self._asked.pop(answer.id, None) is None:
            return False
        for event in self._context.model.conversation.as_they_stand(answer.events):
            self._pins.learn(event)
        return True

    def failed(self, id: str) -> bool:
        """Take note that a request failed; False if it is none of these."""
        return self._asked.pop(id, None) is not None

    # --- on screen -------------------------------------------------------------------------

    def _show(self) -> None:
        known = self._pins.known
        bar = None
        if known:
            newest = known[-1]
            bar = PinBar(
                *(newest.seq, newest.name, self._colour(newest), self._text(newest)),
                count=len(self._pins),
            )
        self._context.screen.pins.show(bar)
        if self._open:
            self._show_window(lift=False)

    def _show_window(self, *, lift: bool) -> None:
        rows = []
        for each in reversed(self._pins.known):
            when = wording.moment(each.at, self._context.zone)
            time = self._presenter.clock(when)
            colour, text = self._colour(each), self._text(each)
            rows.append(PinRow(each.seq, short_day(when), time, each.name, colour, text))
        may_unpin = rights.on_messages(self._context.model.room_state).pin
        self._context.screen.windows.show_pins(rows, may_unpin=may_unpin, lift=lift)

    def _colour(self, sent: Sent) -> int:
        return self._context.model.members.colour(sent.name, sent.member or None)

    def _text(self, sent: Sent) -> str:
        if self._context.model.ignored.hides(sent.name, sent.member or None):
            return _("Message hidden")
        return extras.one_line(extras.quoted(sent))
