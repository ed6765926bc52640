"""The controller between a fake window and a fake network, with a real model on disk."""

from datetime import UTC
from pathlib import Path

from client_mvc.controller.controller import Controller
from client_mvc.model.model import Model
from client_mvc.model.outbox import Outbox
from client_mvc.model.preferences import Preferences
from client_mvc.network import api
from shared import messages
from tests.client_mvc.fakes import FakeDesktop, FakeNetwork, FakeScreen, welcome


class Client:
    """A controller and everything around it; time passes by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.opened: list[str] = []
        self.screen = FakeScreen()
        self.network = FakeNetwork()
        self.desktop = FakeDesktop()
        self.model = Model(Outbox(folder), Preferences(folder))
        self.controller = Controller(
            self.model,
            self.screen,
            self.network,
            open_url=self.opened.append,
            about="About",
            desktop=self.desktop,
            clock=lambda: self.now,
            zone=UTC,
        )

    def hear(self, *told: api.NetworkEvent) -> None:
        """One turn of the pump."""
        self.controller.handle([(self.network.visit, each) for each in told])

    def events(self, *events: messages.Event) -> None:
        self.hear(*(api.EventReceived(event) for event in events))

    def connect(self, name: str = "alice", server: str = "localhost:18000") -> None:
        self.controller.connect(server, name, "")

    def join(self, seq: int = 0, **changes: object) -> None:
        """Connect, and be let in."""
        self.connect()
        self.hear(api.Welcomed(welcome(seq, **changes), False))  # type: ignore[arg-type]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.hear()

    @property
    def banner(self) -> str:
        return self.screen.banner.text if self.screen.banner else ""
