"""The composer: editing, pasting, completing and sending, by real keys."""

import re
import time
from pathlib import Path

import pytest

from client_mvc.view.contract.values import ComposerContext, Hold
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder

pytestmark = pytest.mark.gui


def content(window: ChatWindow) -> str:
    return window.composer.text.get("1.0", "end-1c")


@pytest.mark.parametrize("way", ["ctrl+v", "shift+Insert", "Insert", "middle button"])
def test_pasted_text_has_only_whole_characters(
    window: ChatWindow, driver: Driver, way: str
) -> None:
    root = window.root
    # Written by Tcl: Python cannot pass a lone surrogate to Tk.
    held = r'"a\u0000b \ud83d c \ud83d\udc4d"'
    root.clipboard_clear()
    root.tk.eval(f"clipboard append -- {held}")
    # The selection of another program.
    root.tk.eval(f"selection handle -type UTF8_STRING . {{apply {{args {{return {held}}}}}}}")
    root.tk.eval("selection own .")
    if way == "middle button":
        driver.click(window.composer.text, 2)
    else:
        driver.key(way)
    driver.until(lambda: content(window))
    # A replacement has as many bytes as half a character.
    assert re.fullmatch("ab \N{REPLACEMENT CHARACTER}+ c 👍", content(window))
    assert root.focus_get() is window.composer.text


@pytest.mark.parametrize("key", ["Return", "KP_Enter", "ctrl+Return"])
def test_enter_sends(window: ChatWindow, driver: Driver, intents: Recorder, key: str) -> None:
    driver.type("Hello, room!")
    driver.key(key)
    assert intents.named("composer.send") == [("Hello, room!",)]
    assert content(window) == ""


def test_q_is_sent_as_any_text(driver: Driver, intents: Recorder) -> None:
    driver.type("q")
    driver.key("Return")
    assert intents.named("composer.send") == [("q",)]


def test_the_button_saves_while_a_message_is_edited(window: ChatWindow) -> None:
    composer = window.composer
    said = []
    edit, reply = ComposerContext("edit", "Editing", "old"), ComposerContext("reply", "To", "a")
    for context in (edit, reply, edit, None):
        composer.show_context(context)
        said.append(composer.send_button.cget("text"))
    assert said == ["Save", "Send", "Save", "Send"]
    composer.show_context(edit)
    composer.hold(Hold("Slow mode", "0:05"))
    assert composer.send_button.cget("text") == "0:05"
    composer.hold(None)
    assert composer.send_button.cget("text") == "Save"


