"""The intents about messages and files: write, send, read, search, save. Part of `intents`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from client_mvc.view.contract.values import EmojiRow, Suggestions


class ComposerIntents(Protocol):
    """Write a message."""

    def send(self, text: str) -> bool:
        """Send `text`, or carry out a command (`q`, `/quit`, `/report`, `/help`).

        Returns:
            False if the text has to stay in the composer.
        """

    def recall(self) -> str:
        """Return the last text sent, for Ctrl+Up in an empty composer; empty: there is none."""

    def complete(self, before: str) -> str | None:
        """Complete the name at the end of `before`, the text in front of the cursor.

        Returns:
            The text to put in place of `before`; None if no name fits.
        """

    def suggest(self, before: str) -> Suggestions | None:
        """Return what the end of `before`, the text in front of the cursor, could become."""

    def emoji(self, words: str) -> Sequence[EmojiRow]:
        """Return the emoji that these words find, the usual ones first; all for no words."""

    def end_context(self) -> None:
        """End the reply or the edit; the text of an edit goes."""

    def mention(self, name: str) -> None:
        """Insert a mention of this member."""


class DraftIntents(Protocol):
    """Keep the text of the composer."""

    def edited(self, text: str) -> None:
        """Take note that the composer now contains `text`."""


class OutgoingIntents(Protocol):
    """Act on own messages that are not sent."""

    def retry(self, key: str) -> None:
        """Send a failed message again."""

    def discard(self, key: str) -> None:
        """Delete a failed message."""

    def copy_all(self) -> None:
        """Copy the texts of all messages that are not sent to the clipboard."""


class FileIntents(Protocol):
    """Share files, and use the shared ones."""

    def share(self, paths: Sequence[Path]) -> None:
        """Upload these files, one after the other."""

    def cancel(self, key: str) -> None:
        """Stop an upload, or remove a failed one from the list."""

    def retry(self, key: str) -> None:
        """Upload a failed file again."""

    def clear_failed(self) -> None:
        """Remove all failed uploads from the list."""

    def save(self, file_id: str, target: Path) -> None:
        """Download a shared file to `target`."""

    def open(self, file_id: str) -> None:
        """Show a shared file in a read-only window."""

    def copy_link(self, file_id: str) -> None:
        """Copy the address of a shared file to the clipboard."""


class AttachmentIntents(Protocol):
    """Files that were pasted or dropped, and are sent with the next message."""

    def add(self, paths: Sequence[Path]) -> None:
        """Put these files above the composer."""

    def add_picture(self, data: bytes) -> None:
        """Put a pasted picture above the composer."""

    def add_text(self, text: str) -> None:
        """Offer to send a pasted text, which is too long for a message, as a file."""

    def remove(self, key: str) -> None:
        """Take a file out of the row."""


class PictureIntents(Protocol):
    """Look at shared pictures."""

    def need(self, file_id: str) -> None:
        """Load this thumbnail: it is about to be in view."""

    def open(self, file_id: str) -> None:
        """Show the whole picture in the viewer."""

    def step(self, step: int) -> None:
        """Show the picture after (1) or before (-1) that in the viewer."""

    def closed(self) -> None:
        """Take note that the viewer was closed."""


class ConversationIntents(Protocol):
    """Act on a message or file, which `seq` names. Deleting is in `ModerationIntents`."""

    def reply(self, seq: int) -> None:
        """Let the next message be a reply."""

    def edit(self, seq: int) -> None:
        """Put the text of an own message into the composer, to edit it."""

    def edit_last(self) -> bool:
        """Edit the last own message: Up in an empty composer. False if there is none."""

    def react(self, seq: int, emoji: str) -> None:
        """Add a reaction, or take it back if the reader has it."""

    def usual_reactions(self) -> Sequence[EmojiRow]:
        """Return the six emoji to offer first."""

    def pin(self, seq: int, on: bool) -> None:
        """Pin a message or unpin it."""

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


class SaveAllIntents(Protocol):
    """Save all files of the conversation."""

    def start(self, folder: Path) -> None:
        """Download every file into `folder`; no existing file is overwritten."""

    def retry(self) -> None:
        """Download those files again that failed."""

    def stop(self) -> None:
        """Stop the downloads; after the end, remove their row."""


class HistoryIntents(Protocol):
    """Move through the conversation."""

    def reached_top(self) -> None:
        """Load older messages: the reader scrolled up to about the oldest one shown."""

    def reached_end(self) -> None:
        """Load newer messages: the reader scrolled down to about the newest one shown."""

    def reads(self, further_up: bool) -> None:
        """Take note whether the reader is above the end; called when it changes."""

    def sees_all(self, everything: bool) -> None:
        """Take note whether the whole conversation is in view; called when it changes."""

    def to_newest(self) -> None:
        """Go back from an older page to the newest message."""

    def go_to(self, seq: int) -> None:
        """Show the message `seq` among its neighbours."""

    def ask_date(self) -> None:
        """Open the dialog for a date."""

    def go_to_date(self, typed: str) -> None:
        """Show the messages from this date on."""


class SearchIntents(Protocol):
    """Search the loaded messages and the whole history."""

    def open(self) -> None:
        """Open the search bar."""

    def close(self) -> None:
        """End the search: the search bar was closed."""

    def find(self, text: str) -> None:
        """Find `text` in the loaded messages: the search bar's text changed."""

    def next(self, step: int) -> None:
        """Go to the next match further up (1) or further down (-1)."""

    def search_all(self) -> None:
        """Search the whole history for the text of the search bar."""

    def more(self) -> None:
        """Load further results."""
