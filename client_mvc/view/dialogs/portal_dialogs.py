"""The file dialogs of a Linux desktop; this program's own where the desktop shows none."""

import os
import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from client_mvc.i18n.translate import _

_LOOK_EVERY_MS = 50


class Portal(Protocol):
    """As `platform.portal` has it."""

    usable: bool

    def ask(
        self,
        method: str,
        parent: str,
        title: str,
        options: Mapping[str, bool | str | bytes],
        answer: Callable[[Sequence[Path] | None], object],
    ) -> None: ...


class _Own(Protocol):
    def open_files(self, parent: tk.Misc, hint: str) -> Sequence[Path]: ...
    def save_file(
        self, parent: tk.Misc, title: str, folder: Path | None, name: str, kinds: Sequence[str]
    ) -> Path | None: ...
    def choose_folder(
        self, parent: tk.Misc, title: str, folder: Path | None
    ) -> Path | None: ...


class PortalDialogs:
    """Implements `PlatformDialogs`; asks `own` where there is no portal."""

    def __init__(self, portal: Portal, own: _Own) -> None:
        self._portal = portal
        self._own = own
        self._asking = False

    def open_files(self, parent: tk.Misc, hint: str = "") -> Sequence[Path]:
        chosen = self._ask("OpenFile", parent, sharing_title(hint), multiple=True)
        return self._own.open_files(parent, hint) if chosen is None else chosen

    def save_file(
        self, parent: tk.Misc, title: str, folder: Path | None, name: str, kinds: Sequence[str]
    ) -> Path | None:
        shown = name.encode("utf-8", "replace").decode()
        chosen = self._ask("SaveFile", parent, title, folder, current_name=shown)
        if chosen is None:
            return self._own.save_file(parent, title, folder, name, kinds)
        return next((_with_ending(path, kinds) for path in chosen), None)

    def choose_folder(self, parent: tk.Misc, title: str, folder: Path | None) -> Path | None:
        chosen = self._ask("OpenFile", parent, title, folder, directory=True)
        if chosen is None:
            return self._own.choose_folder(parent, title, folder)
        # Older portals do not know folders, and let the person choose a file.
        return next((path for path in chosen if path.is_dir()), None)

    def _ask(
        self,
        method: str,
        parent: tk.Misc,
        title: str,
        folder: Path | None = None,
        **options: bool | str | bytes,
    ) -> Sequence[Path] | None:
        """Wait for the answer while the window goes on; None if there is no portal."""
        if self._asking:
            return ()
        if not self._portal.usable:
            return None
        if folder is not None:
            options["current_folder"] = os.fsencode(folder) + b"\0"
        answers: SimpleQueue[Sequence[Path] | None] = SimpleQueue()
        frame = int(parent.winfo_toplevel().wm_frame(), 16)
        self._portal.ask(method, f"x11:{frame:x}", title, options, answers.put)
        self._asking = True
        try:
            _wait_for(answers, parent)
        finally:
            self._asking = False
        return () if answers.empty() else answers.get()


def sharing_title(hint: str) -> str:
    """Return the title of a dialog for files to share: it has no other place for the hint."""
    title = _("Share files")
    return f"{title}: {hint}" if hint else title


def _wait_for(answers: SimpleQueue[Sequence[Path] | None], parent: tk.Misc) -> None:
    """Run the main loop until there is an answer, or the window of `parent` is closed."""
    waiting = tk.Frame(parent.winfo_toplevel())  # never shown: it ends the wait

    def look() -> None:
        if answers.empty():
            waiting.after(_LOOK_EVERY_MS, look)
        else:
            waiting.destroy()

    waiting.after(_LOOK_EVERY_MS, look)
    waiting.wait_window()


def _with_ending(path: Path, kinds: Sequence[str]) -> Path:
    """Add an ending to a name without one, unless that would replace another file."""
    if not kinds or path.suffix:
        return path
    ended = path.with_name(path.name + kinds[0])
    return path if ended.exists() else ended
