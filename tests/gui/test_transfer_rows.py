"""The rows of transfers above the composer, and sharing files by dropping them."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from client_mvc.view.contract.values import SavingRow, UploadRow
from client_mvc.view.window import drop
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver, Recorder

pytestmark = pytest.mark.gui


def failed(key: str, note: str = "Too large.") -> UploadRow:
    return UploadRow(key, f"{key}.txt", "9 MB", "failed", note=note)


def test_a_row_shows_the_state_of_its_file(window: ChatWindow, driver: Driver) -> None:
    window.transfers.show([UploadRow("a", "a 👍.txt")])
    row = window.transfers.rows["a"]
    driver.until(row.note.winfo_viewable)
    assert row.note.cget("text") == "waiting"
    window.transfers.show([UploadRow("a", "a 👍.txt", "1 KB", "sending", 0.25)])
    driver.until(row.bar.winfo_viewable)
    assert (row.amount.cget("text"), row.percent.cget("text")) == ("1 KB", "25%")
    assert not row.note.winfo_ismapped()
    assert not row.retry.winfo_ismapped()
    window.transfers.show([UploadRow("a", "a 👍.txt", "1 KB", "retrying", note="It is lost.")])
    driver.until(row.note.winfo_viewable)
    assert row.note.cget("text") == "It is lost."
    assert not row.retry.winfo_ismapped()
    assert window.transfers.rows["a"] is row
    window.transfers.show([])
    driver.until(lambda: not window.transfers.winfo_ismapped())


def test_a_failed_upload_has_a_reason_retry_and_remove(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    window.transfers.show([failed("a", "The room is full of files.")])
    row = window.transfers.rows["a"]
    driver.until(row.note.winfo_viewable)
    assert row.note.cget("text") == "The room is full of files."
    driver.click(row.retry)
    driver.click(row.cancel)
    driver.focus(row.retry)
    driver.key("space", "Tab", "space")
    assert intents.calls == [("files.retry", "a"), ("files.cancel", "a")] * 2


def test_a_long_reason_wraps(window: ChatWindow, driver: Driver) -> None:
    window.transfers.show([failed("a", "a long reason " * 30)])
    row = window.transfers.rows["a"]
    driver.until(lambda: row.note.winfo_height() > 3 * window.look.base.metrics("linespace"))
    assert row.cancel.winfo_rootx() < window.root.winfo_rootx() + window.root.winfo_width()


def test_rows_keep_the_given_order(window: ChatWindow, driver: Driver) -> None:
    a, b, c = (UploadRow(key, key) for key in "abc")
    window.transfers.show([a, b, c])
    window.transfers.show([c, a])
    rows = window.transfers.rows
    driver.until(lambda: rows["c"].winfo_y() < rows["a"].winfo_y())
    driver.focus(rows["c"].cancel)
    driver.key("Tab")
    assert driver.root.focus_get() is rows["a"].cancel


def test_many_uploads_are_counted_and_failed_ones_cleared(
    window: ChatWindow, driver: Driver, intents: Recorder
) -> None:
    rows = [UploadRow(str(n), f"{n}.txt") for n in range(50)]
    window.transfers.show([*rows, failed("x")])
    driver.until(window.transfers.more.winfo_viewable)
    assert window.transfers.winfo_height() < 200
    assert window.transfers.more.cget("text") == "and 47 more"
    assert not window.transfers.clear.winfo_ismapped()
    window.transfers.show([failed("x"), failed("y")])
    driver.click(window.transfers.clear)
    assert intents.named("files.clear_failed") == [()]


def test_saving_has_its_own_row(window: ChatWindow, driver: Driver, intents: Recorder) -> None:
    row = window.transfers.saving
    window.transfers.show_saving(SavingRow("Saving 1 of 2 files in /tmp", 0.5))
    driver.until(row.bar.winfo_viewable)
    assert row.percent.cget("text") == "50%"
    window.transfers.show([UploadRow("a", "a.txt")])
    driver.until(lambda: window.transfers.rows["a"].winfo_y() > row.winfo_y())
    driver.click(row.cancel)
    window.transfers.show_saving(
        SavingRow("1 of 2 files not saved", 1.0, "b.txt (gone)", over=True)
    )
    driver.until(row.note.winfo_viewable)
    assert row.note.cget("text") == "b.txt (gone)"
    driver.click(row.retry)
    assert intents.calls == [("save_all.stop",), ("save_all.retry",)]
    window.transfers.show_saving(None)
    driver.until(lambda: not row.winfo_ismapped())
    assert window.transfers.winfo_ismapped()
    window.transfers.show([])
    driver.until(lambda: not window.transfers.winfo_ismapped())


def test_dropped_files_are_shared(
    window: ChatWindow, intents: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uses a fake of tkinterdnd2, which is an optional package."""
    root = window.root
    if not root.tk.call("info", "commands", "::tkdnd::drop_target"):
        root.tk.eval("namespace eval tkdnd {}; proc tkdnd::drop_target args {}")
    library = SimpleNamespace(TkinterDnD=SimpleNamespace(require=lambda root: None))
    monkeypatch.setitem(sys.modules, "tkinterdnd2", library)
    assert drop.accept(root, intents.files.share)
    script = root.bind("<<Drop:DND_Files>>")
    root.tk.eval(script.replace("%D", "{{/tmp/é 1.txt} /tmp/b.txt}"))
    assert intents.named("files.share") == [([Path("/tmp/é 1.txt"), Path("/tmp/b.txt")],)]


def test_drops_are_off_without_the_library(
    window: ChatWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tkinterdnd2", None)
    assert not drop.accept(window.root, lambda paths: None)
