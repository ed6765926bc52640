"""Files, both ways: uploads with their rows, downloads, files opened to be read."""

import uuid
from collections.abc import Sequence
from pathlib import Path

from client_mvc import news
from client_mvc.controller.parts import Parts
from client_mvc.controller.reception import Reception
from shared import messages, texts
from shared.joinlink import Address

_CUT = "\n\n[The file is longer; save it to read all of it.]\n"


class Sharing:
    """Carries out what concerns files, and takes in what the network tells of them."""

    def __init__(self, parts: Parts, reception: Reception) -> None:
        self._parts = parts
        self._reception = reception

    def share(self, paths: Sequence[Path]) -> None:
        """Upload these, in this order."""
        if not self._reception.active:
            self._parts.warn("You are in no room to share files with.")
            return
        for path in paths:
            key = uuid.uuid4().hex
            self._parts.model.uploads.add(key, path.name)
            self._parts.network.upload(key, path)

    def cancel(self, key: str) -> None:
        """Stop an upload, or take a failed one off the list."""
        self._parts.network.cancel_upload(key)
        self._parts.model.uploads.remove(key)

    def save(self, file_id: str, target: Path) -> None:
        """Download it."""
        if found := self._found(file_id):
            self._parts.network.download(*found, target)

    def open(self, file_id: str) -> None:
        """Read it to show it."""
        if found := self._found(file_id):
            self._parts.network.fetch(*found)

    def told(self, what: news.Transfer, *, current: bool) -> None:
        """What the network tells; `current`: of the visit that is on screen."""
        match what:
            case news.Downloaded(target):
                self._parts.praise(f"Saved as {target}.")
            case news.Fetched(name, text, cut):
                self._parts.screen.show_text(name, texts.defuse(text) + (_CUT if cut else ""))
            case news.DownloadFailed(name, reason):
                self._parts.warn(f"{name} could not be fetched: {reason}")
            case news.UploadProgress(key, fraction) if current:
                self._parts.model.uploads.progress(key, fraction)
            case news.UploadDone(key) if current:
                self._parts.model.uploads.remove(key)
            case news.UploadFailed(key, reason) if current:
                self._parts.model.uploads.failed(key, reason)
            case _:
                pass

    def _found(self, file_id: str) -> tuple[Address, messages.File] | None:
        file, address = self._parts.model.conversation.file(file_id), self._reception.address
        if file is None or address is None:
            self._parts.warn("That file is no longer known here.")
            return None
        return address, file
