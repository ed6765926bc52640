"""Files that were pasted or dropped: a row above the composer, sent with the next message.

Like the draft of that message, it is kept for its room until it is sent.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.disk import file_not_saved
from client_mvc.controller.files import taking
from client_mvc.controller.files.transfers import Transfers
from client_mvc.controller.wording import NO_ROOM
from client_mvc.i18n import translate
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, number
from client_mvc.model.outbox import Box
from client_mvc.view.contract.values import Attachment
from client_mvc.view.contract.windows import Question
from shared.problems import Problem

log = logging.getLogger(__name__)

PREVIEW_BYTES = 8 * 1024 * 1024
"""A larger picture has no preview."""
MOST = 50


class AttachmentController:
    """Implements `AttachmentIntents`."""

    def __init__(self, context: AppContext, files: Transfers) -> None:
        self._context = context
        self._files = files
        self._state = context.model.room_state
        self._rows: dict[str, tuple[Path, Attachment]] = {}
        self._limits = self._state.limits
        self._state.changed.subscribe(lambda _: self._check_again())
        context.model.box_changed.subscribe(self._enter)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, paths: Sequence[Path]) -> None:
        """Put these files above the composer."""
        if self._context.model.membership.welcome is None:
            self._context.warn(_(NO_ROOM))
            return
        if len(self) + len(paths) > MOST:
            self._context.warn(_("At most {most} files can be sent at once.", most=MOST))
            return
        for path in paths:
            self._add(path.absolute())
        self._keep_rows()

    def add_picture(self, data: bytes) -> None:
        """Put a pasted picture above the composer."""
        suffix = taking.picture_suffix(data) or "png"
        self._keep(f"pasted.{suffix}", data)

    def add_text(self, text: str) -> None:
        """Offer to send a pasted text, which is too long for a message, as a file."""
        question = Question(
            _("Send as a file?"),
            _(
                "The text has {count} characters, a message at most {most}.",
                count=number(len(text)),
                most=number(self._state.limits.text),
            ),
            _("Send as a file"),
        )
        data = text.encode("utf-8", "replace")
        self._context.screen.windows.ask(question, lambda: self._keep("pasted.txt", data))

    def remove(self, key: str) -> None:
        """Take a file out of the row."""
        if (found := self._rows.pop(key, None)) is not None:
            self._context.model.pasted.remove(found[0])
            self._keep_rows()

    def send(self) -> bool:
        """Share the files of the row; False if there are none, or one that the room refuses."""
        if not self._rows:
            return False
        problem = next((row.problem for _path, row in self._rows.values() if row.problem), "")
        if problem:
            self._context.warn(problem)
            return False
        paths = [path for path, _row in self._rows.values()]
        if not self._files.upload(paths):
            return False
        self._rows.clear()
        self._keep_rows()
        return True

    def _enter(self, box: Box | None) -> None:
        """Show the files that were above the composer when the client was in a room last.

        Outside a room there are none: they are kept for the room that they are for.
        """
        if box is None and not self._rows:
            return
        self._rows.clear()
        for path in box.attached.paths if box is not None else ():
            self._add(path)
        self._show()

    def _keep_rows(self) -> None:
        """Show the row, and write it to disk."""
        self._show()
        if (box := self._context.model.box) is not None:
            paths = [path for path, _row in self._rows.values()]
            self._context.store(lambda: box.attached.keep(paths))

    def _keep(self, name: str, data: bytes) -> None:
        """Write what was pasted to disk, where the upload finds it."""
        if self._context.model.membership.welcome is None:
            self._context.warn(_(NO_ROOM))
            return
        try:
            path = self._context.model.pasted.keep(name, data)
        except OSError as problem:
            log.warning("pasted file not written error=%s", problem)
            self._context.warn(file_not_saved(problem, Path(name)))
            return
        self.add([path])

    def _add(self, path: Path) -> None:
        if any(path == other for other, _row in self._rows.values()):
            return
        key = uuid.uuid4().hex
        try:
            size = translate.size(path.stat().st_size)
        except OSError:
            size = ""
        row = Attachment(key, path.name, size, _preview(path), self._refusal(path))
        self._rows[key] = (path, row)

    def _refusal(self, path: Path) -> str:
        if not path.exists():
            return sentence(Problem("file_missing"))
        return taking.refusal(path, self._state.limits)

    def _check_again(self) -> None:
        """Look again at what the room takes: it may be another one."""
        if self._state.limits != self._limits:
            self._limits = self._state.limits
            self._rows = {
                key: (path, replace(row, problem=self._refusal(path)))
                for key, (path, row) in self._rows.items()
            }
            self._show()

    def _show(self) -> None:
        self._context.screen.composer.show_attachments([row for _p, row in self._rows.values()])


def _preview(path: Path) -> bytes:
    """Return the content of a picture; empty for any other file, and for a large one."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
            if not taking.picture_suffix(head) or path.stat().st_size > PREVIEW_BYTES:
                return b""
            return head + file.read(PREVIEW_BYTES)
    except OSError:
        return b""
