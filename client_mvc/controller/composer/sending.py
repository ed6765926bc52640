"""What a person says: checked, kept in the outbox, handed to the network; what became of it.

Knows the model, the screen as its contract, and the network as its seam.
"""

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.wording import NO_ROOM
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked
from client_mvc.model.outbox import Unsent
from client_mvc.network import api
from shared import texts

_AS_FILE = marked("Share it as a text file instead.")


class Sending:
    """Carries out what concerns one's own messages, and takes in what is told of them."""

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def send(self, text: str) -> bool:
        """Write it to the outbox, then let the network say it. False: the person is told why
        it cannot be said, unless there is nothing to say.
        """
        box, welcome = self._context.model.box, self._context.model.membership.welcome
        if not text:
            return False
        if box is None or welcome is None:
            self._context.warn(_(NO_ROOM))
            return False
        try:
            text = texts.tidy(text)
            text.encode()
        except texts.BadText as bad:
            reason = sentence(bad.problem)
            if bad.problem.code == "too_long":
                reason = f"{reason} {_(_AS_FILE)}"
            self._context.warn(reason)
            return False
        except UnicodeEncodeError:
            self._context.warn(_("The text has half a character in it, which cannot be sent."))
            return False
        if len(text) > welcome.limits.text:
            reason = _(
                "This room takes messages of {most} characters, this one has {length}.",
                most=welcome.limits.text,
                length=len(text),
            )
            self._context.warn(f"{reason} {_(_AS_FILE)}")
            return False
        return self._context.store(lambda: self._context.network.send(_unsaid(box.add(text))))

    def retry(self, key: str) -> None:
        """Say a failed message again."""
        if (box := self._context.model.box) is None:
            return
        self._context.store(
            lambda: (
                self._context.network.send(_unsaid(again))
                if (again := box.retry(key))
                else None
            )
        )

    def discard(self, key: str) -> None:
        """Forget a failed message."""
        if (box := self._context.model.box) is not None:
            self._context.store(lambda: box.discard(key))

    def told(self, what: api.MessageEvent) -> None:
        """What the network tells of a message."""
        if (box := self._context.model.box) is None:
            return
        match what:
            case api.MessageConfirmed(id):
                self._context.store(lambda: box.said(id))
            case api.MessageDelayed(id, problem):
                box.waits(id, sentence(problem))
            case api.MessageFailed(id, problem):
                self._context.store(lambda: box.failed(id, sentence(problem)))


def _unsaid(unsent: Unsent) -> api.OutgoingMessage:
    return api.OutgoingMessage(unsent.id, unsent.text)
