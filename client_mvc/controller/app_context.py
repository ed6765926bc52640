"""What every part of the controller works with."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from client_mvc.controller.banners import Banners
from client_mvc.i18n.translate import _
from client_mvc.model.model import Model
from client_mvc.network import api
from client_mvc.view.contract.screen import Screen
from client_mvc.view.contract.values import Banner

log = logging.getLogger(__name__)


class Desktop(Protocol):
    """What can be asked of the desktop around the window; nothing here blocks.

    `dark` is None until it is known; `can_…`: whether asking is of any use.
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
        """Take back the notifications shown so far."""

    def look(self) -> None:
        """Look whether the desktop is dark."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The model, the screen as its contract, the network as its seam, and the time."""

    model: Model
    screen: Screen
    network: api.Network
    banners: Banners
    clock: Callable[[], float]
    desktop: Desktop

    def warn(self, text: str) -> None:
        """Say for some seconds what did not work."""
        self.banners.flash(Banner("warning", text), self.clock())

    def praise(self, text: str) -> None:
        """Say for some seconds what did."""
        self.banners.flash(Banner("good", text), self.clock())

    def keep(self, write: Callable[[], object]) -> bool:
        """Write to the outbox. False: the disk refused; the person is told, and lives on."""
        try:
            write()
        except sqlite3.Error as problem:
            log.exception("the outbox could not be written")
            self.warn(
                _("What you say cannot be kept on this disk: {problem}.", problem=problem)
            )
            return False
        return True
