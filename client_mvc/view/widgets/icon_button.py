"""A button that shows only an icon, with a tooltip that names its action."""

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as tb

from client_mvc.view.style.theme import Look
from client_mvc.view.widgets.tooltip import Tooltip


def icon_button(
    master: tk.Misc, look: Look, icon: str, do: Callable[[], object], tip: str, *, key: str
) -> tb.Button:
    """Make a button with an icon of Bootstrap Icons; `key` does the same as the button."""
    button = tb.Button(master, bootstyle="ghost", command=do)
    look.icon(button, icon)
    Tooltip(button, look, tip, key)
    return button
