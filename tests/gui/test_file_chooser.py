"""The file dialog for X11, by real keys: its choices, and names with any characters."""

import os
import tkinter as tk
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import pytest
from PIL import ImageGrab

from client_mvc.i18n import translate
from client_mvc.view.contract.windows import PreferencesForm
from client_mvc.view.dialogs.file_chooser import FileChooser, Mode
from client_mvc.view.dialogs.file_dialogs import FileDialogs, platform_dialogs
from client_mvc.view.dialogs.preferences import PreferencesWindow
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder
from tests.support.pictures import pixel

pytestmark = pytest.mark.gui

type Ask = Callable[..., FileChooser]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two folders and four files, one of them hidden."""
    for name in ("drafts", "größe 👍"):
        (tmp_path / name).mkdir()
    for name in ("a 👍.txt", "b.txt", "c.txt", ".hidden"):
        (tmp_path / name).write_text(name)
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    return tmp_path


@pytest.fixture
def ask(window: ChatWindow, driver: Driver, folder: Path) -> Iterator[Ask]:
    """Open a dialog without waiting for its end."""
    dialogs: list[FileChooser] = []

    def show(mode: Mode, name: str = "") -> FileChooser:
        dialog = FileChooser(
            window.look, window.root, "Title", mode=mode, folder=folder, name=name
        )
        dialogs.append(dialog)
        dialog.appear(dialog.tree)
        driver.focus(dialog.field.text if mode == "save" else dialog.tree)
        return dialog

    yield show
    for dialog in dialogs:
        dialog.destroy()


def shown(dialog: FileChooser) -> list[str]:
    return [dialog.tree.item(row, "text") for row in dialog.tree.get_children()]


def closed(dialog: FileChooser) -> bool:
    return not dialog.winfo_exists()


def test_folders_come_first_and_hidden_files_on_request(ask: Ask, driver: Driver) -> None:
    dialog = ask("share")
    visible = ["drafts/", "größe 👍/", "a 👍.txt", "b.txt", "c.txt"]
    assert shown(dialog) == visible
    dialog.hidden.set(True)
    dialog._fill()
    assert shown(dialog) == [*visible[:2], ".hidden", *visible[2:]]
    assert shown(ask("folder")) == visible[:2]


def test_several_files_are_chosen_by_keyboard(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("share")
    driver.key("Down", "Down", "shift+Down")
    assert dialog.accept.cget("text") == "Share 2 files"
    driver.key("Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "a 👍.txt", folder / "b.txt")


def test_the_button_names_its_action(ask: Ask, driver: Driver) -> None:
    dialog = ask("share")
    driver.focus(dialog.tree)
    labels = [dialog.accept.cget("text")]
    for key in ("Down", "Down", "Down", "shift+Down"):
        driver.key(key)
        driver.root.update()
        labels.append(dialog.accept.cget("text"))
    # The focus moves from a folder to another, to a file, and to two files.
    assert labels == ["Share", "Open", "Share", "Share", "Share 2 files"]
    assert ask("save", "b.txt").accept.cget("text") == "Save"
    assert ask("folder").accept.cget("text") == "Choose"


@pytest.mark.parametrize(
    ("language", "sizes"),
    [
        ("en", ["0 bytes", "1 byte", "2.3 KB", "9.5 MB"]),
        ("de", ["0 Byte", "1 Byte", "2,3 KB", "9,5 MB"]),
    ],
)
def test_sizes_have_units(ask: Ask, folder: Path, language: str, sizes: list[str]) -> None:
    for name, length in (("d", 0), ("e", 1), ("f", 2_400), ("g", 10_000_000)):
        with (folder / name).open("wb") as file:
            file.truncate(length)
    translate.choose([language])
    try:
        dialog = ask("share")
    finally:
        translate.choose([])
    rows = dialog.tree.get_children()
    assert [dialog.tree.set(row, "size") for row in rows][-4:] == sizes
    assert [dialog.tree.set(row, "size") for row in rows][:2] == ["", ""], "folders have none"


@pytest.mark.parametrize("dark", [False, True])
def test_every_selected_row_looks_selected(
    ask: Ask, window: ChatWindow, driver: Driver, dark: bool
) -> None:
    window.look.set_dark(dark)
    dialog = ask("share")
    driver.key("Down", "Down", "shift+Down")
    tree = dialog.tree
    rows = [box for row in tree.get_children() if (box := tree.bbox(row, "size"))]
    assert len(rows) == len(tree.get_children()), "all are in view"

    def grounds() -> list[tuple[int, ...]]:
        window.root.update()
        picture = ImageGrab.grab(xdisplay=os.environ["DISPLAY"])
        places = [(tree.winfo_rootx() + x + 2, tree.winfo_rooty() + y + 2) for x, y, *_ in rows]
        return [pixel(picture, place) for place in places]

    driver.until(lambda: grounds()[2] == grounds()[3] != grounds()[0])
    assert grounds()[2][:3] == tuple(
        c // 257 for c in tree.winfo_rgb(dialog.look.palette.selection)
    )


def test_the_height_of_rows_fits_the_text(ask: Ask, window: ChatWindow, driver: Driver) -> None:
    dialog = ask("share")
    for size in (10, 24):
        window.look.set_size(size)
        driver.until(
            lambda: dialog.tree.bbox(dialog.tree.get_children()[0])[3] == dialog.look.row_height
        )


def chosen_rows(dialog: FileChooser) -> list[str]:
    return [dialog.tree.item(row, "text") for row in dialog.tree.selection()]


@pytest.mark.parametrize("mode", ["share", "save", "folder"])
def test_enter_takes_nothing_while_nothing_is_chosen(
    ask: Ask, driver: Driver, folder: Path, mode: Mode
) -> None:
    for name in ("drafts", "größe 👍"):
        (folder / name).rmdir()
    dialog = ask(mode)
    driver.focus(dialog.tree)
    driver.key("Return", "KP_Enter", "Return")
    assert not closed(dialog)
    assert dialog.folder == folder
    assert "Nothing is selected" in dialog.problem.cget("text")


def test_typing_selects_the_first_name_that_begins_so(
    ask: Ask, driver: Driver, folder: Path
) -> None:
    for name in ("Report draft.txt", "report.txt", "résumé.txt", "rest"):
        (folder / name).write_text("")
    dialog = ask("share")
    for typed, found in (("r", "Report draft.txt"), ("eport.", "report.txt")):
        driver.type(typed)
        assert chosen_rows(dialog) == [found]
    driver.key("BackSpace", "BackSpace", "t", "space", "e")
    assert chosen_rows(dialog) == []
    driver.key("BackSpace")
    assert chosen_rows(dialog) == ["Report draft.txt"]
    driver.key("BackSpace", "BackSpace", "BackSpace", "BackSpace", "BackSpace", "s")
    assert chosen_rows(dialog) == ["rest"]
    driver.key("Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "rest",)


def test_a_typed_name_that_is_not_there_is_not_shared(
    ask: Ask, driver: Driver, folder: Path
) -> None:
    dialog = ask("share")
    driver.type("budget")
    assert chosen_rows(dialog) == []
    assert "No name here begins with “budget”." in dialog.problem.cget("text")
    driver.key("Return")
    assert not closed(dialog)
    assert "Nothing is selected" in dialog.problem.cget("text")
    driver.key("Escape")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == ()


def test_the_space_bar_selects_the_first_row(ask: Ask, driver: Driver) -> None:
    dialog = ask("share")
    driver.key("space")
    assert chosen_rows(dialog) == ["drafts/"]


def test_after_a_pause_another_name_is_typed(ask: Ask, driver: Driver) -> None:
    dialog = ask("share")
    tree = dialog.tree
    for letter, time, found in (
        ("b", 10_000, ["b.txt"]),
        ("c", 11_000, []),
        ("c", 20_000, ["c.txt"]),
    ):
        tree.event_generate("<Key>", keysym=letter, time=time)
        assert chosen_rows(dialog) == found


def test_a_folder_is_opened_by_typing_and_enter(ask: Ask, driver: Driver, folder: Path) -> None:
    (folder / "drafts" / "secret.txt").write_text("")
    dialog = ask("share")
    driver.type("dr")
    driver.key("Return", "Return", "Return")
    assert dialog.folder == folder / "drafts"
    assert not closed(dialog)
    driver.type("sec")
    driver.key("Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "drafts" / "secret.txt",)


def test_a_triple_click_on_a_folder_shares_nothing_in_it(
    ask: Ask, driver: Driver, folder: Path
) -> None:
    (folder / "drafts" / "secret.txt").write_text("")
    dialog = ask("share")
    driver.click_row(dialog.tree, dialog.tree.get_children()[0], times=4)
    assert dialog.folder == folder / "drafts"
    assert not closed(dialog)


def test_a_typed_path_replaces_the_selection(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("share")
    driver.type("b")
    driver.focus(dialog.field.text)
    driver.type("c")
    assert chosen_rows(dialog) == []
    driver.focus(dialog.tree)
    driver.key("Return")
    assert not closed(dialog)
    driver.type("c")
    driver.until(lambda: dialog.field.get() == "")
    driver.key("Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "c.txt",)


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/x", "a" * 300, "/usr/../proc/1/x/y"])
def test_a_path_that_cannot_be_is_reported(ask: Ask, driver: Driver, typed: str) -> None:
    dialog = ask("share")
    driver.focus(dialog.field.text)
    driver.paste(typed)
    driver.key("Return")
    driver.until(lambda: dialog.problem.cget("text"))
    assert not closed(dialog)


def test_ctrl_a_selects_all_files(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("share")
    driver.key("ctrl+a", "Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == tuple(folder / name for name in ("a 👍.txt", "b.txt", "c.txt"))


def test_files_are_chosen_by_mouse(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("share")
    driver.click_row(dialog.tree, dialog.tree.get_children()[3], times=2)
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "b.txt",)


def test_a_folder_is_entered_and_left(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("share")
    driver.key("Down", "Return")
    driver.until(lambda: dialog.folder == folder / "größe 👍")
    assert shown(dialog) == []
    driver.key("BackSpace")
    driver.until(lambda: dialog.folder == folder)
    assert dialog.tree.item(dialog.tree.focus(), "text") == "größe 👍/"
    driver.click(dialog.up)
    assert dialog.folder == folder.parent


def test_a_typed_path_is_opened(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("share")
    driver.focus(dialog.field.text)
    driver.type("drafts")
    driver.key("Return")
    driver.until(lambda: dialog.folder == folder / "drafts")
    driver.type("../nothing")
    driver.key("Return")
    driver.until(lambda: "does not exist" in dialog.problem.cget("text"))
    driver.key("ctrl+a")
    driver.paste(f"{folder}/a 👍.txt")
    driver.key("Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "drafts" / folder / "a 👍.txt",)


def test_saving_asks_before_it_replaces(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("save", "b.txt")
    driver.key("Return")
    driver.until(lambda: "Press Save again" in dialog.problem.cget("text"))
    driver.key("ctrl+a")
    driver.type("c.txt")
    driver.key("Return")
    driver.until(lambda: "c.txt exists" in dialog.problem.cget("text"))
    driver.key("Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "c.txt",)


def test_a_new_name_is_taken_at_once(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("save", "b.txt")
    driver.key("ctrl+a")
    driver.type("new.txt")
    driver.key("Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "new.txt",)


def test_a_folder_is_the_selected_or_the_current_one(
    ask: Ask, driver: Driver, folder: Path
) -> None:
    dialog = ask("folder")
    driver.click(dialog.accept)
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder,)
    dialog = ask("folder")
    driver.key("Down")
    driver.click(dialog.accept)
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "größe 👍",)


@pytest.mark.parametrize("how", ["Escape", "button"])
def test_closing_chooses_nothing(ask: Ask, driver: Driver, how: str) -> None:
    dialog = ask("share")
    driver.key("Down", "Down")
    if how == "Escape":
        driver.key("Escape")
    else:
        driver.click(dialog.cancel)
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == ()


def test_characters_above_ffff_are_edited_whole(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("save", "NEW👍")
    driver.key("End", "BackSpace")
    assert dialog.field.get() == "NEW"
    driver.paste("👍🎉x")
    driver.key("Left", "BackSpace", "shift+Left", "ctrl+x", "Home", "Delete")
    assert dialog.field.get() == "EWx"
    driver.key("ctrl+v", "Return")
    driver.until(lambda: closed(dialog))
    assert dialog.chosen == (folder / "👍EWx",)


def test_names_that_are_not_utf8_can_be_chosen(ask: Ask, driver: Driver, folder: Path) -> None:
    raw = os.fsencode(folder) + b"/\xff.txt"
    with open(raw, "wb"):  # noqa: PTH123 - its name is bytes
        pass
    dialog = ask("share")
    last = dialog.tree.get_children()[-1]
    assert dialog.tree.item(last, "text") == "\ufffd.txt"
    driver.click_row(dialog.tree, last, times=2)
    driver.until(lambda: closed(dialog))
    assert [os.fsencode(path) for path in dialog.chosen] == [raw]


def test_an_unreadable_folder_is_reported(ask: Ask, driver: Driver, folder: Path) -> None:
    dialog = ask("share")
    dialog.go_to(folder / "missing")
    assert "cannot be opened" in dialog.problem.cget("text")
    assert shown(dialog) == []


type Press = Callable[..., None]


@pytest.fixture
def press(window: ChatWindow, driver: Driver) -> Press:
    """Press keys in the list or the field of the dialog that the test waits for next."""

    def press(*keys: str, typed: str = "") -> None:
        dialog = next((each for each in everywhere(window.root) if has_grab(each)), None)
        if dialog is None:
            window.root.after(10, lambda: press(*keys, typed=typed))
            return
        driver.focus(dialog.field.text if typed else dialog.tree)
        driver.type(typed)
        driver.key(*keys)

    return press


def everywhere(widget: tk.Misc) -> Iterator[tk.Misc]:
    yield widget
    for child in widget.winfo_children():
        yield from everywhere(child)


def has_grab(widget: tk.Misc) -> TypeGuard[FileChooser]:
    return isinstance(widget, FileChooser) and widget.grab_current() is widget


def test_the_window_waits_for_the_choice(
    window: ChatWindow, press: Press, folder: Path
) -> None:
    """The call returns after the choice, as the menu expects it."""
    asking = platform_dialogs(window.look)
    asking.dialogs._last = folder  # type: ignore[attr-defined]
    press("Down", "Down", "Return")
    assert asking.open_files(window.root) == (folder / "a 👍.txt",)
    # The name is selected without its ending: typing replaces only the name.
    press("Return", typed="b")
    assert asking.save_file(window.root, "Save", "../x.txt.md") == folder / "b.md"
    press("Escape")
    assert asking.choose_folder(window.root, "Save all") is None


@pytest.mark.parametrize(
    ("typed", "saved"), [("talk", "talk.txt"), ("talk.html", "talk.html"), ("t.md", "t.md")]
)
def test_an_ending_to_choose_is_selected_with_the_name(
    window: ChatWindow, press: Press, folder: Path, typed: str, saved: str
) -> None:
    asking = platform_dialogs(window.look)
    asking.folder = str(folder)
    press("Return", typed=typed)
    target = asking.save_file(window.root, "Save", "conversation.txt", (".txt", ".html"))
    assert target == folder / saved


def test_the_folder_for_saved_files_is_chosen(
    window: ChatWindow, intents: Recorder, press: Press, folder: Path
) -> None:
    asking = platform_dialogs(window.look)
    asking.folder = str(folder)
    preferences = PreferencesWindow(window.look, lambda: intents, asking, lambda: None)
    form = PreferencesForm("light", 11, bell=True, notify="all", hours=24, seconds=False)
    preferences.show(form, lift=True)
    press("Down", "Tab", "Return")
    preferences.choose.invoke()
    preferences.destroy()
    assert intents.named("preferences.choose") == [
        (replace(form, folder=str(folder / "größe 👍")),)
    ]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("../../.bashrc", "bashrc"),
        ("größe 👍.txt", "größe 👍.txt"),
        ("photo\u202egnp.exe", "photognp.exe.txt"),
    ],
)
def test_a_suggested_name_is_safe(window: ChatWindow, name: str, begins: str) -> None:
    chosen = Chosen()
    FileDialogs(chosen).save_file(window.root, "Save", name)
    assert chosen.offered == [begins]
