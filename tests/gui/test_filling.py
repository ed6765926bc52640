"""History fills a window that is higher than the loaded messages.

Uses the real window and controller, without a network.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_mvc.controller.controller import Controller
from client_mvc.controller.conversation.paging import FILL
from client_mvc.model.model import Model
from client_mvc.model.outbox import Outbox
from client_mvc.model.preferences import Preferences
from client_mvc.network import api
from client_mvc.view.contract.windows import About
from client_mvc.view.window.main_window import ChatWindow
from shared import messages
from tests.client_mvc.fakes import FakeDesktop, FakeKeyring, FakeNetwork, said, welcome
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

NEWEST = 1_000


class LoadedRoom:
    """The controller of the window, and a room that answers its requests."""

    def __init__(self, window: ChatWindow, driver: Driver, folder: Path) -> None:
        self.network = FakeNetwork()
        self.model = Model(Outbox(folder), Preferences(folder))
        self.window, self.driver = window, driver
        self.controller = Controller(
            self.model,
            window,
            self.network,
            when_idle=window.root.after_idle,
            open_url=lambda _: None,
            open_file=lambda _path: None,
            about=About("", "", ""),
            desktop=FakeDesktop(),
            keyring=FakeKeyring(),
        )
        window.bind_intents(self.controller)

    def receive(self, *events: api.NetworkEvent) -> None:
        """Pass events to the controller, as the pump does, and let the window handle them."""
        self.controller.handle([(self.network.session, each) for each in events])
        self.driver.root.update()

    def join(self, loaded: int) -> None:
        """Join the room with so many loaded events."""
        self.controller.membership.connect("localhost:18000", "alice", "")
        self.receive(api.Welcomed(welcome(NEWEST), False))
        old = range(NEWEST - loaded + 1, NEWEST + 1)
        self.receive(
            *(api.EventReceived(said(seq, f"message {seq}")) for seq in old), api.CaughtUp()
        )

    def serve(self) -> int:
        """Answer requests until there are no more; return the number of answers."""
        answered = 0
        for _turn in range(50):
            self.receive()
            for question in self.network.questions[answered:]:
                assert isinstance(question, messages.AskHistory)
                assert isinstance(question.before, int)
                first = max(1, question.before - question.limit)
                found: list[messages.AnyEvent] = [
                    said(seq, f"message {seq}") for seq in range(first, question.before)
                ]
                self.receive(messages.History(question.id, found, first > 1))
                answered += 1
        return answered

    @property
    def loaded(self) -> int:
        return len(self.model.conversation.page)

    def scrolls(self) -> bool:
        return self.window.messages.text.yview() != (0.0, 1.0)


@pytest.fixture
def room(
    window: ChatWindow, driver: Driver, intents: Recorder, tmp_path: Path
) -> Iterator[LoadedRoom]:
    driver.until(lambda: intents.everything)
    room = LoadedRoom(window, driver, tmp_path)
    # The window reported it before this controller existed.
    room.controller.history.sees_all(True)
    yield room
    window.bind_intents(intents)
    room.model.close()


def at_end(window: ChatWindow) -> bool:
    return window.messages.text.dlineinfo("end-1c") is not None


@pytest.mark.parametrize(("high", "points"), [(700, 10), (700, 6), (2_400, 6)])
def test_the_window_is_filled_and_no_more_is_loaded(
    window: ChatWindow, driver: Driver, room: LoadedRoom, high: int, points: int
) -> None:
    window.look.set_size(points)
    window.root.geometry(f"1000x{high}")
    driver.until(lambda: window.root.winfo_height() == high)
    room.join(5)
    answers = room.serve()
    assert room.loaded == 5 + answers * FILL
    assert room.scrolls()
    assert at_end(window)
    lines = window.messages.text.winfo_height() / window.look.base.metrics("linespace")
    assert room.loaded < lines + FILL + 5, "loading stops when the window overflows"


def test_a_full_window_loads_nothing_until_it_grows(
    window: ChatWindow, driver: Driver, room: LoadedRoom
) -> None:
    room.join(50)
    assert room.scrolls()
    assert room.serve() == 0
    window.root.geometry("1000x2400")
    driver.until(lambda: window.root.winfo_height() == 2_400)
    room.serve()
    assert room.loaded > 50
    assert room.scrolls()
    assert at_end(window)


def test_a_short_history_is_loaded_whole(
    window: ChatWindow, driver: Driver, room: LoadedRoom
) -> None:
    room.controller.membership.connect("localhost:18000", "alice", "")
    room.receive(api.Welcomed(welcome(8), False))
    room.receive(api.EventReceived(said(8, "the newest")), api.CaughtUp())
    assert room.serve() == 1
    assert room.loaded == 8
    assert not room.scrolls()
    text = window.messages.text.get("1.0", "end")
    assert text.startswith("This is where the history begins.\n")
    assert "message 1\n" in text
