"""The window that shows a shared file, by real keys."""

import time
from pathlib import Path

import pytest

from client_mvc.view.contract.windows import FileText
from client_mvc.view.dialogs.file_viewer import FileViewer
from client_mvc.view.widgets import numbered_text
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder

pytestmark = pytest.mark.gui

NOTES = "# Notes 👍\n1. one\n2. two, and One\n"


def opened(window: ChatWindow, driver: Driver, text: str = NOTES, note: str = "") -> FileViewer:
    window.windows.show_file(FileText("f1", "notes.txt", "2.4 KB, utf-8", text, note))
    viewer = window.windows.files["f1"]
    driver.until(lambda: viewer.winfo_viewable() and not viewer.page.loading)
    driver.focus(viewer.page.text)
    return viewer


def numbers(viewer: FileViewer) -> list[tuple[str, int]]:
    """Return the visible line numbers with their vertical positions."""
    viewer.update()
    gutter = viewer.page.gutter
    return [
        (gutter.itemcget(item, "text"), int(gutter.coords(item)[1]))
        for item in gutter.find_all()
    ]


def look_for(viewer: FileViewer, driver: Driver, phrase: str) -> None:
    driver.key("ctrl+f")
    driver.until(lambda: driver.root.focus_get() is viewer.find.text)
    before = viewer.count.cget("text")
    driver.paste(phrase)
    driver.until(lambda: not viewer._searching.waiting and viewer.count.cget("text") != before)


def current(viewer: FileViewer) -> tuple[str, str]:
    """Return the index and the text of the current place."""
    start, end = viewer.page.text.tag_ranges("current")
    return str(start), viewer.page.text.get(start, end)


def test_it_is_read_only_and_copied_without_its_numbers(
    window: ChatWindow, driver: Driver
) -> None:
    viewer = opened(window, driver)
    assert viewer.facts.cget("text") == "notes.txt  ·  2.4 KB, utf-8"
    driver.type("no")
    driver.key("ctrl+a", "ctrl+c")
    assert driver.root.clipboard_get() == NOTES.rstrip()
    driver.root.clipboard_clear()
    viewer.page.text.tag_remove("sel", "1.0", "end")
    driver.click(viewer.copy)
    assert driver.root.clipboard_get() == NOTES.rstrip()


def test_every_line_has_its_number(window: ChatWindow, driver: Driver) -> None:
    viewer = opened(window, driver, "\n".join(f"line {n}" for n in range(1, 1_001)))
    found = numbers(viewer)
    assert found[0][0] == "1"
    assert len(found) > 10
    driver.key("End")
    driver.until(lambda: numbers(viewer)[-1][0] == "1000")
    for number, y in numbers(viewer):
        line = viewer.page.text.dlineinfo(f"{number}.0")
        assert line is not None
        assert line[1] == y


def test_a_wrapped_line_has_one_number(window: ChatWindow, driver: Driver) -> None:
    viewer = opened(window, driver, "word " * 300 + "\nsecond\n" + "word " * 300)
    assert [number for number, _ in numbers(viewer)] == ["1", "2", "3"]
    plain = numbers(viewer)[1][1]
    driver.click(viewer.wrap)
    driver.until(lambda: numbers(viewer)[1][1] > 2 * plain)
    driver.key("ctrl+Home")
    driver.focus(viewer.page.text)
    driver.key("Down", "Down")
    driver.until(lambda: "1" not in dict(numbers(viewer)))
    assert "2" in dict(numbers(viewer))
    driver.focus(viewer.wrap)
    driver.key("space")
    driver.until(lambda: len(numbers(viewer)) == 3)


def test_search_counts_and_wraps_around(window: ChatWindow, driver: Driver) -> None:
    viewer = opened(window, driver)
    look_for(viewer, driver, "oNe")
    assert viewer.count.cget("text") == "1 of 2"
    assert current(viewer) == ("2.3", "one")
    driver.key("Return")
    assert (viewer.count.cget("text"), current(viewer)) == ("2 of 2", ("3.12", "One"))
    driver.key("F3")
    assert current(viewer)[0] == "2.3"
    driver.key("shift+Return")
    assert current(viewer)[0] == "3.12"
    driver.click(viewer.previous)
    assert current(viewer)[0] == "2.3"
    driver.click(viewer.next)
    assert current(viewer)[0] == "3.12"
    look_for(viewer, driver, "nowhere")
    assert viewer.count.cget("text") == "not found"
    assert not viewer.page.text.tag_ranges("found")


