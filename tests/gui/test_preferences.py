"""The preferences window: each choice is reported at once, unavailable ones are disabled."""

from dataclasses import replace
from pathlib import Path

import pytest

from client_mvc.view.contract.items import FileCard, Heading, Message
from client_mvc.view.contract.windows import KnownRoomRow, PreferencesForm
from client_mvc.view.dialogs.preferences import LARGEST, SMALLEST, PreferencesWindow
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder

pytestmark = pytest.mark.gui

FORM = PreferencesForm("light", 11, bell=True, notify="mentions", hours=24, seconds=False)


def opened(window: ChatWindow, driver: Driver) -> PreferencesWindow:
    """Open the window."""
    window.windows.show_preferences(FORM, lift=True)
    assert window.windows.preferences is not None
    driver.until(window.windows.preferences.winfo_viewable)
    return window.windows.preferences


@pytest.fixture
def preferences(window: ChatWindow, driver: Driver) -> PreferencesWindow:
    return opened(window, driver)


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (("theme", "dark"), {"theme": "dark"}),
        (("theme", "system"), {"theme": "system"}),
        (("bell", True), {"bell": False}),
        (("notify", "off"), {"notify": "off"}),
        (("notify", "all"), {"notify": "all"}),
        (("hours", 12), {"hours": 12}),
        (("seconds", True), {"seconds": True}),
    ],
)
def test_a_choice_is_reported_at_once(
    window: ChatWindow,
    driver: Driver,
    intents: Recorder,
    place: tuple[str, object],
    changes: dict[str, object],
) -> None:
    preferences = opened(window, driver)
    button = preferences.buttons[place]
    driver.click(button, at=(10, button.winfo_height() // 2))
    window.windows.show_preferences(FORM, lift=False)
    driver.focus(button)
    driver.key("space")
    expected = replace(FORM, **changes)  # type: ignore[arg-type]
    assert intents.named("preferences.choose") == [(expected,), (expected,)]


def test_the_text_size_has_limits(
    window: ChatWindow, preferences: PreferencesWindow, driver: Driver, intents: Recorder
) -> None:
    driver.click(preferences.larger)
    driver.click(preferences.smaller)
    assert [form.text_size for (form,) in intents.named("preferences.choose")] == [12, 10]
    for size, button in ((SMALLEST, preferences.smaller), (LARGEST, preferences.larger)):
        intents.reset()
        window.windows.show_preferences(replace(FORM, text_size=size), lift=False)
        assert preferences.points.cget("text") == f"{size} pt"
        driver.click(button)
        assert intents.named("preferences.choose") == []


def test_the_folder_can_be_chosen_and_forgotten(
    window: ChatWindow,
    preferences: PreferencesWindow,
    driver: Driver,
    intents: Recorder,
    chosen: Chosen,
) -> None:
    driver.click(preferences.choose)
    driver.click(preferences.no_folder)
    assert intents.named("preferences.choose") == []
    chosen.folder = Path("/tmp/saved")
    driver.click(preferences.choose)
    assert intents.named("preferences.choose") == [(replace(FORM, folder="/tmp/saved"),)]
    window.windows.show_preferences(replace(FORM, folder="/tmp/saved"), lift=False)
    assert preferences.folder.cget("text") == "/tmp/saved"
    driver.click(preferences.no_folder)
    assert intents.named("preferences.choose")[1:] == [(FORM,)]


def test_unavailable_choices_are_disabled(
    window: ChatWindow, preferences: PreferencesWindow, driver: Driver, intents: Recorder
) -> None:
    assert not preferences.theme_hint.winfo_viewable()
    lacking = replace(FORM, can_follow=False, can_notify=False)
    window.windows.show_preferences(lacking, lift=False)
    driver.until(preferences.theme_hint.winfo_viewable)
    driver.until(preferences.notify_hint.winfo_viewable)
    for place in (("theme", "system"), ("notify", "off"), ("notify", "all")):
        driver.click(preferences.buttons[place])
    assert intents.named("preferences.choose") == []
    driver.click(preferences.buttons["theme", "dark"])
    assert intents.named("preferences.choose") == [(replace(lacking, theme="dark"),)]


def test_changes_by_key_appear_in_the_window(
    window: ChatWindow, preferences: PreferencesWindow
) -> None:
    window.windows.show_preferences(replace(FORM, theme="dark", text_size=14), lift=False)
    assert "selected" in preferences.buttons["theme", "dark"].state()
    assert "selected" not in preferences.buttons["theme", "light"].state()
    assert preferences.points.cget("text") == "14 pt"


def test_a_closed_window_opens_only_on_request(
    window: ChatWindow, preferences: PreferencesWindow, driver: Driver
) -> None:
    driver.focus(preferences.close)
    driver.key("Escape")
    driver.until(lambda: not preferences.winfo_exists())
    window.windows.show_preferences(FORM, lift=False)
    assert window.windows.preferences is None


def test_save_dialogs_begin_in_the_folder(
    window: ChatWindow, driver: Driver, chosen: Chosen, tmp_path: Path
) -> None:
    window.choosers.folder = str(tmp_path)
    window.messages.append(
        [FileCard("f1", "../notes.txt", "1 KB", "x", Heading("10:00", "bob", 1))]
    )
    driver.until(window.messages.cards[0].save.winfo_viewable)
    driver.click(window.messages.cards[0].save)
    driver.key("ctrl+s", "ctrl+shift+s")
    begins = [tmp_path / "notes.txt", tmp_path / "conversation.txt", tmp_path]
    assert chosen.offered == list(map(str, begins))
    window.choosers.folder = str(tmp_path / "gone")
    driver.key("ctrl+s")
    assert chosen.offered[3:] == ["conversation.txt"]


@pytest.mark.parametrize("example", ["00:00", "10:00:00 AM"])
def test_the_margin_fits_the_width_of_times(
    window: ChatWindow, driver: Driver, example: str
) -> None:
    window.messages.set_time_example(example)
    window.messages.append([Message("words", Heading(example, "bob", 1))])
    driver.root.update()
    text = window.messages.text
    name, words = (text.bbox(text.search(each, "1.0")) for each in ("bob", "words"))
    assert name is not None
    assert words is not None
    assert abs(name[0] - words[0]) <= 2


@pytest.mark.parametrize("by", ["button", "Delete"])
def test_a_known_room_can_be_forgotten(
    window: ChatWindow, driver: Driver, intents: Recorder, by: str
) -> None:
    preferences = opened(window, driver)
    rows = tuple(KnownRoomRow(each, f"#{each}", "host:1", "2026-11-29") for each in "ab")
    window.windows.show_preferences(replace(FORM, rooms=rows), lift=False)
    rooms = preferences.rooms
    driver.until(rooms.tree.winfo_viewable)
    assert rooms.forget_button.instate(["disabled"])
    driver.click_row(rooms.tree, "1")
    driver.until(lambda: rooms.tree.selection() == ("1",))
    if by == "button":
        driver.click(rooms.forget_button)
    else:
        driver.key(by)
    driver.until(lambda: intents.named("preferences.forget_room"))
    assert intents.named("preferences.forget_room") == [("b",)]
    window.windows.show_preferences(FORM, lift=False)
    driver.until(rooms.none.winfo_viewable)
