"""The screen: everything the controller can show, by subject.

Call these on the Tk thread only. The widgets of the window implement them. Imports neither
tkinter nor the model, so that the controller is tested without a display.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from client_mvc.view.contract.items import Item, MessageRules, Pending
from client_mvc.view.contract.values import (
    Attachment,
    Banner,
    ComposerContext,
    Hold,
    MemberRow,
    PinBar,
    Results,
    RoomRules,
    SavingRow,
    Security,
    UploadRow,
)
from client_mvc.view.contract.windows import (
    About,
    BanRow,
    ConnectForm,
    Field,
    FileText,
    HelpGroup,
    Invite,
    KeyQuestion,
    Nearby,
    PasswordOffer,
    PictureView,
    PinRow,
    PreferencesForm,
    Prompt,
    Question,
    Removal,
    ReportTable,
)


class ConnectDialogScreen(Protocol):
    """The dialog to join a room."""

    def show(self, form: ConnectForm) -> None:
        """Open the dialog (or bring it back) with these values; not busy, no error."""

    def wait(self, text: str) -> None:
        """Show that the client is connecting: fields and Connect are off."""

    def error(self, field: Field, text: str, *, password: bool = False) -> None:
        """Show `text` beside `field` and focus the field; `password` shows that field."""

    def offer_to_remember(self, offer: PasswordOffer) -> None:
        """Replace the choice whether the password is remembered."""

    def hide(self) -> None:
        """Close the dialog; the composer gets the keyboard."""

    def show_nearby(self, nearby: Nearby) -> None:
        """Replace the list of the rooms on this network; a row that stays keeps its choice."""


class TopBarScreen(Protocol):
    """The bar with the names of room and server, the topic, and the menu."""

    def show(self, room: str, server: str) -> None:
        """Show the names; empty strings outside a room."""

    def show_security(self, security: Security | None) -> None:
        """Show whether the connection is encrypted, or nothing."""

    def show_rules(self, rules: RoomRules) -> None:
        """Show topic and lock, and offer in the menu what the reader may change."""


class BannerScreen(Protocol):
    """The line under the top bar."""

    def show(self, banner: Banner | None) -> None:
        """Replace or remove the banner."""


class SearchScreen(Protocol):
    """The search bar, with the results of a search of all history."""

    def open(self) -> None:
        """Open the search bar, or give it the keyboard."""

    def show_state(self, text: str) -> None:
        """Show the state of the search beside the field."""

    def show_results(self, results: Results | None) -> None:
        """Replace or remove the results."""


class HighlightScreen(Protocol):
    """The matches marked in the conversation."""

    def mark(self, phrase: str) -> int:
        """Highlight every place that shows `phrase`; return their number."""


class MessagesScreen(Protocol):
    """The conversation, and below it the pending messages."""

    @property
    def highlights(self) -> HighlightScreen: ...

    def append(self, items: Sequence[Item], *, live: bool = True) -> None:
        """Add items at the end, above the pending messages, in one redraw.

        Args:
            live: The items are new: a reader at the end follows them. Otherwise the view
                does not move.
        """

    def prepend(self, items: Sequence[Item], *, instead_of: int = 0) -> None:
        """Add items at the beginning, replacing the first `instead_of`; the view stays."""

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Remove so many items at the beginning and at the end."""

    def change(self, items: Sequence[tuple[int, Item]]) -> None:
        """Put items in the place of others, counted from 0; the view stays."""

    def allow(self, rules: MessageRules) -> None:
        """Offer these acts on messages from now on."""

    def show_picture(self, file_id: str, data: bytes) -> None:
        """Show the thumbnail that `PictureIntents.need` asked for; empty: there is none."""

    def answered(self) -> None:
        """Remove the line "New messages": the reader said something below it."""

    def clear(self) -> None:
        """Remove all items."""

    def to_bottom(self) -> None:
        """Scroll to the end and follow new messages."""

    def show_place(self, item: int, *, mark: bool) -> None:
        """Scroll to an item, counted from 0, and mark it; or put it at the top unmarked."""

    def show_found(self, place: int) -> None:
        """Scroll to a highlighted place, counted from the oldest, from 0."""

    def show_loading(self, text: str) -> None:
        """Show after a moment that older messages are being loaded; empty: no longer."""

    def show_pending(self, pending: Sequence[Pending]) -> None:
        """Replace the pending messages below the conversation."""

    def set_time_example(self, example: str) -> None:
        """Make the margin as wide as this time of day."""


class HistoryBannerScreen(Protocol):
    """The line below an older page, with the way back to the newest message."""

    def show(self, text: str | None) -> None:
        """Show the line with this text, or remove it."""


class ComposerScreen(Protocol):
    """The field for a message."""

    def show_room(self, room: str) -> None:
        """Name the room in the placeholder; empty outside a room."""

    def insert(self, text: str) -> None:
        """Insert at the cursor and take the keyboard."""

    def replace(self, text: str) -> None:
        """Replace the whole text."""

    def hold(self, hold: Hold | None) -> None:
        """Show that nothing can be sent now, and why; None: it can. The text stays."""

    def show_context(self, context: ComposerContext | None) -> None:
        """Show what the next message is, above the field; None: a message like any other."""

    def show_attachments(self, attachments: Sequence[Attachment]) -> None:
        """Replace the row of files above the field."""


class TypingScreen(Protocol):
    """The line that says who is writing; it is always there, so nothing moves."""

    def show(self, text: str) -> None:
        """Replace the text; empty: nobody is."""


