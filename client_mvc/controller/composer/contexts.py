"""What the next message is: one like any other, a reply, or an own message edited."""

import uuid

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.composer.drafts import Drafts
from client_mvc.controller.composer.requests import Requests
from client_mvc.controller.conversation import extras
from client_mvc.controller.conversation.extras import Reader
from client_mvc.i18n.translate import _
from client_mvc.model import room_state
from client_mvc.model.outbox import ReplyTo
from client_mvc.view.contract.values import ComposerContext
from shared import conversation, messages
from shared.standing import Sent

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
        self._reply: ReplyTo | None = None
        self._edited: messages.Said | None = None
        self._conversation.changed.subscribe(self._changed)
        self._conversation.cleared.subscribe(lambda _: self.end())

    @property
    def reply(self) -> ReplyTo | None:
        """The message that the next one answers."""
        return self._reply

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
            text = extras.one_line(extras.quoted(sent))
            self._reply = ReplyTo(seq, sent.name, text)
            title = _("Replying to {name}", name=sent.name)
            self._context.screen.composer.show_context(ComposerContext("reply", title, text))

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
        if self._reply is None and self._edited is None:
            return
        if self._edited is not None:
            self._edited = None
            self._drafts.end_edit()
        self._reply = None
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

    def _show_edit(self) -> None:
        if self._edited is not None:
            text = extras.one_line(extras.quoted(self._edited))
            self._context.screen.composer.show_context(
                ComposerContext("edit", _("Editing your message"), text)
            )

    def _changed(self, sent: Sent) -> None:
        """Follow a change of the message in question."""
        if self._reply is not None and sent.seq == self._reply.seq and sent.deleted:
            self.end()
            self._context.warn(_("The message that you reply to was deleted."))
        if self._edited is None or sent.seq != self._edited.seq:
            return
        if sent.deleted:
            self._edited = None
            self._drafts.end_edit(keep=True)
            self._context.screen.composer.show_context(None)
            self._context.warn(_("The message that you edit was deleted."))
        elif isinstance(sent, messages.Said):
            self._edited = sent
            self._show_edit()
