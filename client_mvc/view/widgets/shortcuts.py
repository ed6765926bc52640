"""Shortcuts as virtual events, so that keys of every layout can trigger them.

A shortcut is bound as `event("Ctrl+R")`. Tk triggers it by the Latin letter; where the layout
types another script, `follow_layouts` triggers it by the place of the key.
"""

import re
import tkinter as tk
from functools import partial
from string import ascii_uppercase

from client_mvc.view.widgets import keyboard

_MODIFIERS = {"Ctrl": "Control"}
_KEYSYMS = {
    "+": ("plus", "equal", "KP_Add"),
    "-": ("minus", "KP_Subtract"),
    "0": ("Key-0", "KP_0"),
    ",": ("comma",),
}
# Events of Tk that its own widgets and ours have bound.
_OF_TK = {
    "Ctrl+C": "<<Copy>>",
    "Ctrl+X": "<<Cut>>",
    "Ctrl+V": "<<Paste>>",
    "Ctrl+Z": "<<Undo>>",
    "Ctrl+Shift+Z": "<<Redo>>",
}
_SHIFT, _CONTROL = 0x1, 0x4


def event(key: str) -> str:
    """Return the virtual event of a key as menus show it, for example "Ctrl+Shift+S"."""
    return _OF_TK.get(key, f"<<{key}>>")


def add(root: tk.Misc, key: str) -> str:
    """Let Tk trigger the virtual event of a key; return the event."""
    name = event(key)
    if key not in _OF_TK:
        root.event_add(name, *sequences(key))
    return name


def sequences(key: str) -> tuple[str, ...]:
    """Return the Tk sequences of a key as it is shown: "Ctrl+R" is Control-r and Control-R."""
    *modifiers, last = re.split(r"\+(?=.)", key)
    held = "".join(f"{_MODIFIERS.get(name, name)}-" for name in modifiers)
    # With Caps Lock on, X11 reports the capital letter.
    keysyms = (last.lower(), last) if last.isalpha() and len(last) == 1 else (last,)
    return tuple(f"<{held}{keysym}>" for keysym in _KEYSYMS.get(last, keysyms) if key)


def prepare(root: tk.Misc) -> None:
    """Add the events of Ctrl with each letter, and those of keys in another script."""
    for letter in ascii_uppercase:
        add(root, f"Ctrl+{letter}")
    # Only keys without a binding for their letter come here.
    for held in ("Control", "Alt"):
        root.bind_all(f"<{held}-Key>", partial(_trigger, held), add="+")


def _trigger(held: str, pressed: "tk.Event[tk.Misc]") -> None:
    widget, state = pressed.widget, int(pressed.state)
    if not isinstance(widget, tk.Misc) or (held == "Alt" and state & _CONTROL):
        return  # an open menu, or Alt Gr, which types characters
    code, keysym = pressed.keycode, pressed.keysym_num
    key = ""
    match widget.tk.call("tk", "windowingsystem"):
        case "x11":
            key = keyboard.pressed_key(code, keysym, state, widget.winfo_screen())
        case "win32":
            key = keyboard.windows_key(code, keysym)
    if not key:
        return
    shift = "Shift+" if state & _SHIFT else ""
    name = "Ctrl" if held == "Control" else held
    shown = "+" if key == "=" else key.upper()
    widget.event_generate(event(f"{name}+{shift}{shown}"))
