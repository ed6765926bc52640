"""The objects that every part of the controller works with."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Protocol

from client_mvc.controller.banners import Banners
from client_mvc.controller.disk import file_not_saved, messages_not_saved
from client_mvc.i18n.translate import _
from client_mvc.model.model import Model
from client_mvc.network import api
from client_mvc.view.contract.screen import Screen
from client_mvc.view.contract.values import Banner

log = logging.getLogger(__name__)


class Desktop(Protocol):
    """The desktop environment; no call blocks.

    `dark` is None until it is known; `can_notify`, `can_follow`: whether this desktop shows
    notifications and reports its theme.
    """

    @property
    def dark(self) -> bool | None: ...
    @property
    def can_notify(self) -> bool: ...
    @property
    def can_follow(self) -> bool: ...

    def notify(self, title: str, text: str) -> None:
        """Show a notification."""

    def withdraw(self) -> None:
        """Remove the notifications shown so far."""

    def look(self) -> None:
        """Start to read the theme of the desktop; `dark` has it later."""


@dataclass(frozen=True, slots=True)
class AppContext:
    """Model, screen, network, desktop, and the time.

    `clock` returns seconds; `zone` is the time zone shown, None the local one. `wall` returns
    the time of day.
    """

    model: Model
    screen: Screen
    network: api.Network
    banners: Banners
    clock: Callable[[], float]
    desktop: Desktop
    zone: tzinfo | None = None
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)

    def warn(self, text: str) -> None:
        """Show a failure for some seconds."""
        self.banners.flash(Banner("warning", text), self.clock())

    def confirm(self, text: str) -> None:
        """Show a success for some seconds."""
        self.banners.flash(Banner("good", text), self.clock())

    def inform(self, text: str) -> None:
        """Show for some seconds what is good to know."""
        self.banners.flash(Banner("info", text), self.clock())

    def store(self, write: Callable[[], object]) -> bool:
        """Call `write`, which changes the outbox.

        Returns:
            False if the disk refused; a banner then says so.
        """
        try:
            write()
        except sqlite3.Error as problem:
            log.exception("outbox not written")
            self.warn(messages_not_saved(problem))
            return False
        return True

    def write_file(self, target: Path, write: Callable[[], None]) -> None:
        """Call `write`, which writes the file `target`, and show whether it worked."""
        try:
            write()
        except OSError as problem:
            log.warning("file not written path=%s error=%s", target, problem)
            self.warn(file_not_saved(problem, target))
        else:
            self.confirm(_("Saved as {target}.", target=target))