def test_the_send_button_sends(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    driver.type("by mouse")
    driver.click(window.composer.send_button)
    assert intents.named("composer.send") == [("by mouse",)]


def test_an_empty_text_is_not_sent(driver: Driver, intents: Recorder) -> None:
    driver.key("Return")
    assert intents.named("composer.send") == []


def test_a_rejected_text_stays(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    intents.takes = False
    driver.type("too long")
    driver.key("Return")
    assert content(window) == "too long"


def test_shift_enter_inserts_a_line_break(driver: Driver, intents: Recorder) -> None:
    driver.type("one")
    driver.key("shift+Return")
    driver.type("two")
    driver.key("Return")
    assert intents.named("composer.send") == [("one\ntwo",)]


@pytest.mark.parametrize("key", ["Return", "KP_Enter"])
def test_enter_begins_a_line_in_a_block_of_code(
    driver: Driver, intents: Recorder, key: str
) -> None:
    for line in ("```", "x = 1", "```"):
        assert intents.named("composer.send") == []
        driver.type(line)
        driver.key(key)
    assert intents.named("composer.send") == [("```\nx = 1\n```",)]
    driver.type("```")
    driver.key("ctrl+Return")
    assert intents.named("composer.send")[1:] == [("```",)]


def test_grows_to_six_lines(window: ChatWindow, driver: Driver) -> None:
    text = window.composer.text
    heights = []
    for _ in range(8):
        driver.key("shift+Return")
        driver.root.update()
        heights.append(text.cget("height"))
    assert heights == [2, 3, 4, 5, 6, 6, 6, 6]
    driver.key("ctrl+a", "Delete")
    driver.until(lambda: text.cget("height") == 1)


def test_wrapped_lines_count(window: ChatWindow, driver: Driver) -> None:
    driver.paste("word " * 60)
    driver.until(lambda: window.composer.text.cget("height") > 1)


def test_a_very_long_line_does_not_block_the_window(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    """Tk needed a minute after each key to count the lines of this text."""
    pasted = "lorem ipsum dolor " * 5_600
    began = time.thread_time()
    window.composer.insert(pasted)
    driver.key("x", "BackSpace", "Home", "End")
    driver.until(lambda: window.composer.text.cget("height") == 6)
    driver.key("Return")
    driver.until(lambda: content(window) == "")
    assert time.thread_time() - began < 10
    assert intents.named("composer.send") == [(pasted,)]
    assert window.composer.text.cget("height") == 1


@pytest.mark.parametrize(
    ("pasted", "taken"),
    [
        ("\x1b[31mred\x1b[0m\x07, \x9f", "[31mred[0m, "),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("\x07", ""),
    ],
)
def test_control_characters_are_not_pasted(
    window: ChatWindow, driver: Driver, pasted: str, taken: str
) -> None:
    driver.paste(pasted)
    driver.type(".")
    assert content(window) == f"{taken}."


def test_ctrl_up_recalls_only_into_an_empty_composer(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.last_message = "my last message 👍"
    driver.key("ctrl+Up")
    assert content(window) == "my last message 👍"
    driver.key("ctrl+Up")
    assert len(intents.named("composer.recall")) == 1
    assert content(window) == "my last message 👍"


def test_up_edits_the_last_message_only_in_an_empty_composer(
    driver: Driver, intents: Recorder
) -> None:
    driver.key("Up")
    assert intents.named("conversation.edit_last") == [()]
    driver.type("text")
    driver.key("Up")
    assert intents.named("conversation.edit_last") == [()]


def test_paste_replaces_the_selection(window: ChatWindow, driver: Driver) -> None:
    driver.type("old text")
    driver.key("ctrl+a")
    driver.paste("new")
    assert content(window) == "new"


@pytest.mark.parametrize(
    ("pasted", "keys", "left"),
    [
        ("NEW👍", ["BackSpace"], "NEW"),
        ("NEW👍x", ["BackSpace", "BackSpace"], "NEW"),
        ("👍NEW", ["Home", "Delete"], "NEW"),
        ("a👍b", ["Left", "Left", "x"], "ax👍b"),
        ("one two👍🎉", ["ctrl+BackSpace"], "one two"),
        ("one two 𐀀𐀁", ["ctrl+BackSpace"], "one two "),
        ("𐀀𐀁 one", ["Home", "ctrl+Delete"], " one"),
        ("a👍b", ["ctrl+a", "BackSpace"], ""),
        ("a👍b", ["shift+Left", "shift+Left", "Delete"], "a"),
    ],
)
def test_characters_above_ffff_stay_whole(
    window: ChatWindow, driver: Driver, pasted: str, keys: list[str], left: str
) -> None:
    driver.paste(pasted)
    driver.key(*keys)
    assert content(window) == left


def test_keys_of_commands_do_not_edit(window: ChatWindow, driver: Driver) -> None:
    driver.type("ab")
    driver.key("Left", "ctrl+t", "ctrl+o", "ctrl+d")
    assert content(window) == "ab"


def test_a_replacement_is_undone_in_one_step(window: ChatWindow, driver: Driver) -> None:
    driver.type("kept")
    driver.key("ctrl+a")
    driver.paste("lost")
    driver.key("ctrl+z")
    assert content(window) == "kept"


def test_tab_moves_the_focus(window: ChatWindow, driver: Driver) -> None:
    for part in (window.composer.emoji_button, window.composer.send_button):
        driver.key("Tab")
        assert driver.root.focus_get() is part
    driver.key("shift+Tab", "shift+Tab")
    assert driver.root.focus_get() is window.composer.text
    assert content(window) == ""


def test_tab_completes_a_name_and_then_offers_the_next(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.completed = {"al": "alice: ", "alice: ": "Alva👍: ", "Alva👍: ": "alice: "}
    driver.type("al")
    contents = []
    for _ in range(3):
        driver.key("Tab")
        contents.append(content(window))
    assert contents == ["alice: ", "Alva👍: ", "alice: "]
    assert driver.root.focus_get() is window.composer.text
    driver.type("hi")
    assert content(window) == "alice: hi"


def test_a_name_is_completed_at_the_cursor(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.completed = {"👍 ask bo": "👍 ask bob "}
    driver.paste("👍 ask bo?")
    driver.key("Left", "Tab")
    assert content(window) == "👍 ask bob ?"
    driver.key("ctrl+z")
    assert content(window) == "👍 ask bo?"


def test_tab_moves_the_focus_if_there_is_nothing_to_complete(
    window: ChatWindow, driver: Driver
) -> None:
    driver.type("xyz")
    driver.key("Tab")
    assert driver.root.focus_get() is window.composer.emoji_button
    assert content(window) == "xyz"


def test_a_selection_is_not_completed(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    intents.completed = {"al": "alice: "}
    driver.type("al")
    driver.key("ctrl+a", "Tab")
    assert content(window) == "al"


def test_every_change_is_reported_as_a_draft(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    driver.type("hel")
    driver.until(lambda: intents.draft == "hel")
    driver.key("BackSpace")
    driver.until(lambda: intents.draft == "he")
    driver.key("Return")
    driver.until(lambda: intents.draft == "")


def test_a_draft_is_restored(window: ChatWindow, driver: Driver) -> None:
    driver.type("other")
    window.composer.replace("two\nlines 👍")
    assert content(window) == "two\nlines 👍"
    driver.key("ctrl+z")
    assert content(window) == "two\nlines 👍"
    driver.until(lambda: window.composer.text.cget("height") == 2)


def test_space_presses_a_button(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    driver.type("hi")
    driver.key("Tab", "Tab", "space")
    assert intents.named("composer.send") == [("hi",)]


def test_sharing_focuses_the_composer(
    window: ChatWindow, driver: Driver, intents: Recorder, chosen: Chosen
) -> None:
    chosen.files = [Path("/a.txt")]
    driver.focus(window.composer.share_button)
    driver.key("space")
    driver.until(lambda: intents.named("files.share"))
    assert driver.root.focus_get() is window.composer.text


def test_plus_shares_the_chosen_files(
    window: ChatWindow, driver: Driver, intents: Recorder, chosen: Chosen
) -> None:
    chosen.files = [Path("/a/é 1.txt"), Path("/b.txt")]
    driver.click(window.composer.share_button)
    assert intents.named("files.share") == [([Path("/a/é 1.txt"), Path("/b.txt")],)]
    intents.reset()
    chosen.reset()
    driver.click(window.composer.share_button)
    assert intents.named("files.share") == []


def test_a_mention_is_inserted_at_the_cursor(window: ChatWindow, driver: Driver) -> None:
    driver.type("hello !")
    driver.key("Left")
    driver.focus(window.top_bar.menu_button)
    window.composer.insert("@bob ")
    assert content(window) == "hello @bob !"
    assert driver.root.focus_get() is window.composer.text