class PinsScreen(Protocol):
    """The bar with the newest pinned message, under the top bar."""

    def show(self, bar: PinBar | None) -> None:
        """Replace or remove the bar."""


class MembersScreen(Protocol):
    """The list of members."""

    def show(self, members: Sequence[MemberRow]) -> None:
        """Replace the list."""


class TransfersScreen(Protocol):
    """The rows above the composer: uploads, and files being saved."""

    def show(self, uploads: Sequence[UploadRow]) -> None:
        """Replace the rows of the uploads."""

    def show_saving(self, saving: SavingRow | None) -> None:
        """Replace or remove the row of the files being saved."""


class WindowsScreen(Protocol):
    """The windows over the main one: opened when first needed, forgotten when closed."""

    def show_date(self, suggested: str) -> None:
        """Open the dialog for a date."""

    def show_date_error(self, text: str) -> None:
        """Show in the dialog for a date, if it is open, why there is nothing to go to."""

    def close_date(self) -> None:
        """Close the dialog for a date, if it is open; the conversation gets the keyboard."""

    def show_report(self, table: ReportTable, *, lift: bool) -> None:
        """Put new figures into the report window. `lift`: open it, bring it to front."""

    def show_preferences(self, form: PreferencesForm, *, lift: bool) -> None:
        """Put these choices into the preferences window. `lift`: open it, bring it to front."""

    def show_text(self, title: str, text: str) -> None:
        """Open a read-only window; an open one of this title takes the text."""

    def show_help(self, title: str, groups: Sequence[HelpGroup]) -> None:
        """Open the page of keys and commands, or bring it to the front."""

    def show_about(self, about: About) -> None:
        """Open the page about this program, or bring it to the front."""

    def show_file(self, file: FileText) -> None:
        """Open a read-only window with a shared file, or update the open one."""

    def close_file(self, file_id: str) -> None:
        """Close the window of a shared file, if it is open: the file was deleted."""

    def ask(self, question: Question, yes: Callable[[], None]) -> None:
        """Ask, instead of an open question; call `yes` only if the member agrees."""

    def ask_key(self, question: KeyQuestion, yes: Callable[[], None]) -> None:
        """Ask about a key, as `ask` does."""

    def prompt(self, prompt: Prompt, done: Callable[[str], None]) -> None:
        """Ask for a line of text, instead of an open prompt; call `done` if the member agrees.

        It stays open until `close_prompt`, so that `show_prompt_error` can say what is wrong.
        """

    def show_prompt_error(self, text: str) -> None:
        """Show in the prompt, if it is open, what is wrong."""

    def close_prompt(self) -> None:
        """Close the prompt, if it is open."""

    def show_removal(self, removal: Removal, *, lift: bool) -> None:
        """Show why the member is no longer in the room. `lift`: open it, bring it to front."""

    def close_removal(self) -> None:
        """Close the window about the removal, if it is open."""

    def show_pins(self, pins: Sequence[PinRow], *, may_unpin: bool, lift: bool) -> None:
        """Put these into the window of pinned messages. `lift`: open it, bring it to front."""

    def show_picture(self, picture: PictureView | None, *, lift: bool) -> None:
        """Show a picture in the viewer, or update it; None closes it. `lift`: open it."""

    def show_bans(self, bans: Sequence[BanRow], *, lift: bool) -> None:
        """Put these bans into the window for them. `lift`: open it, bring it to front."""

    def show_invite(self, invite: Invite, *, lift: bool) -> None:
        """Show the ways into the room. `lift`: open the window, bring it to front."""


class LookScreen(Protocol):
    """Colours and text size."""

    def set_dark(self, dark: bool) -> None:
        """Redraw everything light or dark."""

    def set_size(self, size: int) -> None:
        """Redraw everything with text of this size, in points."""


class ChoosersScreen(Protocol):
    """The dialogs for files; they start in `folder`, empty: where the system starts them.

    `hint` says in the dialog for files to share what the room takes, and how large.
    """

    folder: str
    hint: str


class Screen(Protocol):
    """One attribute for each subject, and what concerns the main window as a whole."""

    @property
    def connect_dialog(self) -> ConnectDialogScreen: ...
    @property
    def top_bar(self) -> TopBarScreen: ...
    @property
    def banner(self) -> BannerScreen: ...
    @property
    def search(self) -> SearchScreen: ...
    @property
    def messages(self) -> MessagesScreen: ...
    @property
    def history_banner(self) -> HistoryBannerScreen: ...
    @property
    def composer(self) -> ComposerScreen: ...
    @property
    def typing(self) -> TypingScreen: ...
    @property
    def pins(self) -> PinsScreen: ...
    @property
    def members(self) -> MembersScreen: ...
    @property
    def transfers(self) -> TransfersScreen: ...
    @property
    def windows(self) -> WindowsScreen: ...
    @property
    def look(self) -> LookScreen: ...
    @property
    def choosers(self) -> ChoosersScreen: ...

    def set_title(self, text: str) -> None:
        """Set the title of the window."""

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard."""

    def ring(self, *, bell: bool) -> None:
        """Ask the window manager for attention, with or without the bell."""

    def geometry(self) -> str:
        """Return size and place of the window as "WIDTHxHEIGHT+X+Y", in pixels."""

    def close(self) -> None:
        """Destroy the window; the main loop ends."""
