"""The report window: sorting, refreshing, copying and saving."""

from dataclasses import replace
from pathlib import Path
from tkinter import ttk

import pytest

from client_mvc.view.contract.windows import ReportTable
from client_mvc.view.dialogs.report import ReportWindow
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen, Driver, Recorder

pytestmark = pytest.mark.gui

TABLE = ReportTable(
    "3 of 3 members",
    ("Name", "Address", "Idle"),
    (
        ("bob", "10.0.0.2:5000", "9 s"),
        ("Alice", "10.0.0.10:80", "120 s"),
        ("çelik", "::1", "10 s"),
    ),
    frozenset({2}),
)


@pytest.fixture
def report(window: ChatWindow, driver: Driver) -> ReportWindow:
    window.windows.show_report(TABLE, lift=True)
    assert window.windows.report is not None
    driver.until(window.windows.report.winfo_viewable)
    return window.windows.report


def test_rows_and_headings_look_like_other_lists(
    window: ChatWindow, report: ReportWindow, driver: Driver
) -> None:
    style, mine = ttk.Style(report), str(report.tree.cget("style"))
    for option in ("rowheight", "font", "background"):
        assert str(style.lookup(mine, option)) == str(style.lookup("List.Treeview", option))
    assert str(style.lookup(f"{mine}.Heading", "font")) == "TkHeadingFont"
    driver.until(lambda: report.tree.bbox("0"))
    *_, high = map(int, report.tree.bbox("0"))
    assert high == window.look.row_height


def names(report: ReportWindow) -> list[str]:
    return [str(report.tree.set(item, "0")) for item in report.tree.get_children()]


def click_heading(report: ReportWindow, driver: Driver, column: int) -> None:
    left = sum(int(report.tree.column(str(place), "width")) for place in range(column))
    driver.click(report.tree, at=(left + 20, 10))


def test_a_click_on_a_heading_sorts(report: ReportWindow, driver: Driver) -> None:
    assert names(report) == ["bob", "Alice", "çelik"]
    click_heading(report, driver, 0)
    assert names(report) == ["Alice", "bob", "çelik"]
    click_heading(report, driver, 0)
    assert names(report) == ["çelik", "bob", "Alice"]


def test_numbers_sort_as_numbers(report: ReportWindow, driver: Driver) -> None:
    click_heading(report, driver, 2)
    assert names(report) == ["bob", "çelik", "Alice"]
    driver.focus(report.tree)
    driver.key("3")
    assert names(report) == ["Alice", "çelik", "bob"]


def test_new_figures_keep_the_order(
    window: ChatWindow, report: ReportWindow, driver: Driver, intents: Recorder
) -> None:
    click_heading(report, driver, 0)
    driver.click(report.refresh)
    assert intents.named("report.ask") == [()]
    window.windows.show_report(
        ReportTable("1 of 3", TABLE.columns, TABLE.rows[::-1], TABLE.numeric), lift=False
    )
    assert names(report) == ["Alice", "bob", "çelik"]
    assert report.summary.cget("text") == "1 of 3"


def test_a_refresh_keeps_selection_and_focus(
    window: ChatWindow, report: ReportWindow, driver: Driver
) -> None:
    click_heading(report, driver, 0)
    driver.click_row(report.tree, "1")
    driver.focus(window.composer.text)
    window.windows.show_report(
        replace(TABLE, rows=(("ann", "::1", "1 s"), *TABLE.rows), latency="Latency 12 ms"),
        lift=False,
    )
    assert names(report) == ["Alice", "ann", "bob", "çelik"]
    (selected,) = report.tree.selection()
    assert report.tree.set(selected, "0") == "bob"
    assert report.tree.focus() == selected
    assert report.latency.cget("text") == "Latency 12 ms"
    assert driver.root.focus_get() is window.composer.text


def test_a_refresh_keeps_the_scroll_position(window: ChatWindow, report: ReportWindow) -> None:
    many = tuple((f"name{number:03}", "::1", "1 s") for number in range(200))
    window.windows.show_report(replace(TABLE, rows=many), lift=False)
    report.update()
    report.tree.yview_moveto(0.5)
    before = report.tree.yview()
    window.windows.show_report(replace(TABLE, rows=many), lift=False)
    report.update()
    assert report.tree.yview() == before


def test_closing_is_reported_and_it_does_not_reopen(
    window: ChatWindow, report: ReportWindow, driver: Driver, intents: Recorder
) -> None:
    driver.click(report.close)
    driver.until(lambda: not report.winfo_exists())
    assert intents.named("report.closed") == [()]
    window.windows.show_report(TABLE, lift=False)
    assert window.windows.report is None


def test_copy_separates_columns_by_tabs(report: ReportWindow, driver: Driver) -> None:
    click_heading(report, driver, 0)
    driver.click(report.copy)
    assert driver.root.clipboard_get().splitlines() == [
        "Name\tAddress\tIdle",
        "Alice\t10.0.0.10:80\t120 s",
        "bob\t10.0.0.2:5000\t9 s",
        "çelik\t::1\t10 s",
    ]


def test_saves_in_the_order_shown(
    report: ReportWindow, driver: Driver, intents: Recorder, chosen: Chosen
) -> None:
    chosen.target = Path("/tmp/users.csv")
    click_heading(report, driver, 0)
    driver.click(report.save)
    ((table, target),) = intents.named("report.save")
    assert [row[0] for row in table.rows] == ["Alice", "bob", "çelik"]
    assert (table.summary, table.columns, target) == (
        TABLE.summary,
        TABLE.columns,
        chosen.target,
    )


def test_escape_closes(window: ChatWindow, report: ReportWindow, driver: Driver) -> None:
    driver.focus(report.tree)
    driver.key("Escape")
    driver.until(lambda: not report.winfo_exists())
    window.windows.show_report(TABLE, lift=True)
    assert window.windows.report is not None
