"""Open shared files with the programs of the system; ask first where they can run.

The copies are in a private folder that is removed when the program ends.
"""

import logging
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.disk import file_not_saved
from client_mvc.i18n.translate import _
from client_mvc.network import api_files
from client_mvc.view.contract.windows import Question
from shared import messages
from shared.file_names import safe_name
from shared.identity import ServerIdentity

log = logging.getLogger(__name__)

PREFIX = "chatroom-files-"
_INERT_SUFFIXES = (
    ".txt", ".md", ".csv", ".pdf", ".epub",
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".heic", ".bmp",
    ".mp3", ".ogg", ".oga", ".opus", ".flac", ".wav", ".m4a", ".aac",
    ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".ogv",
)  # fmt: skip
"""What the systems open with a program that only shows or plays it."""


class FileOpener:
    """`open_file` opens a file with the program that the system has for it."""

    def __init__(self, context: AppContext, open_file: Callable[[Path], None]) -> None:
        self._context = context
        self._open_file = open_file
        self._folder: Path | None = None
        self._coming: set[str] = set()

    def open(self, server: ServerIdentity, file: messages.File) -> None:
        """Open a file; ask first if it is one that can run, or do as it likes."""
        if not can_run(file):
            self._fetch(server, file)
            return
        question = Question(
            _("Open with the system's program?"),
            _(
                "{file} may be a program or start one. Open it only if you trust its sender.",
                file=file.name,
            ),
            _("Open"),
        )
        self._context.screen.windows.ask(question, lambda: self._fetch(server, file))

    def handle(self, event: api_files.DownloadEvent) -> bool:
        """Open a file that has arrived; False if it is none of these."""
        key = getattr(event, "key", "")
        if key not in self._coming:
            return False
        match event:
            case api_files.DownloadDone(target=target):
                self._coming.discard(key)
                self._open_file(target)
            case api_files.DownloadFailed():
                self._coming.discard(key)
                return False  # shown as any other
        return True

    def close(self) -> None:
        """Remove the copies: the program ends."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _fetch(self, server: ServerIdentity, file: messages.File) -> None:
        try:
            self._folder = self._folder or Path(tempfile.mkdtemp(prefix=PREFIX))
            folder = self._folder / uuid.uuid4().hex
            folder.mkdir(mode=0o700)
        except OSError as problem:
            log.warning("file not opened error=%s", problem)
            self._context.warn(file_not_saved(problem, Path(file.name)))
            return
        key = uuid.uuid4().hex
        self._coming.add(key)
        journal = self._context.model.membership.journal
        wanted = api_files.DownloadRequest(
            key, file, folder / safe_name(file.name), journal=journal
        )
        self._context.network.download(server, wanted)
        self._context.inform(_("{file} is being opened…", file=file.name))


def can_run(file: messages.File) -> bool:
    """Tell whether a file can be, or start, a program.

    The system chooses the program by the name. The type says nothing here: a page or a script
    may begin like a sound.
    """
    names = file.name, safe_name(file.name)
    return not all(name.lower().endswith(_INERT_SUFFIXES) for name in names)
