"""How the window asks for files: the platform's dialogs, replaceable as a whole for tests.

Knows only those dialogs, and their weak point on X11.
"""

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ttkbootstrap as tb


def _open_files(parent: tk.Misc) -> Sequence[Path]:
    chosen = tb.Querybox.get_open_filenames(parent, title="Share files")
    return [Path(name) for name in chosen or ()]


def _save_file(parent: tk.Misc, title: str, name: str) -> Path | None:
    # On X11 the dialog is drawn with Tk and its field is an `Entry`, which corrupts memory
    # when somebody edits characters above U+FFFF: a shared file's name must not bring one.
    offered = "".join(character if character <= "\uffff" else "_" for character in name)
    chosen = tb.Querybox.get_save_filename(parent, title=title, initialfile=offered)
    return Path(chosen) if chosen else None


@dataclass(frozen=True, slots=True)
class Choosers:
    """`open_files(parent)`: what to share; `save_file(parent, title, name)`: where to write."""

    open_files: Callable[[tk.Misc], Sequence[Path]] = _open_files
    save_file: Callable[[tk.Misc, str, str], Path | None] = _save_file
