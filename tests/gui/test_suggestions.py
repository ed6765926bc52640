"""The suggestions over the composer, and the picker of emoji, by real keys and clicks."""

import pytest

from client_mvc.view.contract.values import ComposerContext, EmojiRow, Suggestion, Suggestions
from client_mvc.view.widgets import emoji_images
from client_mvc.view.widgets.emoji_picker import EmojiPicker
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

NAMES = ("alice", "bob", "田中")


def members(before: str) -> Suggestions | None:
    word = before.rpartition(" ")[2]
    if not word.startswith("@"):
        return None
    fitting = [name for name in NAMES if name.startswith(word[1:])]
    rows = tuple(Suggestion(f"@{name} ", name, "here", "active", 0) for name in fitting)
    return Suggestions("member", len(word), rows) if rows else None


def content(window: ChatWindow) -> str:
    return window.composer.text.get("1.0", "end-1c")


@pytest.fixture
def suggesting(intents: Recorder, window: ChatWindow) -> Recorder:
    intents.answers["composer.suggest"] = members
    return intents


def lines(window: ChatWindow) -> list[str]:
    shown = window.composer.suggestions.list.get("1.0", "end-1c").split("\n")
    return [line.split("\t")[-1].split("  ")[0] for line in shown]


@pytest.mark.parametrize("key", ["Tab", "Return", "KP_Enter"])
@pytest.mark.usefixtures("suggesting")
def test_a_key_takes_the_chosen_one(
    window: ChatWindow, driver: Driver, intents: Recorder, key: str
) -> None:
    driver.type("hi @")
    driver.until(lambda: window.composer.suggestions.is_open)
    assert lines(window) == list(NAMES)
    driver.key("Down", key)
    assert content(window) == "hi @bob "
    assert not window.composer.suggestions.winfo_ismapped()
    assert driver.root.focus_get() is window.composer.text
    assert intents.named("composer.send") == []
    driver.key("ctrl+z")
    assert content(window) == "hi @"


@pytest.mark.usefixtures("suggesting")
def test_the_choice_goes_around_and_typing_narrows_it(
    window: ChatWindow, driver: Driver
) -> None:
    driver.type("@")
    driver.key("Up")
    assert window.composer.suggestions.at == 2
    driver.key("Down", "Down")
    assert window.composer.suggestions.at == 1
    driver.type("a")
    assert lines(window) == ["alice"]
    driver.key("BackSpace", "BackSpace")
    assert not window.composer.suggestions.is_open


