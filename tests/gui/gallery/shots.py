"""How a picture is taken. It knows the main window, and a busy room in it; no other state."""

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
    """Takes the pictures of one theme."""

    def __init__(self, window: ChatWindow, folder: Path, suffix: str) -> None:
        self.window = window
        self.driver = Driver(window.root)
        self.folder = folder
        self.suffix = suffix

    def shoot(self, name: str, shown: tk.Misc | None = None) -> None:
        """One picture of the screen as far as `shown`, or the main window, reaches."""
        widget = shown or self.window.root
        self.driver.until(widget.winfo_viewable)
        self.settle()
        left, top = widget.winfo_rootx(), widget.winfo_rooty()
        place = (left, top, left + widget.winfo_width(), top + widget.winfo_height())
        target = self.folder / f"{name}-{self.suffix}.png"
        ImageGrab.grab(place, xdisplay=os.environ["DISPLAY"]).save(target)
        print(target)

    def settle(self) -> None:
        """What was asked of the window is drawn, by the X server too."""
        for _ in range(5):
            self.window.root.update()
            # Answered by the server, so after it did all that was asked before.
            self.window.root.winfo_pointerxy()

    def room(self) -> None:
        """A busy room."""
        window = self.window
        window.messages.clear()
        window.top_bar.show("ops", "chat.example.org")
        window.composer.show_room("ops")
        window.banner.show(None)
        window.transfers.show([])
        window.messages.show_pending([])
        window.composer.text.delete("1.0", "end")
        window.members.show(
            [MemberRow(name, place == 2, place == 0) for place, name in enumerate(NAMES)]
        )
        window.messages.append(CONVERSATION)
        self.driver.focus(window.composer.text)


type State = Callable[[Gallery], None]
"""One or more pictures; `--only` knows it by its name."""
