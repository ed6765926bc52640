"""What a person does with a message: reply, react, edit, pin, copy, ignore."""

import uuid
from collections.abc import Sequence

from client_mvc.controller.app_context import AppContext
from client_mvc.view.contract.values import EmojiRow
from shared import conversation, emoji


class ConversationController:
    """Implements `ConversationIntents`."""

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def reply(self, seq: int) -> None:
        """Let the next message be a reply."""

    def edit(self, seq: int) -> None:
        """Put the text of an own message into the composer, to edit it."""

    def edit_last(self) -> bool:
        """Edit the last own message; False if there is none."""
        return False

    def react(self, seq: int, emoji: str) -> None:
        """Add a reaction, or take it back if the reader has it."""
        self._context.network.ask(
            conversation.React(id=uuid.uuid4().hex, seq=seq, emoji=emoji, on=True)
        )

    def usual_reactions(self) -> Sequence[EmojiRow]:
        """Return the six emoji to offer first."""
        names = {one.emoji: one.names[0] for one in emoji.table()}
        return [EmojiRow(one, names[one]) for one in emoji.USUAL]

    def pin(self, seq: int, on: bool) -> None:
        """Pin a message or unpin it."""
        self._context.network.ask(conversation.Pin(id=uuid.uuid4().hex, seq=seq, on=on))

    def show_pins(self) -> None:
        """Open the window of all pinned messages."""

    def pins_closed(self) -> None:
        """Take note that this window was closed."""

    def copy_text(self, seq: int) -> None:
        """Copy the original text of a message to the clipboard."""

    def copy_link(self, seq: int) -> None:
        """Copy a link that leads to this message."""

    def mention(self, seq: int) -> None:
        """Insert a mention of the sender."""

    def ignore(self, name: str, on: bool) -> None:
        """Hide the messages of this member, or show them again."""

    def ignore_sender(self, seq: int) -> None:
        """Hide the messages of who sent this one."""

    def show_hidden(self, seq: int) -> None:
        """Show this one message of a member whose messages are hidden."""

    def original(self, seq: int) -> str:
        """Return the original text of a message, as copying gives it."""
        return ""
