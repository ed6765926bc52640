"""Asking for files and folders, behind a seam for tests to answer in place of a person.

Knows which dialogs the platform has, and nothing of what is chosen for.
"""

import tkinter as tk
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tkinter import filedialog
from typing import Protocol

from client_mvc.i18n.translate import _
from client_mvc.view.dialogs.file_chooser import FileChooser, Mode
from client_mvc.view.style.theme import Look


class Dialogs(Protocol):
    """They begin in `folder`; None: where they please. Nothing chosen: empty or None."""

    def open_files(self, parent: tk.Misc) -> Sequence[Path]: ...

    def save_file(
        self,
        parent: tk.Misc,
        title: str,
        folder: Path | None,
        name: str,
        kinds: Sequence[str],
    ) -> Path | None:
        """`kinds` are the endings that mean something; the first is that of other names."""
        ...

    def choose_folder(
        self, parent: tk.Misc, title: str, folder: Path | None
    ) -> Path | None: ...


@dataclass(slots=True)
class Choosers:
    """What the window's parts ask with. Files are saved in `folder` unless the person goes
    elsewhere; empty: the dialogs decide.
    """

    dialogs: Dialogs
    folder: str = ""

    def open_files(self, parent: tk.Misc) -> Sequence[Path]:
        """What to share."""
        return self.dialogs.open_files(parent)

    def save_file(
        self, parent: tk.Misc, title: str, name: str, kinds: Sequence[str] = ()
    ) -> Path | None:
        """Where to write what is called `name`; `kinds` if its ending says how."""
        return self.dialogs.save_file(parent, title, self._begin(), offered(name), kinds)

    def choose_folder(self, parent: tk.Misc, title: str) -> Path | None:
        """A folder that is there."""
        return self.dialogs.choose_folder(parent, title, self._begin())

    def _begin(self) -> Path | None:
        folder = Path(self.folder)
        return folder if folder.is_absolute() and folder.is_dir() else None


def choosers(look: Look) -> Choosers:
    """With the dialogs of this platform."""
    x11 = look.root.tk.call("tk", "windowingsystem") == "x11"
    return Choosers(_Own(look) if x11 else _System())


class _Own:
    """Where they please is where the last one ended."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._last = Path.home()

    def open_files(self, parent: tk.Misc) -> Sequence[Path]:
        return self._ask(parent, _("Share files"), "share")

    def save_file(
        self,
        parent: tk.Misc,
        title: str,
        folder: Path | None,
        name: str,
        kinds: Sequence[str],
    ) -> Path | None:
        return next(
            iter(self._ask(parent, title, "save", folder=folder, name=name, kinds=kinds)), None
        )

    def choose_folder(self, parent: tk.Misc, title: str, folder: Path | None) -> Path | None:
        return next(iter(self._ask(parent, title, "folder", folder=folder)), None)

    def _ask(
        self,
        parent: tk.Misc,
        title: str,
        mode: Mode,
        *,
        folder: Path | None = None,
        name: str = "",
        kinds: Sequence[str] = (),
    ) -> tuple[Path, ...]:
        start = folder or (self._last if self._last.is_dir() else Path.home())
        dialog = FileChooser(
            self._look, parent, title, mode=mode, folder=start, name=name, kinds=kinds
        )
        chosen = dialog.ask()
        if chosen:
            self._last = chosen[0] if mode == "folder" else chosen[0].parent
        return chosen


class _System:
    """Those of Windows and macOS."""

    def open_files(self, parent: tk.Misc) -> Sequence[Path]:
        chosen = filedialog.askopenfilenames(parent=parent, title=_("Share files"))
        return [Path(name) for name in chosen or ()]

    def save_file(
        self,
        parent: tk.Misc,
        title: str,
        folder: Path | None,
        name: str,
        kinds: Sequence[str],
    ) -> Path | None:
        chosen = filedialog.asksaveasfilename(
            parent=parent,
            title=title,
            initialdir=folder,
            initialfile=name,
            defaultextension=next(iter(kinds), ""),
        )
        return Path(chosen) if chosen else None

    def choose_folder(self, parent: tk.Misc, title: str, folder: Path | None) -> Path | None:
        chosen = filedialog.askdirectory(
            parent=parent, title=title, initialdir=folder, mustexist=True
        )
        return Path(chosen) if chosen else None


def offered(name: str) -> str:
    """`name` as a dialog may begin with it: whoever shared it, it leads to no other folder."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].lstrip(". ")
