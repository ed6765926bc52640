"""The gallery shows every window."""

import importlib
import pkgutil
import tkinter as tk
from pathlib import Path

import pytest

import client_mvc.view
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.gallery.shots import Gallery
from tests.gui.gallery.states import STATES

pytestmark = pytest.mark.gui


class GalleryWalk(Gallery):
    """Takes no pictures; `seen` has the types of the windows shown."""

    def __init__(self, window: ChatWindow, folder: Path) -> None:
        super().__init__(window, folder, "light")
        self.seen: set[type] = set()

    def shoot(self, name: str, shown: tk.Misc | None = None) -> None:
        widget = shown or self.window.root
        self.driver.until(widget.winfo_viewable)
        self.seen.add(type(widget))


def test_every_window_is_in_the_gallery(window: ChatWindow, tmp_path: Path) -> None:
    for module in pkgutil.walk_packages(client_mvc.view.__path__, "client_mvc.view."):
        importlib.import_module(module.name)
    gallery = GalleryWalk(window, tmp_path)
    for state in STATES:
        state(gallery)
    assert {type(window.root), *ChildWindow.__subclasses__()} == gallery.seen
