"""What the next message is: one like any other, a reply, or an own message edited."""

import uuid

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.composer.drafts import Drafts
from client_mvc.controller.composer.requests import Requests
from client_mvc.controller.conversation import extras
from client_mvc.controller.conversation.extras import Reader
from client_mvc.i18n.translate import _
from client_mvc.model import changes, room_state
from client_mvc.model.outbox import ReplyTo
from client_mvc.view.contract.values import ComposerContext
from shared import conversation, messages, standing
from shared.standing import Change, Sent

RECENT = 500
"""Among so many events the last own message is looked for."""


class Contexts:
    """One at a time; a new one ends the one before."""

    def __init__(
        self, context: AppContext, drafts: Drafts, requests: Requests, reader: Reader
    ) -> None:
        self._context = context
        self._conversation = context.model.conversation
        self._drafts = drafts
        self._requests = requests
        self._reader = reader
        self._parent: Sent | None = None
        self._edited: messages.Said | None = None
        self._conversation.changes.subscribe(self._change)
        self._conversation.cleared.subscribe(lambda _: self.end())

    @property
    def reply(self) -> ReplyTo | None:
        """The message that the next one answers."""
        if (parent := self._parent) is None:
            return None
        return ReplyTo(parent.seq, parent.name, _line(parent))

    @property
    def edits(self) -> bool:
        """Whether the composer has the text of an own message."""
        return self._edited is not None

    def begin_reply(self, seq: int) -> None:
        """Let the next message be a reply."""
        sent = self._conversation.find(seq)
        if room_state.REPLIES not in self._context.model.room_state.features:
            self._context.warn(_("This server does not know replies."))
        elif isinstance(sent, messages.Said | messages.Shared) and not sent.deleted:
            self.end()
            self._parent = sent
            self._show_reply()

    def begin_edit(self, seq: int) -> bool:
        """Let the composer have the text of an own message; False if it cannot be edited."""
        said = self._conversation.find(seq)
        if not isinstance(said, messages.Said) or not self._may_edit(said):
            self._context.warn(_("This message cannot be edited any more."))
            return False
        self.end()
        self._edited = said
        self._drafts.begin_edit(said.text)
        self._show_edit()
        return True

    def edit_last(self) -> bool:
        """Edit the last own message; False if there is none that can be edited."""
        for place, event in enumerate(reversed(self._conversation)):
            if place >= RECENT:
                break
            if isinstance(event, messages.Said) and self._may_edit(event):
                return self.begin_edit(event.seq)
        return False

    def end(self) -> None:
        """End the reply or the edit; the text of an edit goes, and the draft is back."""
        if self._parent is None and self._edited is None:
            return
        if self._edited is not None:
            self._edited = None
            self._drafts.end_edit()
        self._parent = None
        self._context.screen.composer.show_context(None)

    def send_edit(self, text: str) -> bool:
        """Ask the server for the edit; the text stays in the composer until it has it."""
        said = self._edited
        if said is None:
            return False
        if text == said.text:
            self.end()
            return False
        request = conversation.Edit(id=uuid.uuid4().hex, seq=said.seq, text=text)

        def done() -> None:
            still = self._edited is not None and self._edited.seq == said.seq
            if still and self._drafts.now.strip() == text.strip():
                self.end()

        self._requests.ask(request, done)
        return False

    def _may_edit(self, said: messages.Said) -> bool:
        return extras.editable_until(said, self._reader) > self._context.wall().timestamp()

    def _show_reply(self) -> None:
        if self._parent is not None:
            title = _("Replying to {name}", name=self._parent.name)
            context = ComposerContext("reply", title, _line(self._parent))
            self._context.screen.composer.show_context(context)

    def _show_edit(self) -> None:
        if self._edited is not None:
            context = ComposerContext("edit", _("Editing your message"), _line(self._edited))
            self._context.screen.composer.show_context(context)

    def _change(self, change: Change) -> None:
        """Follow a change of the message in question, which may not be loaded any more."""
        if self._parent is not None and change.target == self._parent.seq:
            self._change_parent(self._parent, change)
        elif self._edited is not None and change.target == self._edited.seq:
            self._change_edited(self._edited, change)

    def _change_parent(self, parent: Sent, change: Change) -> None:
        self._parent = changes.after(parent, change)
        if self._parent.deleted:
            self.end()
            self._context.warn(_("The message that you reply to was deleted."))
        else:
            self._show_reply()

    def _change_edited(self, edited: messages.Said, change: Change) -> None:
        now = standing.changed(edited, change)
        if now.deleted:
            self._edited = None
            self._drafts.end_edit(keep=True)
            self._context.screen.composer.show_context(None)
            self._context.warn(_("The message that you edit was deleted."))
        else:
            self._edited = now
            self._show_edit()


def _line(sent: Sent) -> str:
    return extras.one_line(extras.quoted(sent))
