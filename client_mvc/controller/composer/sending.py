"""Send messages: check them, write them to the outbox, pass them to the network."""

from client_mvc.controller import availability
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.moderation.holding import HoldController
from client_mvc.controller.wording import NO_ROOM
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked, ngettext
from client_mvc.model.outbox import Box, QueuedMessage, ReplyTo
from client_mvc.network import api
from shared import texts
from shared.moderation import Deleted
from shared.standing import Change

_AS_FILE = marked("Share it as a text file instead.")


class OutgoingController:
    """Implements `OutgoingIntents`; handles the network's events about own messages."""

    def __init__(self, context: AppContext, hold: HoldController) -> None:
        self._context = context
        self._box: Box | None = None
        context.model.box_changed.subscribe(self._box_changed)
        self._hold = hold
        context.model.conversation.changes.subscribe(self._change)

    def checked(self, text: str, *, hold: bool = True) -> str | None:
        """Return a text as it can be sent.

        Args:
            text: what was typed.
            hold: whether it matters that nothing can be sent now (muted, slow mode).

        Returns:
            None if it cannot be sent; a banner says why, unless the composer shows how long to
            wait.
        """
        welcome = self._context.model.membership.welcome
        if self._context.model.box is None or welcome is None:
            self._context.warn(_(NO_ROOM))
            return None
        if hold and self._hold.hold(self._context.clock()) is not None:
            return None
        try:
            text = texts.tidy(text)
            text.encode()
        except texts.BadText as bad:
            reason = sentence(bad.problem)
            if bad.problem.code == "too_long":
                reason = f"{reason} {_(_AS_FILE)}"
            self._context.warn(reason)
            return None
        except UnicodeEncodeError:
            self._context.warn(_("The text has half a character in it, which cannot be sent."))
            return None
        if len(text) > welcome.limits.text:
            reason = _(
                "This room takes messages of {most} characters, this one has {length}.",
                most=welcome.limits.text,
                length=len(text),
            )
            self._context.warn(f"{reason} {_(_AS_FILE)}")
            return None
        return text

    def send(self, text: str, reply: ReplyTo | None = None) -> bool:
        """Write a message that was `checked` to the outbox, then send it.

        Returns:
            False if the disk refused it; a banner says so.
        """
        if (box := self._context.model.box) is None:
            return False
        return self._context.store(
            lambda: self._context.network.send(outgoing(box.add(text, reply)))
        )

    def retry(self, key: str) -> None:
        """Send a failed message again."""
        if (box := self._context.model.box) is None:
            return
        if not self._context.model.membership.active:
            self._context.warn(_(NO_ROOM))
            return
        if (hold := self._hold.hold(self._context.clock())) is not None:
            self._context.warn(hold.reason)
            return
        self._context.store(
            lambda: (
                self._context.network.send(outgoing(again))
                if (again := box.retry(key))
                else None
            )
        )

    def discard(self, key: str) -> None:
        """Delete a failed message."""
        if (box := self._context.model.box) is not None:
            self._context.store(lambda: box.remove(key))

    def copy_all(self) -> None:
        """Copy the texts of all messages that are not sent, also of the room just left."""
        messages = [message.text for message in self._box or ()]
        if not messages:
            self._context.confirm(_("All messages are sent."))
            return
        self._context.screen.copy("\n\n".join(messages))
        self._context.confirm(
            ngettext("{count} message copied.", "{count} messages copied.", len(messages))
        )

    def _change(self, change: Change) -> None:
        """Keep nothing of a deleted message that waiting ones reply to."""
        if isinstance(change, Deleted) and (box := self._context.model.box) is not None:
            self._context.store(lambda: box.parent_deleted(change.target))

    def _box_changed(self, box: Box | None) -> None:
        if box is not None:
            self._box = box

    def handle(self, event: api.MessageEvent) -> None:
        """Update the outbox with the server's answer about a message."""
        if (box := self._context.model.box) is None:
            return
        match event:
            case api.MessageConfirmed(id):
                self._context.store(lambda: box.remove(id))
            case api.MessageDelayed(id, problem):
                self._hold.refused(problem)
                box.delayed(id, availability.reason(problem))
            case api.MessageFailed(id, problem):
                self._hold.refused(problem)
                self._context.store(lambda: box.failed(id, sentence(problem)))


def outgoing(message: QueuedMessage, *, tried: bool = False) -> api.OutgoingMessage:
    """Return a message of the outbox for the network."""
    reply_to = message.reply.seq if message.reply is not None else 0
    return api.OutgoingMessage(message.id, message.text, tried, reply_to)
