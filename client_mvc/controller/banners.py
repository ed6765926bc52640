"""The line under the top bar: what stands there, and what passes over it for a moment."""

from collections.abc import Callable
from dataclasses import replace

from client_mvc.view.contract.screen import BannerScreen
from client_mvc.view.contract.values import Banner

PASSING = 6.0


def nothing() -> None:
    """The action of a banner without a button."""


class Banners:
    """A standing banner says how things are; a passing one covers it for some seconds, but not
    its button: that is often what is to be done.
    """

    def __init__(self, screen: BannerScreen) -> None:
        self._screen = screen
        self._standing: Banner | None = None
        self._act: Callable[[], None] = nothing
        self._passing: Banner | None = None
        self._until = 0.0
        self._shown: Banner | None = None

    def stand(self, banner: Banner | None, act: Callable[[], None] = nothing) -> None:
        """This is how things are now; `act` is what its button does."""
        self._standing, self._act = banner, act
        self._show()

    def flash(self, banner: Banner, now: float, seconds: float = PASSING) -> None:
        """Show it for some seconds."""
        self._passing, self._until = banner, now + seconds
        self._show()

    def tick(self, now: float) -> None:
        """Time has passed."""
        if self._passing is not None and now >= self._until:
            self.clear_flash()

    def clear_flash(self) -> None:
        """What passed is no longer of interest."""
        self._passing = None
        self._show()

    def act(self) -> None:
        """Do what the banner's button offers."""
        self._act()

    def _show(self) -> None:
        banner = self._standing
        if self._passing is not None:
            action = self._standing.action if self._standing is not None else ""
            banner = replace(self._passing, action=action)
        if banner != self._shown:
            self._shown = banner
            self._screen.show(banner)
