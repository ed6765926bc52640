"""The intents: everything a person can ask for in the window, by subject.

The window calls these on the Tk thread; no call blocks. The parts of the controller implement
them. Imports neither tkinter nor the model.
"""

from pathlib import Path
from typing import Protocol

from client_mvc.view.contract.message_intents import (
    AttachmentIntents,
    ComposerIntents,
    ConversationIntents,
    DraftIntents,
    FileIntents,
    HistoryIntents,
    OutgoingIntents,
    PictureIntents,
    SaveAllIntents,
    SearchIntents,
)
from client_mvc.view.contract.values import Role
from client_mvc.view.contract.windows import PreferencesForm, ReportTable


class MembershipIntents(Protocol):
    """Join a room and leave it."""

    def connect(self, server: str, name: str, password: str) -> None:
        """Join a room; `server` is a link, a code or host:port, as typed."""

    def cancel(self) -> None:
        """Stop joining: the connect dialog was closed."""

    def leave(self) -> None:
        """Leave the room and keep the program open."""


class PasswordIntents(Protocol):
    """Choose, in the connect dialog, whether the password is remembered."""

    def entered(self, server: str) -> None:
        """Take note that this is in the field for the server."""

    def remember(self, on: bool) -> None:
        """Remember the password once the room was joined; or not, and delete it now."""


class NearbyIntents(Protocol):
    """See the rooms on this network, in the connect dialog."""

    def opened(self) -> None:
        """Find rooms: the dialog is on screen."""

    def closed(self) -> None:
        """Find no more rooms: the dialog is gone from the screen."""

    def look_further(self) -> None:
        """Try the addresses beside those of this computer."""

    def stop(self) -> None:
        """Try no further addresses."""


class ModerationIntents(Protocol):
    """Acts of owner and moderators; deleting is for every member.

    `name` is that of a member in the list.
    """

    def delete(self, seq: int) -> None:
        """Ask, then delete a message or a file."""

    def mute(self, name: str, minutes: int | None) -> None:
        """Let a member send nothing for so long; None: until undone; 0: end it."""

    def remove(self, name: str) -> None:
        """Ask for a reason, then remove a member."""

    def ban(self, name: str, minutes: int) -> None:
        """Say whom it hits and ask for a reason, then ban a member; 0 minutes: for good."""

    def set_role(self, name: str, role: Role) -> None:
        """Give a member another role."""

    def lock(self, on: bool) -> None:
        """Let nobody new join, or let them again."""

    def slow(self, seconds: int) -> None:
        """Let each member send one message in so many seconds; 0: as they like."""

    def ask_topic(self) -> None:
        """Open the dialog for the topic."""

    def claim(self) -> None:
        """Open the dialog for the owner's key."""


class BansIntents(Protocol):
    """Look at the bans, and end them."""

    def ask(self) -> None:
        """Open the window of the bans, or refresh it."""

    def closed(self) -> None:
        """Take note that the window of the bans was closed."""

    def undo(self, ban: int) -> None:
        """End a ban."""


class InviteIntents(Protocol):
    """Let others in."""

    def open(self) -> None:
        """Copy the link to hand out, and open the window with all ways into the room."""

    def copy(self, place: int) -> None:
        """Copy a row of the window, counted from 0."""

    def closed(self) -> None:
        """Take note that the window was closed."""


class RemovalIntents(Protocol):
    """Act on one's own removal from the room."""

    def rejoin(self) -> None:
        """Join the room again."""

    def closed(self) -> None:
        """Take note that the window about the removal was closed."""


class ReportIntents(Protocol):
    """Look at the active-user report."""

    def ask(self) -> None:
        """Open the report window, or refresh it."""

    def closed(self) -> None:
        """Stop refreshing: the report window was closed."""

    def save(self, table: ReportTable, target: Path) -> None:
        """Write the report as CSV, with the rows in the order shown."""


class PreferencesIntents(Protocol):
    """Choose how the program looks and behaves."""

    def open(self) -> None:
        """Open the preferences window."""

    def choose(self, form: PreferencesForm) -> None:
        """Apply these choices: all of them, as the preferences window shows them."""

    def forget_room(self, key: str) -> None:
        """Forget a known room, after a question."""

    def toggle_theme(self) -> None:
        """Change from light to dark, or back."""

    def zoom(self, step: int) -> None:
        """Make text larger (1), smaller (-1) or of standard size (0)."""


class BannerIntents(Protocol):
    """Use the banner's button."""

    def act(self) -> None:
        """Do what the banner's button offers."""


class Intents(Protocol):
    """One attribute for each subject, and what concerns the program as a whole."""

    @property
    def membership(self) -> MembershipIntents: ...
    @property
    def passwords(self) -> PasswordIntents: ...
    @property
    def nearby(self) -> NearbyIntents: ...
    @property
    def composer(self) -> ComposerIntents: ...
    @property
    def drafts(self) -> DraftIntents: ...
    @property
    def outgoing(self) -> OutgoingIntents: ...
    @property
    def files(self) -> FileIntents: ...
    @property
    def attachments(self) -> AttachmentIntents: ...
    @property
    def pictures(self) -> PictureIntents: ...
    @property
    def conversation(self) -> ConversationIntents: ...
    @property
    def save_all(self) -> SaveAllIntents: ...
    @property
    def history(self) -> HistoryIntents: ...
    @property
    def search(self) -> SearchIntents: ...
    @property
    def moderation(self) -> ModerationIntents: ...
    @property
    def bans(self) -> BansIntents: ...
    @property
    def invite(self) -> InviteIntents: ...
    @property
    def removal(self) -> RemovalIntents: ...
    @property
    def report(self) -> ReportIntents: ...
    @property
    def preferences(self) -> PreferencesIntents: ...
    @property
    def banner(self) -> BannerIntents: ...

    def focused(self, has_focus: bool) -> None:
        """Take note that the window got or lost the keyboard focus."""

    def save_conversation(self, target: Path) -> None:
        """Write the loaded conversation: as a web page, as JSON or as text, by the suffix of
        `target`.
        """

    def open_link(self, url: str) -> None:
        """Open a link of a message in the browser."""

    def help(self) -> None:
        """Show keys and commands."""

    def about(self) -> None:
        """Show name and version of this program."""

    def quit(self) -> None:
        """Leave the room and end the program; also the window's close button."""
