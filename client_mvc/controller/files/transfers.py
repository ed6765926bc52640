"""Files, both ways: uploads with their rows, downloads, files opened to be read.

What is to be shared is written to the outbox first, and goes on from there in another run.

Knows the model, the screen as its contract, and the network as its seam.
"""

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.files.save_all import SaveAll
from client_mvc.controller.wording import NO_ROOM
from client_mvc.i18n import translate
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked
from client_mvc.model.outbox import Box
from client_mvc.network import api
from client_mvc.view.contract.values import FileText
from shared import messages
from shared.joinlink import Address

OTHER_ROOM = marked("This file was for an earlier room. Retry to share it here.")
_CUT = marked("The file is longer: save it to read all of it.")


class Transfers:
    """Carries out what concerns files, and takes in what the network tells of them."""

    def __init__(self, context: AppContext, save_all: SaveAll) -> None:
        self._context = context
        self._save_all = save_all
        self._left_over: list[str] = []
        context.model.boxed.subscribe(self._boxed)

    def share(self, paths: Sequence[Path]) -> None:
        """Upload these, in this order."""
        if not self._may_share():
            return
        files = [(uuid.uuid4().hex, path.absolute()) for path in paths]
        # A disk that refuses is told of, and costs only what another run would know of them.
        self._note(lambda box: box.promise(files))
        for key, path in files:
            self._context.model.uploads.add(key, path)
            self._context.network.upload(key, path)

    def go_on(self) -> None:
        """The room showed all that we missed: what it has not got is shared now."""
        left_over, self._left_over = self._left_over, []
        for upload in list(self._context.model.uploads):
            if upload.key in left_over:
                self._context.network.upload(upload.key, upload.path)

    def ask_again(self) -> None:
        """Let left-over uploads of an earlier room wait for the person."""
        left_over, self._left_over = self._left_over, []
        for key in left_over:
            self._fail(key, _(OTHER_ROOM))

    def retry(self, key: str) -> None:
        """Try a failed upload again: under its key, in case the room has it after all."""
        if self._may_share() and (path := self._context.model.uploads.again(key)):
            self._note(lambda box: box.unshared.again(key))
            self._context.network.upload(key, path)

    def cancel(self, *keys: str) -> None:
        """Stop these uploads, or take failed ones off the list."""
        for key in keys:
            self._context.network.cancel_upload(key)
        self._gone(*keys)

    def clear_failed(self) -> None:
        """Take all failed uploads off the list."""
        failed = [each.key for each in self._context.model.uploads if each.state == "failed"]
        self._gone(*failed)

    def save(self, file_id: str, target: Path) -> None:
        """Download it."""
        if found := self._found(file_id):
            address, file = found
            self._context.network.download(
                address, api.DownloadRequest(uuid.uuid4().hex, file, target)
            )

    def open(self, file_id: str) -> None:
        """Read it to show it."""
        if found := self._found(file_id):
            self._context.network.fetch(*found)

    def copy_link(self, file_id: str) -> None:
        """Where anybody on the network can get it, on the clipboard."""
        if found := self._found(file_id):
            address, file = found
            self._context.screen.copy(f"http://{address}{file.url}")
            self._context.confirm(_("The link is on the clipboard."))

    def seen(self, event: messages.AnyEvent) -> None:
        """What the room shows under our key it has, whatever the upload comes to."""
        if isinstance(event, messages.Shared) and isinstance(event.id, str):
            self._gone(event.id)

    def uploading(self, what: api.UploadEvent) -> None:
        """What the network tells of an upload."""
        uploads = self._context.model.uploads
        match what:
            case api.UploadSize(key, size):
                uploads.sized(key, size)
            case api.UploadProgress(key, fraction):
                uploads.progress(key, fraction)
            case api.UploadRetrying(key, problem):
                uploads.retrying(key, sentence(problem))
            case api.UploadDone(key):
                self._gone(key)
            case api.UploadFailed(key, problem):
                self._fail(key, sentence(problem))

    def downloading(self, what: api.DownloadEvent) -> None:
        """What the network tells of a download."""
        if self._save_all.told(what):
            return
        match what:
            case api.DownloadDone(target=target):
                self._context.confirm(_("Saved as {target}.", target=target))
            case (
                api.DownloadFailed(name=name, problem=problem)
                | api.FileFetchFailed(name=name, problem=problem)
            ):
                self._context.warn(
                    _(
                        "{file} could not be fetched. {reason}",
                        file=name,
                        reason=sentence(problem),
                    )
                )
            case api.FileFetched(file, text, encoding, cut):
                facts = f"{translate.size(file.size)}, {encoding}"
                note = _(_CUT) if cut else ""
                self._context.screen.windows.show_file(
                    FileText(file.id, file.name, facts, text, note)
                )
            case api.DownloadProgress():
                pass

    def _boxed(self, box: Box | None) -> None:
        """Another room, or none: what is left over for it from the last time."""
        promised = list(box.unshared) if box is not None else []
        self._left_over = [each.key for each in promised if each.problem is None]
        self._context.model.uploads.load(promised)

    def _fail(self, key: str, reason: str) -> None:
        self._context.model.uploads.failed(key, reason)
        self._note(lambda box: box.unshared.failed(key, reason))

    def _gone(self, *keys: str) -> None:
        """They are shared, or not wanted any more."""
        for key in keys:
            self._context.model.uploads.remove(key)
        self._note(lambda box: box.unshared.remove(*keys))

    def _note(self, write: Callable[[Box], None]) -> None:
        if (box := self._context.model.box) is not None:
            self._context.store(lambda: write(box))

    def _may_share(self) -> bool:
        active = self._context.model.membership.active
        if not active:
            self._context.warn(_(NO_ROOM))
        return active

    def _found(self, file_id: str) -> tuple[Address, messages.File] | None:
        model = self._context.model
        file, address = model.conversation.file(file_id), model.membership.address
        if file is None or address is None:
            self._context.warn(_("That file is no longer known here."))
            return None
        return address, file
