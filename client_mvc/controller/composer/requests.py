"""Requests of the composer: a text stays there until the server has carried it out.

So a refused one stays with its author, together with the reason.
"""

from collections.abc import Callable

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.wording import NO_ROOM
from client_mvc.i18n.translate import _
from client_mvc.network import api


class Requests:
    """Each waits for the event, or the presence, with its id."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._waiting: dict[str, Callable[[], None]] = {}

    def ask(self, request: api.Query, done: Callable[[], None] = lambda: None) -> bool:
        """Send a request; `done` is called once it is carried out. False outside a room."""
        if self._context.model.membership.welcome is None:
            self._context.warn(_(NO_ROOM))
            return False
        self._waiting[request.id] = done
        self._context.network.ask(request)
        return True

    def answered(self, id: object) -> None:
        """Take note that the request with this id was carried out, if it is one of these."""
        if isinstance(id, str) and (done := self._waiting.pop(id, None)) is not None:
            done()

    def failed(self, id: str, reason: str) -> bool:
        """Show why a request failed; False if it is none of these."""
        if self._waiting.pop(id, None) is None:
            return False
        self._context.warn(reason)
        return True
