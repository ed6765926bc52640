"""The active-user report: asked for, shown, and kept fresh while its window is open."""

import uuid
from datetime import tzinfo

from client_mvc.controller import wording
from client_mvc.controller.app_context import Parts
from client_mvc.controller.connecting import NO_ROOM, Reception
from client_mvc.i18n.translate import _
from client_mvc.network import api

EVERY = 3.0
ANSWER_WITHIN = 15.0


class Reporting:
    """One question at a time on the way; a person's own question opens the window."""

    def __init__(self, parts: Parts, reception: Reception, zone: tzinfo | None) -> None:
        self._parts = parts
        self._reception = reception
        self._zone = zone
        self._open = False
        self._wanted = False
        self._asked: str | None = None
        self._next_at = 0.0

    def ask(self) -> None:
        """The person wants to see it."""
        if self._reception.welcome is None:
            self._parts.warn(_(NO_ROOM))
            return
        self._wanted = True
        self._ask()

    def closed(self) -> None:
        """The window is closed: nobody reads it."""
        self._open = False

    def tick(self, now: float) -> None:
        """Ask again, if it is time; what is not answered for long is not waited for."""
        if not self._reception.connected:
            self._next_at = now
        elif self._open and now >= self._next_at:
            self._ask()

    def told(self, reported: api.ReportReceived) -> None:
        """The answer."""
        if self._open or self._wanted:
            table = wording.report(reported.report, reported.latency, self._zone)
            self._parts.screen.show_report(table, lift=self._wanted)
            self._open, self._wanted, self._asked = True, False, None
            self._next_at = self._parts.clock() + EVERY

    def failed(self, id: str) -> bool:
        """Whether `id` was a question nobody but the clock had asked."""
        if id != self._asked:
            return False
        quiet, self._wanted, self._asked = not self._wanted, False, None
        return quiet

    def _ask(self) -> None:
        self._asked = uuid.uuid4().hex
        self._next_at = self._parts.clock() + ANSWER_WITHIN
        self._parts.network.report(self._asked)
