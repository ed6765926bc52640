"""Pictures of the conversation: load small copies when they come into view, and the viewer."""

from dataclasses import replace

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.conversation import extras
from client_mvc.i18n import translate
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.network import api_files
from client_mvc.view.contract.windows import PictureView
from shared import media_types, messages
from shared.moderation import Deleted
from shared.standing import Change, Sent

KEPT_BYTES = 20 * 1024 * 1024
"""So many bytes of small copies stay in memory; those not needed for longest go first."""


class PictureController:
    """Implements `PictureIntents`; handles the network's events about pictures."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._conversation = context.model.conversation
        self._small: dict[str, bytes] = {}
        self._bytes = 0
        self._loading: set[str] = set()
        self._viewed: messages.File | None = None
        self._conversation.cleared.subscribe(lambda _: self._forget())
        self._viewed_seq = 0
        self._conversation.deleted.subscribe(self._deleted)
        self._conversation.changes.subscribe(self._change)

    # --- intents ---------------------------------------------------------------------------

    def need(self, file_id: str) -> None:
        """Load this thumbnail: it is about to be in view."""
        data = self._small.pop(file_id, None)
        if data is not None:
            self._small[file_id] = data  # the one needed last
            self._context.screen.messages.show_picture(file_id, data)
        elif file_id not in self._loading and self._fetch(file_id, whole=False):
            self._loading.add(file_id)

    def open(self, file_id: str) -> None:
        """Show the whole picture in the viewer."""
        file = self._conversation.file(file_id)
        if file is None:
            self._context.warn(_("That file is no longer in the loaded conversation."))
            return
        self._show(file, lift=True)

    def step(self, step: int) -> None:
        """Show the picture after (1) or before (-1) that in the viewer."""
        if (viewed := self._viewed) is None:
            return
        files = self._files()
        ids = [each.id for each in files]
        if viewed.id in ids and 0 <= (place := ids.index(viewed.id) + step) < len(ids):
            self._show(files[place], lift=False)

    def closed(self) -> None:
        """Take note that the viewer was closed."""
        self._viewed = None

    # --- events ----------------------------------------------------------------------------

    def handle(self, event: api_files.PictureEvent) -> None:
        """Show a picture that has arrived, or why it has not."""
        match event:
            case api_files.PictureFetched(file_id, data=bytes(data)):
                self._loading.discard(file_id)
                self._keep(file_id, data)
                self._context.screen.messages.show_picture(file_id, data)
            case api_files.PictureFetched(file_id, path=path):
                if self._viewed is not None and self._viewed.id == file_id:
                    self._update(replace(self._view(self._viewed), path=path))
            case api_files.PictureFetchFailed(file_id, problem, whole):
                if not whole:
                    self._loading.discard(file_id)
                    self._context.screen.messages.show_picture(file_id, b"")
                elif self._viewed is not None and self._viewed.id == file_id:
                    view = self._view(self._viewed)
                    self._update(replace(view, problem=sentence(problem)))

    # --- helpers ---------------------------------------------------------------------------

    def _files(self) -> list[messages.File]:
        return [each for each in self._conversation.files() if is_viewed(each)]

    def _show(self, file: messages.File, *, lift: bool) -> None:
        shared = self._conversation.shared(file.id)
        self._viewed, self._viewed_seq = file, shared.seq if shared is not None else 0
        self._context.screen.windows.show_picture(self._view(file), lift=lift)
        self._fetch(file.id, whole=True)

    def _view(self, file: messages.File) -> PictureView:
        ids = [each.id for each in self._files()]
        place = ids.index(file.id) if file.id in ids else 0
        facts = translate.size(file.size)
        if file.width and file.height:
            facts = f"{file.width} × {file.height}, {facts}"  # noqa: RUF001
        before, after = place > 0, place + 1 < len(ids)
        return PictureView(file.id, file.name, facts, before=before, after=after)

    def _update(self, view: PictureView | None) -> None:
        self._context.screen.windows.show_picture(view, lift=False)

    def _fetch(self, file_id: str, *, whole: bool) -> bool:
        membership = self._context.model.membership
        file, server = self._conversation.file(file_id), membership.server
        if file is None or server is None:
            return False
        self._context.network.fetch_picture(server, file, membership.journal, whole)
        return True

    def _keep(self, file_id: str, data: bytes) -> None:
        self._bytes += len(data) - len(self._small.pop(file_id, b""))
        self._small[file_id] = data
        while self._bytes > KEPT_BYTES and len(self._small) > 1:
            self._bytes -= len(self._small.pop(next(iter(self._small))))

    def _deleted(self, sent: Sent) -> None:
        if isinstance(sent, messages.Shared) and sent.file:
            self._bytes -= len(self._small.pop(sent.file.id, b""))

    def _change(self, change: Change) -> None:
        """Close the viewer if its picture was deleted, also if it is not loaded any more."""
        is_viewed = self._viewed is not None and change.target == self._viewed_seq
        if is_viewed and isinstance(change, Deleted):
            self._viewed = None
            self._update(None)

    def _forget(self) -> None:
        """Forget all: the room is another one, and its files have other ids."""
        self._small.clear()
        self._loading.clear()
        self._bytes = 0


def is_viewed(file: messages.File) -> bool:
    """Tell whether the viewer can show a file."""
    return extras.kind(file) == "picture" and file.type in media_types.PICTURES
