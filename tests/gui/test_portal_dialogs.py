"""The portal's dialogs in place of this program's own, with a portal that a test plays."""

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from client_mvc.view.dialogs.portal_dialogs import PortalDialogs
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Chosen

pytestmark = pytest.mark.gui


class FakePortal:
    """Answers at once with `chosen`, after it has called `meanwhile`."""

    def __init__(self) -> None:
        self.usable = True
        self.chosen: Sequence[Path] | None = ()
        self.asked: list[tuple[str, str, Mapping[str, Any]]] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def ask(
        self,
        method: str,
        parent: str,
        title: str,
        options: Mapping[str, Any],
        answer: Callable[[Sequence[Path] | None], object],
    ) -> None:
        assert int(parent.removeprefix("x11:"), 16)
        self.asked.append((method, title, options))
        self.meanwhile()
        answer(self.chosen)


@pytest.fixture
def portal() -> FakePortal:
    return FakePortal()


@pytest.fixture
def dialogs(portal: FakePortal, chosen: Chosen) -> PortalDialogs:
    """Ask `portal`, and without it `chosen`, which has other answers."""
    chosen.files, chosen.target, chosen.folder = [Path("/own")], Path("/own"), Path("/own")
    return PortalDialogs(portal, chosen)


def test_files_to_share(window: ChatWindow, dialogs: PortalDialogs, portal: FakePortal) -> None:
    portal.chosen = [Path("/a"), Path("/b")]
    assert dialogs.open_files(window.root) == portal.chosen
    portal.chosen = ()
    assert dialogs.open_files(window.root) == ()
    assert portal.asked[0] == ("OpenFile", "Share files", {"multiple": True})


@pytest.mark.parametrize(
    ("kinds", "name", "saved"),
    [
        ((), "talk", "talk"),
        ((".txt", ".html"), "talk", "talk.txt"),
        ((".txt", ".html"), "talk.html", "talk.html"),
        ((".txt",), "there", "there"),  # there.txt exists, and nobody agreed to replace it
    ],
)
def test_a_place_to_save(
    window: ChatWindow, dialogs: PortalDialogs, portal: FakePortal, tmp_path: Path, *,
    kinds: Sequence[str], name: str, saved: str,
) -> None:  # fmt: skip
    (tmp_path / "there.txt").touch()
    portal.chosen = [tmp_path / name]
    target = dialogs.save_file(window.root, "Save", tmp_path, "a\udcff", kinds)
    assert target == tmp_path / saved
    options = {"current_name": "a?", "current_folder": bytes(tmp_path) + b"\0"}
    assert portal.asked == [("SaveFile", "Save", options)]


def test_a_folder(
    window: ChatWindow, dialogs: PortalDialogs, portal: FakePortal, tmp_path: Path
) -> None:
    portal.chosen = [tmp_path]
    assert dialogs.choose_folder(window.root, "Save all", None) == tmp_path
    (tmp_path / "file").touch()
    portal.chosen = [tmp_path / "file"]
    assert dialogs.choose_folder(window.root, "Save all", None) is None
    assert portal.asked[0] == ("OpenFile", "Save all", {"directory": True})


@pytest.mark.parametrize("usable", [True, False])
def test_without_a_portal_its_own_dialogs_open(
    window: ChatWindow, dialogs: PortalDialogs, portal: FakePortal, *, usable: bool
) -> None:
    portal.usable, portal.chosen = usable, None
    assert dialogs.open_files(window.root) == [Path("/own")]
    assert dialogs.save_file(window.root, "Save", None, "a", ()) == Path("/own")
    assert dialogs.choose_folder(window.root, "Save all", None) == Path("/own")
    assert bool(portal.asked) == usable


def test_only_one_dialog_is_open(
    window: ChatWindow, dialogs: PortalDialogs, portal: FakePortal
) -> None:
    second: list[Sequence[Path]] = []
    portal.meanwhile = lambda: window.root.after(
        0, lambda: second.append(dialogs.open_files(window.root))
    )
    portal.chosen = [Path("/a")]
    assert dialogs.open_files(window.root) == [Path("/a")]
    assert second == [()]
    assert len(portal.asked) == 1


def test_a_window_that_closes_ends_the_wait(
    window: ChatWindow,
    dialogs: PortalDialogs,
    portal: FakePortal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parent = tk.Toplevel(window.root)
    parent.update()

    def never(*_: object) -> None:
        parent.after(10, parent.destroy)

    monkeypatch.setattr(portal, "ask", never)
    assert dialogs.open_files(parent) == ()
