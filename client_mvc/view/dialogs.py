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
    folder, name = Path(name).parent, Path(name).name
    offered = "".join(character if character <= "\uffff" else "_" for character in name)
    begin = str(folder) if folder.is_absolute() and folder.is_dir() else None
    chosen = tb.Querybox.get_save_filename(
        parent, title=title, initialfile=offered, initialdir=begin
    )
    return Path(chosen) if chosen else None


def _choose_folder(parent: tk.Misc, title: str) -> Path | None:
    chosen = tb.Querybox.get_directory(parent, title=title, mustexist=True)
    return Path(chosen) if chosen else None


@dataclass(slots=True)
class Choosers:
    """`open_files(parent)`: what to share; `save_file(parent, title, name)`: where to write;
    `choose_folder(parent, title)`: a folder. Files are saved in `folder` unless the person
    goes elsewhere; empty: the system decides.
    """

    open_files: Callable[[tk.Misc], Sequence[Path]] = _open_files
    save_file: Callable[[tk.Misc, str, str], Path | None] = _save_file
    choose_folder: Callable[[tk.Misc, str], Path | None] = _choose_folder
    folder: str = ""

    def offered(self, name: str) -> str:
        """`name` in the folder, for `save_file`."""
        return str(Path(self.folder, name.replace("/", "_"))) if self.folder else name
