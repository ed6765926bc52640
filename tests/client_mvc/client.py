"""The controller between a fake window and a fake network, with a real model on disk."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from client_mvc.controller.controller import Controller
from client_mvc.model.model import Model
from client_mvc.model.outbox import Outbox
from client_mvc.model.preferences import Preferences
from client_mvc.network import api
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import About
from shared import messages
from shared.problems import Problem
from tests.client_mvc.fake_screen import FakeScreen
from tests.client_mvc.fakes import FakeDesktop, FakeKeyring, FakeNetwork, welcome


class _Idle:
    """Intents, as a window calls them: after each call it is idle."""

    def __init__(self, part: object, idle: Callable[[], None]) -> None:
        self._part = part
        self._idle = idle

    def __getattr__(self, name: str) -> Any:
        return _Idle(getattr(self._part, name), self._idle)

    def __call__(self, *arguments: Any) -> Any:
        result = cast(Callable[..., Any], self._part)(*arguments)
        self._idle()
        return result


class Client:
    """A controller and everything around it; time passes by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.opened: list[str] = []
        self.opened_files: list[Path] = []
        self.screen = FakeScreen()
        self.network = FakeNetwork()
        self.desktop = FakeDesktop()
        self.keyring = FakeKeyring()
        self.model = Model(Outbox(folder), Preferences(folder))
        self._when_idle: list[Callable[[], None]] = []
        self.controller = Controller(
            self.model,
            self.screen,
            self.network,
            when_idle=self._when_idle.append,
            open_url=self.opened.append,
            open_file=self.opened_files.append,
            about=About("Chatroom", "1", "About"),
            desktop=self.desktop,
            keyring=self.keyring,
            clock=lambda: self.now,
            zone=UTC,
            wall=lambda: (
                datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(seconds=self.now - 1000)
            ),
        )
        self.intents = cast(Intents, _Idle(self.controller, self._idle))

    def _idle(self) -> None:
        while self._when_idle:
            self._when_idle.pop()()

    def hear(self, *events: api.NetworkEvent) -> None:
        """One turn of the pump."""
        self.controller.handle([(self.network.session, each) for each in events])

    def events(self, *events: messages.AnyEvent) -> None:
        self.hear(*(api.EventReceived(event) for event in events))

    def connect(self, name: str = "alice", server: str = "localhost:18000") -> None:
        self.intents.membership.connect(server, name, "")

    def join(self, seq: int = 0, **changes: object) -> None:
        """Connect, and be let in."""
        self.connect()
        self.hear(api.Welcomed(welcome(seq, **changes), False))  # type: ignore[arg-type]

    def find_another_room(self, journal: str = "j2") -> None:
        """Lose the connection, and find another room at the address."""
        room = messages.RoomInfo(
            room="lobby", journal=journal, features=[], password=False, active=0, max_users=3
        )
        problem = Problem("other_room", {"server": "localhost:18000"})
        self.hear(
            api.Disconnected(Problem("connection_lost"), 1, 0.0),
            api.RoomFound(room, known=False),
            api.MembershipEnded("other_room", problem),
        )

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.hear()

    @property
    def banner(self) -> str:
        return self.screen.shown_banner.text if self.screen.shown_banner else ""
