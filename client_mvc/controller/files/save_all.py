"""All files of the conversation into one folder, never over what lies there.

Knows the model, the screen as its contract, and the network as its seam.
"""

import uuid
from pathlib import Path

from pathvalidate import sanitize_filename

from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, ngettext, number
from client_mvc.network import api
from shared import messages
from shared.joinlink import Address


class SaveAll:
    """One download at a time, so that a failure is that of one file."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._saving = context.model.saving
        self._key = ""
        self._address: Address | None = None

    def start(self, folder: Path) -> None:
        """Save every file of the conversation that is kept here."""
        files = self._context.model.conversation.files()
        address = self._context.model.membership.address
        if self._saving.current is not None:
            self._context.warn(_("Files are being saved already."))
        elif not files or address is None:
            self._context.warn(_("No file was shared in this conversation."))
        else:
            self._address = address
            self._saving.begin(folder, files)
            self._fetch()

    def retry(self) -> None:
        """Save those that could not be saved."""
        folder, failed = self._saving.folder, self._saving.failed
        if folder is not None and failed and self._saving.current is None:
            self._saving.begin(folder, [file for file, _ in failed])
            self._fetch()

    def stop(self) -> None:
        """Save no more, or, when it is over, let go of what is told about it."""
        if self._saving.current is not None:
            self._context.network.cancel_download(self._key)
            saved, total = self._saving.saved, self._saving.total
            self._context.warn(
                ngettext(
                    "Stopped: {saved} of {count} file saved.",
                    "Stopped: {saved} of {count} files saved.",
                    total,
                    saved=number(saved),
                )
            )
        self._key = ""
        self._saving.clear()

    def told(self, what: api.DownloadEvent) -> bool:
        """What the network tells of a download; False: it is none of ours."""
        match what:
            case api.DownloadProgress(key, fraction) if key == self._key:
                self._saving.progress(fraction)
            case api.DownloadDone(key) if key == self._key:
                self._saving.done()
                self._fetch()
            case api.DownloadFailed(key, _, problem) if key == self._key:
                self._saving.done(sentence(problem))
                self._fetch()
            case _:
                return False
        return True

    def _fetch(self) -> None:
        saving, address = self._saving, self._address
        if saving.folder is None or address is None:
            return
        if saving.current is not None:
            self._key = uuid.uuid4().hex
            target = saving.folder / safe_name(saving.current)
            wanted = api.DownloadRequest(self._key, saving.current, target, replace=False)
            self._context.network.download(address, wanted)
        elif not saving.failed:
            self._context.confirm(
                ngettext(
                    "{count} file saved in {folder}.",
                    "{count} files saved in {folder}.",
                    saving.saved,
                    folder=saving.folder,
                )
            )
            saving.clear()


def safe_name(file: messages.File) -> str:
    """A name for `file` in a folder: whatever the room says, no path, and not hidden."""
    name = file.name.replace("\\", "/").rsplit("/", 1)[-1].lstrip(". ")
    return sanitize_filename(name, platform="universal", max_len=200) or "file"
