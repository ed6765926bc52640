"""A frame whose border shows that a widget inside it has the keyboard focus."""

import tkinter as tk

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look


class FocusFrame(tb.Frame):
    """The border is painted in the accent colour while the `follow`ed widget has the focus."""

    def __init__(self, master: tk.Misc, look: Look, style: str = "Box.TFrame") -> None:
        super().__init__(master, style=style, padding=look.px(2))

    def follow(self, widget: tk.Misc) -> None:
        """Show the focus of `widget`, which is a child of this frame."""
        widget.bind("<FocusIn>", lambda _: self.state(["focus"]), add="+")
        widget.bind("<FocusOut>", lambda _: self.state(["!focus"]), add="+")
