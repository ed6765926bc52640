"""Takes pictures of the main window, and prepares a busy room in it for other states."""

import os
import tkinter as tk
from collections.abc import Callable
from pathlib import Path

from PIL import ImageGrab

from client_mvc.view.contract.values import MemberRow
from client_mvc.view.window.main_window import ChatWindow
from tests.gui.driver import Driver
from tests.gui.gallery.samples import CONVERSATION, NAMES


class Gallery:
    """Takes the pictures in one theme."""

    def __init__(self, window: ChatWindow, folder: Path, suffix: str) -> None:
        self.window = window
        self.driver = Driver(window.root)
        self.folder = folder
        self.suffix = suffix

    def shoot(self, name: str, shown: tk.Misc | None = None) -> None:
        """Take a picture of the window `shown`, or of the main window."""
        widget = shown or self.window.root
        self.driver.until(widget.winfo_viewable)
        self.settle()
        left, top = widget.winfo_rootx(), widget.winfo_rooty()
        place = (left, top, left + widget.winfo_width(), top + widget.winfo_height())
        target = self.folder / f"{name}-{self.suffix}.png"
        ImageGrab.grab(place, xdisplay=os.environ["DISPLAY"]).save(target)
        print(target)

    def settle(self) -> None:
        """Wait until everything is drawn, also by the X server."""
        for _ in range(5):
            self.window.root.update()
            # The X server answers this after all earlier requests.
            self.window.root.winfo_pointerxy()

    def room(self) -> None:
        """Show a busy room."""
        window = self.window
        window.messages.clear()
        window.top_bar.show("ops", "chat.example.org")
        window.composer.show_room("ops")
        window.banner.show(None)
        window.transfers.show([])
        window.messages.show_pending([])
        window.composer.text.delete("1.0", "end")
        window.members.show(
            [
                MemberRow(name, place == 2, place == 0, colour=place)
                for place, name in enumerate(NAMES)
            ]
        )
        window.messages.append(CONVERSATION)
        self.driver.focus(window.composer.text)


type State = Callable[[Gallery], None]
"""A function that takes one or more pictures; `--only` selects it by its name."""
