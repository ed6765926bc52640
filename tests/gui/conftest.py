"""One window for all tests here, reset before each of them.

Tk and ttkbootstrap support one root in a process. Its objects must be garbage collected on the
thread of Tk, and not later on a thread of another test. A test fails on any logged error: the
window logs exceptions in its callbacks.
"""

import gc
import logging
import tkinter as tk
from collections.abc import Iterator

import pytest

from client_mvc.view.contract.items import MessageRules
from client_mvc.view.contract.values import RoomRules
from client_mvc.view.contract.windows import Nearby, PasswordOffer
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.messages.message_view import MessageView
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.contents import ALL
from tests.gui.display import xvfb
from tests.gui.driver import Chosen, Driver, Recorder


@pytest.fixture(scope="package")
def _display() -> Iterator[None]:
    with xvfb():
        yield
        gc.collect()


@pytest.fixture(scope="package")
def _recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="package")
def _chosen() -> Chosen:
    return Chosen()


@pytest.fixture(scope="package")
def _window(_display: None, _recorder: Recorder, _chosen: Chosen) -> Iterator[ChatWindow]:
    window = ChatWindow(
        dark=False, text_size=10, geometry="1000x700", choosers=FileDialogs(_chosen)
    )
    window.bind_intents(_recorder)
    yield window
    window.close()


@pytest.fixture
def window(_window: ChatWindow, intents: Recorder, chosen: Chosen) -> ChatWindow:
    """The window: empty, light, in room #ops, with the focus in the composer."""
    root = _window.root
    intents.answers = {}
    for child in root.winfo_children():
        if isinstance(child, tk.Toplevel) and child is not _window.connect_dialog:
            root.tk.call(*root.tk.splitlist(child.protocol("WM_DELETE_WINDOW")))
    _window.connect_dialog.hide()
    _window.connect_dialog.show_nearby(Nearby())
    _window.connect_dialog.offer_to_remember(PasswordOffer())
    _window.look.set_dark(False)
    _window.look.set_size(10)
    _window.messages.set_time_example("00:00")
    _window.choosers.folder = ""
    _window.top_bar.show("ops", "chat.example.org")
    _window.top_bar.show_security(None)
    _window.composer.show_room("ops")
    _window.top_bar.show_rules(RoomRules())
    _window.composer.hold(None)
    _window.composer.show_context(None)
    _window.composer.show_attachments([])
    _window.composer.note.grid_remove()
    _window.typing.show("")
    _window.pins.show(None)
    _window.messages.allow(MessageRules())
    _window.banner.show(None)
    _window.members.show([])
    _window.transfers.show([])
    _window.transfers.show_saving(None)
    _window.messages.show_pending([])
    _window.history_banner.show(None)
    _window.messages.show_loading("")
    _window.search.show_results(None)
    _window.search.show_state("")
    _window.messages.highlights.mark("")
    _window.search.field.set("")
    _window.search.grid_remove()
    _window.messages.clear()
    _window.composer.replace("")
    root.geometry("1000x700+0+0")
    driver = Driver(root)
    driver.until(lambda: root.winfo_viewable() and root.winfo_width() == 1000)
    driver.focus(_window.composer.text)
    intents.reset()
    chosen.reset()
    return _window


@pytest.fixture
def view(window: ChatWindow) -> MessageView:
    """The view of a member who may do everything."""
    window.messages.allow(ALL)
    return window.messages


@pytest.fixture
def intents(_recorder: Recorder) -> Recorder:
    """The recorded actions in the window."""
    return _recorder


@pytest.fixture
def chosen(_chosen: Chosen) -> Chosen:
    """The answers of the file dialogs."""
    return _chosen


@pytest.fixture
def driver(window: ChatWindow) -> Driver:
    """Drives the window by keys and clicks."""
    return Driver(window.root)


@pytest.fixture(autouse=True)
def _nothing_goes_wrong(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    errors = [record.getMessage() for record in records if record.levelno >= logging.ERROR]
    assert not errors, [record.exc_text for record in records]
