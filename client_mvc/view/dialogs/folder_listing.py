"""The entries of a folder, for the list of the file dialog."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from client_mvc.i18n.translate import _, size
from client_mvc.view.dialogs.file_kinds import kind_in_words


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One line of the list; `size` is in bytes, -1 for a folder."""

    path: Path
    size: int
    changed: float

    @property
    def is_folder(self) -> bool:
        """Whether it can be opened."""
        return self.size < 0


def listing(folder: Path, *, hidden: bool, files: bool) -> list[FolderEntry]:
    """List `folder`, folders first.

    Args:
        folder: An existing folder.
        hidden: Include names that begin with a dot.
        files: Include files.

    Raises:
        OSError: The folder cannot be read.
    """
    entries = []
    with os.scandir(folder) as found:
        for each in found:
            if each.name.startswith(".") and not hidden:
                continue
            try:
                is_folder, status = each.is_dir(), each.stat()
            except OSError:
                continue  # a broken link, or removed meanwhile
            if is_folder or files:
                length = -1 if is_folder else status.st_size
                entries.append(FolderEntry(Path(each.path), length, status.st_mtime))
    return sorted(entries, key=lambda entry: (not entry.is_folder, entry.path.name.casefold()))


def cells(entry: FolderEntry) -> tuple[str, str, str]:
    """Return kind, size and time in words."""
    changed = _time(entry.changed)
    if entry.is_folder:
        return _("Folder"), "", changed
    return kind_in_words(entry.path.name), size(entry.size), changed


def _time(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return ""