def test_search_works_behind_emoji_and_for_emoji(window: ChatWindow, driver: Driver) -> None:
    viewer = opened(window, driver, "👍👍 x 🎉 here\n👩\u200d💻 here 👍")
    look_for(viewer, driver, "here")
    assert current(viewer)[1] == "here"
    driver.key("Return")
    assert current(viewer)[1] == "here"
    assert current(viewer)[0].startswith("2.")
    look_for(viewer, driver, "👍")
    driver.key("BackSpace")
    driver.until(lambda: viewer.count.cget("text") == "")


def test_the_number_of_places_is_bounded(window: ChatWindow, driver: Driver) -> None:
    viewer = opened(window, driver, "e" * 3_000)
    look_for(viewer, driver, "e")
    assert viewer.count.cget("text") == "1 of 1,000+"


def test_keys_of_the_viewer_do_not_reach_the_main_window(
    window: ChatWindow, driver: Driver, intents: Recorder, chosen: Chosen
) -> None:
    viewer = opened(window, driver)
    chosen.target = Path("/tmp/target")
    driver.key("ctrl+s")
    driver.click(viewer.save)
    assert intents.named("files.save") == [("f1", Path("/tmp/target"))] * 2
    assert intents.named("save_conversation") == []
    assert chosen.offered == ["notes.txt"] * 2
    look_for(viewer, driver, "one")
    driver.key("Escape")
    driver.until(lambda: not viewer.winfo_exists())
    assert driver.root.focus_get() is window.composer.text


def test_the_same_file_opens_once(window: ChatWindow, driver: Driver) -> None:
    viewer = opened(window, driver)
    assert opened(window, driver, "again") is viewer
    assert viewer.page.text.get("1.0", "end-1c") == "again"


def test_a_text_too_long_for_tk_is_cut_with_a_note(
    window: ChatWindow, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbered_text, "MAX_LINES", 3)
    monkeypatch.setattr(numbered_text, "MAX_COLUMNS", 5)
    viewer = opened(window, driver, "1234567\n2\n3\n4\n", "Something else.")
    assert viewer.page.text.get("1.0", "end-1c") == "12345…\n2\n3"
    assert viewer.note.cget("text") == (
        "Long lines are cut after 5 characters. Only the first 3 lines are shown. "
        "Save the file to read all of it. Something else."
    )
    assert viewer.note.winfo_ismapped()
    opened(window, driver, "1\n2\n3\n")
    assert not viewer.note.winfo_ismapped()


@pytest.mark.parametrize("line", ["word " * 15 + "\n", "👍 naïve\n", "x" * 5_000 + "\n", "x"])
def test_ten_megabytes_do_not_block_the_window(
    window: ChatWindow, driver: Driver, line: str
) -> None:
    text = line * (10 * 1024 * 1024 // len(line.encode()))
    window.windows.show_file(FileText("f1", "notes.txt", "10 MB", text))
    viewer = window.windows.files["f1"]
    longest = 0.0
    deadline = time.monotonic() + 60
    while viewer.page.loading:
        assert time.monotonic() < deadline
        began = time.thread_time()
        window.root.tk.dooneevent(0)
        longest = max(longest, time.thread_time() - began)
    # Processor time, so that other programs do not count; a tenth of this is usual.
    assert longest < 1.0
    began = time.thread_time()
    viewer.page.search("not there")
    assert time.thread_time() - began < 2.0


def test_it_can_be_closed_while_it_loads(window: ChatWindow, driver: Driver) -> None:
    window.windows.show_file(FileText("f1", "notes.txt", "1 MB", "line\n" * 200_000))
    viewer = window.windows.files["f1"]
    assert viewer.page.loading
    viewer.close.invoke()
    driver.root.update()
    assert not viewer.winfo_exists()


def test_its_text_follows_size_and_theme(window: ChatWindow, driver: Driver) -> None:
    viewer = opened(window, driver)
    gaps = [numbers(viewer)[1][1] - numbers(viewer)[0][1]]
    window.look.set_size(20)
    gaps.append(numbers(viewer)[1][1] - numbers(viewer)[0][1])
    assert gaps[1] > 1.5 * gaps[0]
    window.look.set_dark(True)
    driver.root.update()
    dark = window.look.palette
    assert viewer.page.text.cget("background") == dark.background
    assert viewer.page.gutter.cget("background") == dark.chrome
