"""With the largest text, all controls stay on the window and on the screen."""

import tkinter as tk

import pytest

from client_mvc.view.contract.items import Message
from client_mvc.view.contract.values import Banner, ResultRow, Results, UploadRow
from client_mvc.view.contract.windows import ConnectForm, ReportTable
from client_mvc.view.dialogs.preferences import LARGEST
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui

RECENT = tuple((f"chat{number}.example.org:18000", "alice") for number in range(4))


def inside(widget: tk.Misc, outer: tk.Misc) -> bool:
    """Tell whether `widget` is entirely on the window `outer`."""
    right = outer.winfo_rootx() + outer.winfo_width()
    bottom = outer.winfo_rooty() + outer.winfo_height()
    return (
        bool(widget.winfo_viewable())
        and widget.winfo_width() >= widget.winfo_reqwidth()
        and widget.winfo_rootx() + widget.winfo_width() <= right
        and widget.winfo_rooty() + widget.winfo_height() <= bottom
    )


def seen(widget: tk.Misc, window: tk.Misc) -> bool:
    """Tell whether `widget` is entirely in view: none of its masters cuts it."""
    top, bottom = widget.winfo_rooty(), widget.winfo_rooty() + widget.winfo_height()
    outer = widget.master
    while outer is not None and outer is not window:
        if top < outer.winfo_rooty() or bottom > outer.winfo_rooty() + outer.winfo_height():
            return False
        outer = outer.master
    return bool(widget.winfo_viewable())


def test_the_composer_stays_visible_below_everything(
    window: ChatWindow, driver: Driver
) -> None:
    window.look.set_size(LARGEST)
    note = "a long reason " * 20
    window.transfers.show([UploadRow(key, key, "1 KB", "failed", note=note) for key in "abcd"])
    window.banner.show(Banner("warning", "a long banner " * 9, "Try now"))
    driver.until(lambda: inside(window.banner.action, window.root))
    driver.until(lambda: inside(window.composer.send_button, window.root))
    driver.until(lambda: inside(window.composer.text, window.root))


def test_the_connect_dialog_keeps_its_buttons_on_the_screen(
    window: ChatWindow, driver: Driver
) -> None:
    window.look.set_size(LARGEST)
    window.connect_dialog.show(ConnectForm("", "", RECENT, password=True))
    window.connect_dialog.error("form", "The room is full. " * 9)
    dialog = window.connect_dialog
    driver.until(lambda: inside(dialog.cancel, dialog) and inside(dialog.connect, dialog))
    assert dialog.winfo_rooty() + dialog.winfo_height() <= dialog.winfo_screenheight()
    assert dialog.winfo_rootx() + dialog.winfo_width() <= dialog.winfo_screenwidth()


def test_the_focused_widget_is_in_view(window: ChatWindow, driver: Driver) -> None:
    window.look.set_size(LARGEST)
    window.connect_dialog.show(ConnectForm("", "", RECENT, password=True))
    window.connect_dialog.error("form", "The room is full. " * 5)
    dialog = window.connect_dialog
    driver.focus(dialog.fields["server"].text)
    assert seen(dialog.errors["form"], dialog)
    for next_one in (dialog.fields["name"], dialog.fields["password"], dialog.recent):
        driver.key("Tab")
        driver.until(lambda wanted=next_one: seen(wanted, dialog))
    window.connect_dialog.error("server", "That is no address.")
    driver.until(lambda: seen(dialog.fields["server"], dialog))
    driver.until(lambda: seen(dialog.errors["server"], dialog))


def test_the_wheel_scrolls_a_form(window: ChatWindow, driver: Driver) -> None:
    window.look.set_size(LARGEST)
    window.connect_dialog.show(ConnectForm("", "", RECENT, password=True))
    dialog = window.connect_dialog
    driver.until(dialog.winfo_viewable)
    assert not seen(dialog.recent, dialog)
    while not seen(dialog.recent, dialog):
        driver.click(dialog.fields["name"], 5)
    while not seen(dialog.fields["server"], dialog):
        driver.click(dialog.recent, 4, at=(20, 20))


def test_the_last_menu_entry_can_be_clicked(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.look.set_size(LARGEST)
    driver.click(window.top_bar.menu_button)
    menu = window.top_bar.menu.menu
    driver.until(menu.winfo_viewable)
    last = menu.index("end")
    assert last is not None
    place = (menu.xposition(last) + 20, menu.yposition(last) + 10)
    driver.click(menu, at=place)
    driver.until(lambda: not menu.winfo_viewable())
    assert intents.named("quit") == [()]
    # At the usual text size the menu has one column again, in that size.
    window.look.set_size(10)
    driver.key("F10")
    driver.until(menu.winfo_viewable)
    assert {menu.xposition(place) for place in range(last)} == {menu.xposition(0)}
    driver.key("Escape")


def test_every_column_of_the_report_can_be_scrolled_to(
    window: ChatWindow, driver: Driver
) -> None:
    window.look.set_size(LARGEST)
    columns = tuple(f"Some column {number}" for number in range(9))
    rows = tuple(tuple(f"{name} {column}" for column in columns) for name in "abc")
    window.windows.show_report(ReportTable("3 members", columns, rows), lift=True)
    assert window.windows.report is not None
    tree = window.windows.report.tree
    driver.focus(tree)
    driver.key("Down")
    assert not tree.bbox("0", "8") or tree.xview()[1] < 1
    driver.key(*["Right"] * 60)
    driver.until(lambda: tree.xview()[1] == 1)
    left, _, wide, _ = map(int, tree.bbox("0", "8"))
    assert left >= 0
    assert left + wide <= tree.winfo_width()
    driver.key(*["Left"] * 60)
    driver.until(lambda: tree.xview()[0] == 0)


def test_results_do_not_hide_the_found_place(window: ChatWindow, driver: Driver) -> None:
    window.look.set_size(LARGEST)
    window.messages.append([Message(f"message {number}") for number in range(40)])
    text = window.messages.text
    window.search.open()
    window.messages.highlights.mark("message 35")
    window.messages.show_found(0)
    driver.until(lambda: text.bbox("found-now.first"))
    rows = tuple(ResultRow(seq, "1 Nov 2026", "10:07", "bob", "words") for seq in range(9))
    window.search.show_results(Results(rows, "9 results", more=True))
    driver.until(window.search.tree.winfo_viewable)
    driver.until(lambda: text.bbox("found-now.first"))
    assert text.winfo_height() >= window.look.row_height
    window.look.set_size(10)
    driver.until(lambda: text.bbox("found-now.first"))


def test_results_do_not_move_a_reader_who_scrolled_away(
    window: ChatWindow, driver: Driver
) -> None:
    window.messages.append([Message(f"message {number}") for number in range(90)])
    text = window.messages.text
    window.search.open()
    window.messages.highlights.mark("message 5")
    window.messages.show_found(0)
    window.messages.page(1)
    window.messages.page(1)
    driver.until(lambda: not text.bbox("found-now.first"))
    rows = tuple(ResultRow(seq, "1 Nov 2026", "10:07", "bob", "words") for seq in range(9))
    top = text.index("@0,0")
    window.search.show_results(Results(rows, "9 results"))
    driver.until(window.search.tree.winfo_viewable)
    driver.root.update()
    assert text.index("@0,0") == top
