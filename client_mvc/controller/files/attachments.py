"""Files that were pasted or dropped: a row above the composer, sent with the next message."""

from collections.abc import Sequence
from pathlib import Path

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.files.transfers import Transfers


class AttachmentController:
    """Implements `AttachmentIntents`."""

    def __init__(self, context: AppContext, files: Transfers) -> None:
        self._context = context
        self._files = files

    def add(self, paths: Sequence[Path]) -> None:
        """Put these files above the composer."""
        self._files.share(paths)

    def add_picture(self, data: bytes) -> None:
        """Put a pasted picture above the composer."""

    def add_text(self, text: str) -> None:
        """Offer to send a pasted text, which is too long for a message, as a file."""

    def remove(self, key: str) -> None:
        """Take a file out of the row."""
