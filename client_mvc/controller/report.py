"""The active-user report: request it, show it, refresh it while its window is open."""

import uuid
from pathlib import Path

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.export import export
from client_mvc.i18n.translate import _
from client_mvc.network import api
from client_mvc.view.contract.windows import ReportTable

EVERY = 3.0
"""Seconds from an answer to the next request."""

ANSWER_WITHIN = 15.0
"""Seconds to wait for an answer before the next request."""


class ReportController:
    """Implements `ReportIntents`; one request at a time waits for its answer."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._membership = context.model.membership
        self._open = False
        self._wanted = False
        self._asked: str | None = None
        self._next_at = 0.0

    def ask(self) -> None:
        """Request the report and open its window."""
        if self._membership.welcome is None:
            self._context.warn(_(wording.NO_ROOM))
            return
        self._wanted = True
        self._ask()

    def closed(self) -> None:
        """Stop the refreshes: the window is closed."""
        self._open = False

    def save(self, table: ReportTable, target: Path) -> None:
        """Write the report as CSV, with the rows in the order shown."""
        self._context.write_file(target, lambda: export.save_report(table, target))

    def tick(self, now: float) -> None:
        """Request the report again if it is time."""
        if not self._membership.connected:
            self._next_at = now
        elif self._open and now >= self._next_at:
            self._ask()

    def handle(self, reported: api.ReportReceived) -> None:
        """Show the report."""
        if self._open or self._wanted:
            table = wording.report(reported.report, reported.latency, self._context.zone)
            self._context.screen.windows.show_report(table, lift=self._wanted)
            self._open, self._wanted, self._asked = True, False, None
            self._next_at = self._context.clock() + EVERY

    def failed(self, id: str) -> bool:
        """Return whether `id` was a refresh, whose failure needs no banner."""
        if id != self._asked:
            return False
        quiet, self._wanted, self._asked = not self._wanted, False, None
        return quiet

    def _ask(self) -> None:
        self._asked = uuid.uuid4().hex
        self._next_at = self._context.clock() + ANSWER_WITHIN
        self._context.network.report(self._asked)
