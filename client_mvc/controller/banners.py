"""The banner under the top bar: one that stands, and one that covers it for some seconds."""

from collections.abc import Callable
from dataclasses import replace

from client_mvc.view.contract.screen import BannerScreen
from client_mvc.view.contract.values import Banner

PASSING = 6.0
"""Seconds that a passing banner is shown."""


def nothing() -> None:
    """The action of a banner without a button."""


class Banners:
    """The standing banner shows the state of the connection; a passing one shows a result.

    The passing banner keeps the button of the standing one.
    """

    def __init__(self, screen: BannerScreen) -> None:
        self._screen = screen
        self._standing: Banner | None = None
        self._act: Callable[[], None] = nothing
        self._passing: Banner | None = None
        self._until = 0.0
        self._shown: Banner | None = None

    def stand(self, banner: Banner | None, act: Callable[[], None] = nothing) -> None:
        """Replace the standing banner; its button calls `act`."""
        self._standing, self._act = banner, act
        self._show()

    def flash(self, banner: Banner, now: float, seconds: float = PASSING) -> None:
        """Show a passing banner for some seconds."""
        self._passing, self._until = banner, now + seconds
        self._show()

    def tick(self, now: float) -> None:
        """Remove the passing banner after its time."""
        if self._passing is not None and now >= self._until:
            self.clear_flash()

    def clear_flash(self) -> None:
        """Remove the passing banner."""
        self._passing = None
        self._show()

    def act(self) -> None:
        """Carry out the action of the standing banner's button."""
        self._act()

    def _show(self) -> None:
        banner = self._standing
        if self._passing is not None:
            action = self._standing.action if self._standing is not None else ""
            banner = replace(self._passing, action=action)
        if banner != self._shown:
            self._shown = banner
            self._screen.show(banner)
