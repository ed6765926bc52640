"""Save all files of the conversation in one folder; no existing file is overwritten."""

import uuid
from pathlib import Path

from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, ngettext, number
from client_mvc.network import api_files
from shared.file_names import safe_name
from shared.identity import ServerIdentity


class SaveAll:
    """Implements `SaveAllIntents`: one download at a time, so each failure has its file."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._saving = context.model.saving
        self._key = ""
        self._server: ServerIdentity | None = None
        self._journal = ""

    def start(self, folder: Path) -> None:
        """Save each shared file whose event is loaded."""
        files = self._context.model.conversation.files()
        server = self._context.model.membership.server
        if self._saving.current is not None:
            self._context.warn(_("Files are being saved already."))
        elif not files or server is None:
            self._context.warn(_("No file was shared in this conversation."))
        else:
            self._server = server
            self._journal = self._context.model.membership.journal
            self._saving.begin(folder, files)
            self._fetch()

    def retry(self) -> None:
        """Save those files again that failed."""
        folder, failed = self._saving.folder, self._saving.failed
        if folder is not None and failed and self._saving.current is None:
            self._saving.begin(folder, [file for file, _ in failed])
            self._fetch()

    def stop(self) -> None:
        """Stop the downloads; after the last one, remove the progress row."""
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

    def handle(self, event: api_files.DownloadEvent) -> bool:
        """Update the progress; return False if the download is not one of these."""
        match event:
            case api_files.DownloadProgress(key, fraction) if key == self._key:
                self._saving.progress(fraction)
            case api_files.DownloadDone(key) if key == self._key:
                self._saving.done()
                self._fetch()
            case api_files.DownloadFailed(key, _, problem) if key == self._key:
                self._saving.done(sentence(problem))
                self._fetch()
            case _:
                return False
        return True

    def _fetch(self) -> None:
        saving, server = self._saving, self._server
        if saving.folder is None or server is None:
            return
        if saving.current is not None:
            self._key = uuid.uuid4().hex
            target = saving.folder / safe_name(saving.current.name)
            wanted = api_files.DownloadRequest(
                self._key, saving.current, target, replace=False, journal=self._journal
            )
            self._context.network.download(server, wanted)
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
