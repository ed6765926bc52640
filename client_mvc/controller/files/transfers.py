"""Upload files, download them, open them to read.

An upload is in the outbox before it starts, so the next run of the program can finish it.
"""

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from client_mvc.controller import availability, wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation import extras
from client_mvc.controller.files import taking
from client_mvc.controller.files.opening import FileOpener
from client_mvc.controller.files.pictures import PictureController, is_viewed
from client_mvc.controller.files.save_all import SaveAll
from client_mvc.controller.wording import NO_ROOM
from client_mvc.i18n import translate
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked
from client_mvc.model.outbox import Box
from client_mvc.network import api_files
from client_mvc.view.contract.windows import FileText
from shared import file_paths, messages
from shared.identity import ServerIdentity
from shared.moderation import Deleted
from shared.standing import Change

_CUT = marked("The file is longer. Save it to read all of it.")


class Transfers:
    """Implements `FileIntents`; handles the network's events about files."""

    def __init__(
        self,
        context: AppContext,
        save_all: SaveAll,
        pictures: PictureController,
        opener: FileOpener,
    ) -> None:
        self._context = context
        self._pictures = pictures
        self._opener = opener
        self._save_all = save_all
        self._left_over: list[str] = []
        context.model.box_changed.subscribe(self._box_changed)
        self._read: dict[int, str] = {}
        context.model.conversation.changes.subscribe(self._change)
        context.model.conversation.cleared.subscribe(lambda _: self._read.clear())

    def share(self, paths: Sequence[Path]) -> None:
        """Upload these files, in this order."""
        self.upload(paths)

    def upload(self, paths: Sequence[Path]) -> bool:
        """Upload these files, in this order, but for those that the room refuses for certain.

        Returns:
            False if none is uploaded.
        """
        if not self._may_share():
            return False
        limits = self._context.model.room_state.limits
        refused = [(path.name, taking.refusal(path, limits)) for path in paths]
        if problems := [f"{name}: {problem}" for name, problem in refused if problem]:
            self._context.warn(wording.listed(problems, 3))
        paths = [path for path, (_, problem) in zip(paths, refused, strict=True) if not problem]
        files = [(uuid.uuid4().hex, path.absolute()) for path in paths]
        # If the disk fails, a banner says so; the upload starts all the same.
        self._store(lambda box: box.queue_uploads(files))
        for key, path in files:
            self._context.model.uploads.add(key, path)
            self._context.network.upload(key, path)
        return bool(files)

    def start_left_over(self) -> None:
        """Upload left-over files: the replay is complete, and the server does not have them."""
        left_over, self._left_over = self._left_over, []
        for upload in list(self._context.model.uploads):
            if upload.key in left_over:
                self._context.network.upload(upload.key, upload.path)

    def hold(self) -> None:
        """Show waiting files as failed: they are for another room than the one found.

        On disk they still wait for their room.
        """
        self._left_over = []
        for upload in list(self._context.model.uploads):
            if upload.state != "failed":
                self._context.model.uploads.failed(upload.key, _(wording.FILE_OF_EARLIER_ROOM))

    def retry(self, key: str) -> None:
        """Upload a failed file again, under its key: the server drops it if it has the file."""
        if self._may_share() and (path := self._context.model.uploads.retry(key)):
            self._store(lambda box: box.uploads.retry(key))
            self._context.network.upload(key, path)

    def cancel(self, *keys: str) -> None:
        """Stop these uploads, or remove failed ones from the list."""
        for key in keys:
            self._context.network.cancel_upload(key)
        self._remove(*keys)

    def clear_failed(self) -> None:
        """Remove all failed uploads from the list."""
        failed = [each.key for each in self._context.model.uploads if each.state == "failed"]
        self._remove(*failed)

    def save(self, file_id: str, target: Path) -> None:
        """Download a shared file to `target`."""
        if found := self._found(file_id):
            server, file = found
            journal = self._context.model.membership.journal
            wanted = api_files.DownloadRequest(uuid.uuid4().hex, file, target, journal=journal)
            self._context.network.download(server, wanted)

    def open(self, file_id: str) -> None:
        """Show the text of a shared file; open any other with the program of the system."""
        if (found := self._found(file_id)) is None:
            return
        server, file = found
        match extras.kind(file):
            case "text":
                if shared := self._context.model.conversation.shared(file_id):
                    self._read[shared.seq] = file_id
                journal = self._context.model.membership.journal
                self._context.network.fetch(server, file, journal)
            case "picture" if is_viewed(file):
                self._pictures.open(file_id)
            case _:
                self._opener.open(server, file)

    def copy_link(self, file_id: str) -> None:
        """Copy the address of a shared file to the clipboard."""
        if found := self._found(file_id):
            server, file = found
            try:
                path = file_paths.checked(file.url)
            except file_paths.BadPath as bad:
                self._context.warn(sentence(bad.problem))
                return
            self._context.screen.copy(server.url(path))
            self._context.confirm(_("Link copied."))

    def handle_event(self, event: messages.AnyEvent) -> None:
        """Remove the upload that this event shows: the server has the file."""
        if isinstance(event, messages.Shared) and isinstance(event.id, str):
            self._remove(event.id)

    def handle_upload(self, event: api_files.UploadEvent) -> None:
        """Show the progress of an upload."""
        uploads = self._context.model.uploads
        match event:
            case api_files.UploadSize(key, size):
                uploads.sized(key, size)
            case api_files.UploadProgress(key, fraction):
                uploads.progress(key, fraction)
            case api_files.UploadRetrying(key, problem):
                uploads.retrying(key, availability.reason(problem))
            case api_files.UploadDone(key):
                self._remove(key)
            case api_files.UploadFailed(key, problem) if problem.code in taking.FINAL:
                uploads.failed(key, sentence(problem), final=True)
                # Not back after a restart: another attempt cannot help.
                self._store(lambda box: box.uploads.remove(key))
            case api_files.UploadFailed(key, problem):
                self._fail(key, sentence(problem))

    def handle_download(self, event: api_files.DownloadEvent) -> None:
        """Show the result of a download."""
        if self._save_all.handle(event) or self._opener.handle(event):
            return
        match event:
            case api_files.DownloadDone(target=target):
                self._context.confirm(_("Saved as {target}.", target=target))
            case (
                api_files.DownloadFailed(name=name, problem=problem)
                | api_files.FileFetchFailed(name=name, problem=problem)
            ):
                self._context.warn(
                    _(
                        "{file} could not be downloaded. {reason}",
                        file=name,
                        reason=sentence(problem),
                    )
                )
            case api_files.FileFetched(file, text, encoding, cut):
                facts = f"{translate.size(file.size)}, {encoding}"
                note = _(_CUT) if cut else ""
                self._context.screen.windows.show_file(
                    FileText(file.id, file.name, facts, text, note)
                )
            case api_files.DownloadProgress():
                pass

    def _box_changed(self, box: Box | None) -> None:
        """Show the uploads that are left over for this room from the last time."""
        queue = list(box.uploads) if box is not None else []
        self._left_over = [each.key for each in queue if each.problem is None]
        self._context.model.uploads.load(queue)

    def _change(self, change: Change) -> None:
        """Close the window of a file that was deleted, also if it is not loaded any more."""
        if isinstance(change, Deleted) and change.target in self._read:
            self._context.screen.windows.close_file(self._read.pop(change.target))

    def _fail(self, key: str, reason: str) -> None:
        self._context.model.uploads.failed(key, reason)
        self._store(lambda box: box.uploads.failed(key, reason))

    def _remove(self, *keys: str) -> None:
        """Remove uploads that are done or cancelled."""
        uploads = self._context.model.uploads
        for upload in [each for each in uploads if each.key in keys]:
            self._context.model.pasted.remove(upload.path)
            uploads.remove(upload.key)
        self._store(lambda box: box.uploads.remove(*keys))

    def _store(self, write: Callable[[Box], None]) -> None:
        if (box := self._context.model.box) is not None:
            self._context.store(lambda: write(box))

    def _may_share(self) -> bool:
        active = self._context.model.membership.active
        if not active:
            self._context.warn(_(NO_ROOM))
        return active

    def _found(self, file_id: str) -> tuple[ServerIdentity, messages.File] | None:
        model = self._context.model
        file, server = model.conversation.file(file_id), model.membership.server
        if file is None or server is None:
            self._context.warn(_("That file is no longer in the loaded conversation."))
            return None
        return server, file
