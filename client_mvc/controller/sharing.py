"""Files, both ways: uploads with their rows, downloads, files opened to be read.

Knows the model, the screen as its contract, and the network as its seam.
"""

import uuid
from collections.abc import Sequence
from pathlib import Path

from client_mvc import news
from client_mvc.controller import wording
from client_mvc.controller.parts import Parts
from client_mvc.controller.reception import Reception
from client_mvc.controller.saving import SaveAll
from client_mvc.view.shapes import FileText
from client_mvc.words import _, marked
from shared import messages
from shared.joinlink import Address

_CUT = marked("The file is longer: save it to read all of it.")


class Sharing:
    """Carries out what concerns files, and takes in what the network tells of them."""

    def __init__(self, parts: Parts, reception: Reception) -> None:
        self._parts = parts
        self._reception = reception
        self.all = SaveAll(parts, reception)

    def share(self, paths: Sequence[Path]) -> None:
        """Upload these, in this order."""
        if not self._may_share():
            return
        for path in paths:
            key = uuid.uuid4().hex
            self._parts.model.uploads.add(key, path)
            self._parts.network.upload(key, path)

    def retry(self, key: str) -> None:
        """Try a failed upload again: under its key, in case the room has it after all."""
        if self._may_share() and (path := self._parts.model.uploads.again(key)):
            self._parts.network.upload(key, path)

    def cancel(self, key: str) -> None:
        """Stop an upload, or take a failed one off the list."""
        self._parts.network.cancel_upload(key)
        self._parts.model.uploads.remove(key)

    def save(self, file_id: str, target: Path) -> None:
        """Download it."""
        if found := self._found(file_id):
            address, file = found
            self._parts.network.download(address, news.Wanted(uuid.uuid4().hex, file, target))

    def open(self, file_id: str) -> None:
        """Read it to show it."""
        if found := self._found(file_id):
            self._parts.network.fetch(*found)

    def copy_link(self, file_id: str) -> None:
        """Where anybody on the network can get it, on the clipboard."""
        if found := self._found(file_id):
            address, file = found
            self._parts.screen.copy(f"http://{address}{file.url}")
            self._parts.praise(_("The link is on the clipboard."))

    def seen(self, event: messages.Event) -> None:
        """What the room shows under our key it has, whatever the upload comes to."""
        if isinstance(event, messages.Shared) and isinstance(event.id, str):
            self._parts.model.uploads.remove(event.id)

    def uploading(self, what: news.UploadNews) -> None:
        """What the network tells of an upload."""
        uploads = self._parts.model.uploads
        match what:
            case news.UploadSize(key, size):
                uploads.sized(key, size)
            case news.UploadProgress(key, fraction):
                uploads.progress(key, fraction)
            case news.UploadRetrying(key, reason):
                uploads.retrying(key, reason)
            case news.UploadDone(key):
                uploads.remove(key)
            case news.UploadFailed(key, reason):
                uploads.failed(key, reason)

    def downloading(self, what: news.DownloadNews) -> None:
        """What the network tells of a download."""
        if self.all.told(what):
            return
        match what:
            case news.Downloaded(target=target):
                self._parts.praise(_("Saved as {target}.", target=target))
            case (
                news.DownloadFailed(name=name, reason=reason)
                | news.FetchFailed(name=name, reason=reason)
            ):
                self._parts.warn(
                    _("{file} could not be fetched: {reason}", file=name, reason=reason)
                )
            case news.Fetched(file, text, encoding, cut):
                facts = f"{wording.size(file.size)}, {encoding}"
                note = _(_CUT) if cut else ""
                self._parts.screen.show_file(FileText(file.id, file.name, facts, text, note))
            case news.DownloadProgress():
                pass

    def _may_share(self) -> bool:
        if not self._reception.active:
            self._parts.warn(_("You are in no room to share files with."))
        return self._reception.active

    def _found(self, file_id: str) -> tuple[Address, messages.File] | None:
        file, address = self._parts.model.conversation.file(file_id), self._reception.address
        if file is None or address is None:
            self._parts.warn(_("That file is no longer known here."))
            return None
        return address, file
