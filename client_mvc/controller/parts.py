"""What every part of the controller works with."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from client_mvc import news
from client_mvc.controller.banners import Banners
from client_mvc.model.model import Model
from client_mvc.view.contract import Banner, Screen

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The model, the screen as its contract, the network as its seam, and the time."""

    model: Model
    screen: Screen
    network: news.Network
    banners: Banners
    clock: Callable[[], float]

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
            self.warn(f"What you say cannot be kept on this disk: {problem}.")
            return False
        return True
