"""Asks the member for files and folders, with the dialogs of the platform or of this program.

Tests implement `PlatformDialogs` and answer in place of a person.
"""

import os
import tkinter as tk
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tkinter import filedialog
from typing import Any, Protocol

from client_mvc.i18n.translate import _
from client_mvc.view.dialogs.file_chooser import FileChooser, Mode
from client_mvc.view.dialogs.portal_dialogs import Portal, PortalDialogs, sharing_title
from client_mvc.view.style.theme import Look
from shared.file_names import safe_name


class PlatformDialogs(Protocol):
    """The dialogs of one platform. They begin in `folder`; with None they decide themselves.

    A cancelled dialog returns an empty sequence or None.
    """

    def open_files(self, parent: tk.Misc, hint: str) -> Sequence[Path]:
        """Ask for files to share; `hint` says which."""
        ...

    def save_file(
        self, parent: tk.Misc, title: str, folder: Path | None, name: str, kinds: Sequence[str]
    ) -> Path | None:
        """Ask for a place to save a file.

        Args:
            parent: The window that the dialog belongs to.
            title: The title of the dialog.
            folder: Where it begins.
            name: The suggested name.
            kinds: The file endings to choose from; the first is added to other names.
        """
        ...

    def choose_folder(
        self, parent: tk.Misc, title: str, folder: Path | None
    ) -> Path | None: ...


@dataclass(slots=True)
class FileDialogs:
    """Asks with `dialogs`. Files are saved in `folder`, unless the member chooses another.

    With an empty `folder` the dialogs decide where they begin. `hint` says which files the
    room takes.
    """

    dialogs: PlatformDialogs
    folder: str = ""
    hint: str = ""

    def open_files(self, parent: tk.Misc) -> Sequence[Path]:
        """Ask for files to share."""
        return self.dialogs.open_files(parent, self.hint)

    def save_file(
        self, parent: tk.Misc, title: str, name: str, kinds: Sequence[str] = ()
    ) -> Path | None:
        """Ask for a place to save the file `name`; `kinds` as in `PlatformDialogs`."""
        return self.dialogs.save_file(parent, title, self._begin(), safe_name(name), kinds)

    def choose_folder(self, parent: tk.Misc, title: str) -> Path | None:
        """Ask for an existing folder."""
        return self.dialogs.choose_folder(parent, title, self._begin())

    def _begin(self) -> Path | None:
        # Unlike Path.is_dir, this is also False for a folder that may not be looked at.
        usable = os.path.isabs(self.folder) and os.path.isdir(self.folder)  # noqa: PTH112, PTH117
        return Path(self.folder) if usable else None


def platform_dialogs(look: Look, portal: Portal | None = None) -> FileDialogs:
    """Return the file dialogs of this platform: on X11 those of `portal`, if there is one."""
    if look.root.tk.call("tk", "windowingsystem") != "x11":
        return FileDialogs(_SystemDialogs())
    own = _OwnDialogs(look)
    return FileDialogs(own if portal is None else PortalDialogs(portal, own))


class _OwnDialogs:
    """The dialogs of this program, for X11; by default each begins where the last one ended."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._last = _home()

    def open_files(self, parent: tk.Misc, hint: str = "") -> Sequence[Path]:
        return self._ask(parent, _("Share files"), "share", hint=hint)

    def save_file(
        self, parent: tk.Misc, title: str, folder: Path | None, name: str, kinds: Sequence[str]
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
        **options: Any,
    ) -> tuple[Path, ...]:
        start = folder or (self._last if self._last.is_dir() else _home())
        chosen = FileChooser(
            self._look, parent, title, mode=mode, folder=start, **options
        ).ask()
        if chosen:
            self._last = chosen[0] if mode == "folder" else chosen[0].parent
        return chosen


class _SystemDialogs:
    """The dialogs of Windows and macOS."""

    def open_files(self, parent: tk.Misc, hint: str) -> Sequence[Path]:
        chosen = filedialog.askopenfilenames(parent=parent, title=sharing_title(hint))
        return [Path(name) for name in chosen or ()]

    def save_file(
        self, parent: tk.Misc, title: str, folder: Path | None, name: str, kinds: Sequence[str]
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


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # there is none
        return Path("/")