@pytest.mark.usefixtures("suggesting")
def test_escape_closes_them_for_this_word(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    suggestions = window.composer.suggestions
    driver.type("@a")
    driver.key("Escape")
    assert not suggestions.winfo_ismapped()
    driver.type("l")
    driver.key("Left", "Right")
    assert not suggestions.is_open
    driver.key("Return")
    assert intents.named("composer.send") == [("@al",)]
    driver.type("@")
    assert suggestions.is_open


@pytest.mark.usefixtures("suggesting")
def test_a_click_takes_one_and_the_field_keeps_the_focus(
    window: ChatWindow, driver: Driver
) -> None:
    driver.type("@")
    shown = window.composer.suggestions.list
    driver.until(shown.winfo_viewable)
    place = shown.bbox("3.0")
    assert place is not None
    driver.click(shown, at=(place[0] + 40, place[1] + 5))
    assert content(window) == "@田中 "
    assert driver.root.focus_get() is window.composer.text


@pytest.mark.usefixtures("suggesting")
def test_other_keys_keep_their_meaning(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    driver.type("@")
    driver.key("shift+Return")
    assert content(window) == "@\n"
    driver.type("@")
    driver.key("ctrl+Return")
    assert intents.named("composer.send") == [("@\n@",)]


@pytest.mark.usefixtures("suggesting")
def test_they_close_when_the_focus_goes(window: ChatWindow, driver: Driver) -> None:
    driver.type("@")
    driver.focus(window.members.tree)
    driver.until(lambda: not window.composer.suggestions.winfo_ismapped())


def test_emoji_that_the_font_lacks_are_left_out(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    def emoji(before: str) -> Suggestions:
        rows = (Suggestion("👍", ":up:", mark="👍"), Suggestion("x", ":x:", mark="xx"))
        return Suggestions("emoji", len(before), rows)

    intents.answers["composer.suggest"] = emoji
    assert emoji_images.available()
    driver.type(":")
    assert [row.label for row in window.composer.suggestions.rows] == [":up:"]
    assert window.composer.suggestions.list.dump("1.0", "1.1", image=True)


def test_escape_ends_a_reply_after_the_suggestions(
    window: ChatWindow, driver: Driver, suggesting: Recorder
) -> None:
    window.composer.show_context(ComposerContext("reply", "Replying to bob", "words"))
    driver.type("@")
    driver.key("Escape")
    assert suggesting.named("composer.end_context") == []
    driver.key("Escape")
    assert suggesting.named("composer.end_context") == [()]
    driver.click(window.composer.context.end)
    assert len(suggesting.named("composer.end_context")) == 2
    window.composer.show_context(None)
    assert not window.composer.context.winfo_ismapped()


# --- the picker ----------------------------------------------------------------------------

EMOJI = [EmojiRow(chr(0x1F600 + n), f"face {n}") for n in range(60)]


def find(words: str) -> list[EmojiRow]:
    return [row for row in EMOJI if words in row.name]


def opened(window: ChatWindow) -> EmojiPicker | None:
    found = [one for one in window.root.winfo_children() if isinstance(one, EmojiPicker)]
    return found[0] if found else None


def test_an_emoji_is_searched_and_inserted(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.answers["composer.emoji"] = find
    driver.type("so: ")
    driver.key("ctrl+e")
    picker = opened(window)
    assert picker is not None
    driver.type("face 3")
    driver.until(lambda: len(picker.rows) == 11)
    driver.key("Right", "Right", "Return")
    assert content(window) == "so: \U0001f61f"  # face 31
    assert opened(window) is None
    assert driver.root.focus_get() is window.composer.text


def test_arrows_move_over_the_grid_and_scroll_it(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.answers["composer.emoji"] = find
    driver.click(window.composer.emoji_button)
    picker = opened(window)
    assert picker is not None
    driver.until(lambda: picker.rows)
    driver.key(*["Down"] * 9)
    assert picker.at == 59
    images = picker.grid_view.find_all()
    assert len(images) <= 55, "only what is in view is drawn"
    driver.key("Up", "Left")
    assert picker.at == 49
    driver.key(*["Up"] * 9)
    assert picker.at == 49 % 9
    driver.key("Escape")
    assert opened(window) is None


def test_a_click_chooses_and_one_outside_closes(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.answers["composer.emoji"] = find
    driver.click(window.composer.emoji_button)
    picker = opened(window)
    assert picker is not None
    cell = window.look.grown(34)
    driver.click(picker.grid_view, at=(cell + 5, 5))
    assert content(window) == EMOJI[1].emoji
    driver.click(window.composer.emoji_button)
    driver.until(lambda: opened(window))
    driver.click(window.top_bar.server)
    driver.until(lambda: opened(window) is None)


def test_the_picker_fits_into_a_small_window(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.answers["composer.emoji"] = find
    window.look.set_size(20)
    window.root.geometry("620x420")
    driver.until(lambda: window.root.winfo_width() == 620)
    driver.key("ctrl+e")
    picker = opened(window)
    assert picker is not None
    driver.until(picker.winfo_viewable)
    root = window.root
    assert picker.winfo_rootx() >= root.winfo_rootx()
    assert picker.winfo_rootx() + picker.winfo_width() <= root.winfo_rootx() + 620
    assert picker.winfo_rooty() >= root.winfo_rooty()
