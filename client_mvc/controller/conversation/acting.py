"""What a person does with a message: reply, edit, react, pin, copy, mention, ignore."""

import uuid
from collections.abc import Sequence

from client_mvc.controller import links
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.composer import suggesting
from client_mvc.controller.composer.contexts import Contexts
from client_mvc.controller.composer.requests import Requests
from client_mvc.controller.conversation import extras
from client_mvc.controller.conversation.extras import Reader
from client_mvc.controller.conversation.pinning import PinController
from client_mvc.i18n.translate import _
from client_mvc.view.contract.values import EmojiRow
from shared import conversation, messages
from shared.standing import Sent


class ConversationController:
    """Implements `ConversationIntents`."""

    def __init__(
        self,
        context: AppContext,
        contexts: Contexts,
        requests: Requests,
        pins: PinController,
        reader: Reader,
    ) -> None:
        self._context = context
        self._contexts = contexts
        self._requests = requests
        self._pins = pins
        self._reader = reader

    # --- changes ---------------------------------------------------------------------------

    def reply(self, seq: int) -> None:
        """Let the next message be a reply."""
        self._contexts.begin_reply(seq)

    def edit(self, seq: int) -> None:
        """Put the text of an own message into the composer, to edit it."""
        self._contexts.begin_edit(seq)

    def edit_last(self) -> bool:
        """Edit the last own message; False if there is none."""
        return self._contexts.edit_last()

    def react(self, seq: int, emoji: str) -> None:
        """Add a reaction, or take it back if the reader has it."""
        self.react_to(seq, emoji)

    def react_to(self, seq: int | None, emoji: str) -> bool:
        """React to a message, None: to the newest one; False if there is none."""
        sent = self._sent(seq) if seq is not None else self._newest()
        if sent is None:
            self._context.warn(_("There is no message to react to."))
            return False
        reactors = (sent.reactions or {}).get(emoji, ())
        mine = any(self._is_reader(each) for each in reactors)
        request = conversation.React(id=_new_id(), seq=sent.seq, emoji=emoji, on=not mine)
        return self._requests.ask(request)

    def usual_reactions(self) -> Sequence[EmojiRow]:
        """Return the six emoji to offer first."""
        return suggesting.usual_rows()

    def pin(self, seq: int, on: bool) -> None:
        """Pin a message or unpin it."""
        self._requests.ask(conversation.Pin(id=_new_id(), seq=seq, on=on))

    def show_pins(self) -> None:
        """Open the window of all pinned messages."""
        self._pins.open()

    def pins_closed(self) -> None:
        """Take note that this window was closed."""
        self._pins.closed()

    # --- copies ----------------------------------------------------------------------------

    def copy_text(self, seq: int) -> None:
        """Copy the original text of a message to the clipboard."""
        if text := self.original(seq):
            self._context.screen.copy(text)
            self._context.confirm(_("Message copied."))

    def copy_link(self, seq: int) -> None:
        """Copy a link that leads to this message."""
        membership = self._context.model.membership
        if membership.server is not None:
            has_page = bool(membership.journal)
            self._context.screen.copy(links.to_message(membership.server, seq, page=has_page))
            self._context.confirm(_("Link copied."))

    def original(self, seq: int) -> str:
        """Return the original text of a message, as copying gives it.

        A file has its name and the address that it is at.
        """
        sent = self._sent(seq)
        match sent:
            case messages.Said():
                return extras.literal(sent.text)
            case messages.Shared(file=messages.File() as file):
                server = self._context.model.membership.server
                address = links.to_file(server, file) if server is not None else ""
                return f"{file.name} {address}".strip()
        return ""

    # --- people ----------------------------------------------------------------------------

    def mention(self, seq: int) -> None:
        """Insert a mention of the sender."""
        if (sent := self._sent(seq)) is not None:
            name = sent.name
            if sent.member and (member := self._context.model.members.numbered(sent.member)):
                name = member.name  # it may have another one by now
            self._context.screen.composer.insert(f"@{name} ")

    def ignore(self, name: str, on: bool) -> None:
        """Hide the messages of this member, or show them again."""
        member = self._context.model.members.named(name)
        self._ignore(name, member.number if member is not None else None, on=on)

    def ignore_named(self, name: str, *, on: bool) -> bool:
        """Do so for a name that was typed; False if there is nobody of that name."""
        model = self._context.model
        known = [each.name for each in model.members] if on else model.ignored.names
        found = next((each for each in known if each.casefold() == name.casefold()), None)
        if found is None or found == model.membership.you:
            self._context.warn(_("There is nobody named {name}.", name=name[:40]))
            return False
        self.ignore(found, on)
        return True

    def ignore_sender(self, seq: int) -> None:
        """Hide the messages of who sent this one."""
        sent = self._sent(seq)
        if sent is not None and not self._reader.is_own(sent):
            self._ignore(sent.name, sent.member or None, on=True)

    def show_hidden(self, seq: int) -> None:
        """Show this one message of a member whose messages are hidden."""
        self._context.model.ignored.show(seq)

    def _ignore(self, name: str, number: int | None, *, on: bool) -> None:
        self._context.model.ignored.set(name, number, on=on)
        told = (
            _("Messages from {name} are hidden. Only you notice.", name=name)
            if on
            else _("Messages from {name} are shown again.", name=name)
        )
        self._context.confirm(told)

    # --- helpers ---------------------------------------------------------------------------

    def _sent(self, seq: int) -> Sent | None:
        found = self._context.model.conversation.find(seq)
        if found is None:
            found = self._pins.find(seq)
        is_sent = isinstance(found, messages.Said | messages.Shared) and not found.deleted
        return found if is_sent else None  # type: ignore[return-value]

    def _newest(self) -> Sent | None:
        for event in reversed(self._context.model.conversation):
            if isinstance(event, messages.Said | messages.Shared) and not event.deleted:
                return event
        return None

    def _is_reader(self, one: conversation.Reactor) -> bool:
        if one.member and self._reader.number is not None:
            return one.member == self._reader.number
        return one.name == self._reader.you


def _new_id() -> str:
    return uuid.uuid4().hex
