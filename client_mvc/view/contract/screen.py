"""What the window can be told and what it reports: the seam between view and controller.

`Screen` is what the window does when told, `Intents` what a person can ask for; what they
pass is in `shapes`. Imports neither tkinter nor model, so that the controller is tested
without a display.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from client_mvc.view.contract.values import (
    Banner,
    ConnectForm,
    Field,
    FileText,
    Item,
    MemberRow,
    Pending,
    PreferencesForm,
    ReportTable,
    Results,
    SavingRow,
    UploadRow,
)


class Intents(Protocol):
    """What a person can ask for. The window calls these on the Tk thread; none blocks."""

    def connect(self, server: str, name: str, password: str) -> None:
        """Join the room; `server` is host:port or a join link, as typed."""

    def cancel_connect(self) -> None:
        """The connect dialog was closed."""

    def send(self, text: str) -> bool:
        """Say `text` or carry out a command (`q`, `/quit`, `/report`, `/help`).

        False: it was not taken, keep it in the composer.
        """

    def recall(self) -> str:
        """The last message said, for Up in an empty composer; empty if there is none."""

    def complete(self, before: str) -> str | None:
        """Tab, after `before` in the composer: what to put in its place; None for nothing."""

    def drafted(self, text: str) -> None:
        """What stands in the composer is now this."""

    def retry_message(self, key: str) -> None:
        """Say a failed message again."""

    def discard_message(self, key: str) -> None:
        """Forget a failed message."""

    def share(self, paths: Sequence[Path]) -> None:
        """Upload these files, one after the other."""

    def cancel_upload(self, key: str) -> None:
        """Stop an upload, or take a failed one off the list."""

    def retry_upload(self, key: str) -> None:
        """Try a failed upload again."""

    def clear_failed_uploads(self) -> None:
        """Take all failed uploads off the list."""

    def save_file(self, file_id: str, target: Path) -> None:
        """Download a shared file to `target`."""

    def save_all(self, folder: Path) -> None:
        """Download every file of the conversation into `folder`, over none that is there."""

    def retry_saving(self) -> None:
        """Try those again that `save_all` could not save."""

    def stop_saving(self) -> None:
        """Stop `save_all`, or take away what is told of it when it is over."""

    def copy_file_link(self, file_id: str) -> None:
        """Put the address of a shared file on the clipboard."""

    def open_file(self, file_id: str) -> None:
        """Show a shared file in a read-only window."""

    def open_link(self, url: str) -> None:
        """Open a link that stands in a message."""

    def mention(self, name: str) -> None:
        """A member was double-clicked."""

    def report(self) -> None:
        """Open the report window, or refresh it."""

    def report_closed(self) -> None:
        """The report window was closed: its figures are of no interest any more."""

    def save_report(self, table: ReportTable, target: Path) -> None:
        """Write the report as CSV, rows in the order shown."""

    def save_conversation(self, target: Path) -> None:
        """Write the conversation, all that was loaded: as a web page, as JSON or as text, as
        `target` ends.
        """

    def reached_top(self) -> None:
        """The reader moved up and is near the oldest message shown."""

    def reached_end(self) -> None:
        """The reader moved down and is near the newest message shown."""

    def reads(self, further_up: bool) -> None:
        """Whether the reader is further up than the end; told when it changes."""

    def sees_all(self, everything: bool) -> None:
        """Whether all of the conversation is in view, so that there is nothing to scroll; told
        when it changes.
        """

    def to_newest(self) -> None:
        """Back from an older page to what is said now."""

    def ask_date(self) -> None:
        """Ask for a date to go to."""

    def go_to_date(self, typed: str) -> None:
        """Show what was said from this date on."""

    def open_find(self) -> None:
        """Open the search bar."""

    def close_find(self) -> None:
        """The search bar was closed."""

    def find(self, text: str) -> None:
        """Find this in what is loaded: the search bar has another text."""

    def find_next(self, step: int) -> None:
        """Go to the next place further up (1) or further down (-1)."""

    def search_all(self) -> None:
        """Search all history for what stands in the search bar."""

    def search_more(self) -> None:
        """Further results."""

    def go_to_result(self, seq: int) -> None:
        """Show a result where it was said."""

    def toggle_theme(self) -> None:
        """Light to dark, or back."""

    def zoom(self, step: int) -> None:
        """Text larger (1), smaller (-1) or as at first (0)."""

    def preferences(self) -> None:
        """Open the preferences window."""

    def prefer(self, form: PreferencesForm) -> None:
        """Something was chosen: all choices, as they stand in the window now."""

    def banner_action(self) -> None:
        """The banner's button was pressed."""

    def focused(self, has_focus: bool) -> None:
        """The window got or lost the keyboard focus."""

    def help(self) -> None:
        """Show keys and commands."""

    def about(self) -> None:
        """Show what this program is."""

    def disconnect(self) -> None:
        """Leave the room, keep the program."""

    def quit(self) -> None:
        """Leave the room and end the program; also the window's close button."""


class Screen(Protocol):
    """The window, as the controller knows it. Call on the Tk thread only."""

    def show_connect(self, form: ConnectForm) -> None:
        """Open the connect dialog (or bring it back) with these values; not busy, no error."""

    def connect_busy(self, text: str) -> None:
        """The dialog waits ("Connecting to localhost:18000…"): fields and Connect are off."""

    def connect_error(self, field: Field, text: str, *, password: bool = False) -> None:
        """Show `text` beside `field`, put the cursor there; `password` shows that field."""

    def hide_connect(self) -> None:
        """Close the dialog: the room is on screen."""

    def show_room(self, room: str, server: str) -> None:
        """Name the room in the top bar, with its server, and where one writes to it; empty
        strings when in none.
        """

    def set_title(self, text: str) -> None:
        """The window's title."""

    def append(self, items: Sequence[Item], *, live: bool = True) -> None:
        """Add to the end of the conversation, above what is pending; one batch, one redraw.

        `live`: it happened just now, and whoever is at the end stays there. Else the view
        stays where it is.
        """

    def prepend(self, items: Sequence[Item], *, instead_of: int = 0) -> None:
        """Add to the beginning, in place of the first items; the view stays where it is."""

    def drop(self, *, oldest: int = 0, newest: int = 0) -> None:
        """Take away so many items at the beginning and at the end."""

    def clear(self) -> None:
        """Empty the conversation."""

    def show_end(self) -> None:
        """Bring the end into view, and stay there with what comes."""

    def show_place(self, item: int, *, mark: bool) -> None:
        """Bring the item into view and mark it, or else put it at the top."""

    def show_loading(self, text: str) -> None:
        """Say that more of the conversation is on its way, if it takes long; empty: it came."""

    def show_reading(self, text: str | None) -> None:
        """Say below the conversation that it is an older page, with a way back; or no more."""

    def ask_date(self, suggested: str) -> None:
        """Open the dialog for a date."""

    def date_error(self, text: str) -> None:
        """Say in the dialog why there is nothing to go to."""

    def hide_date(self) -> None:
        """Close the dialog."""

    def open_find(self) -> None:
        """Open the search bar, or go back to it."""

    def mark_found(self, text: str) -> int:
        """Highlight the places where the conversation shows this; how many there are."""

    def show_found(self, place: int) -> None:
        """Bring one of them into view, counted from the oldest, from 0."""

    def show_find_state(self, text: str) -> None:
        """Say beside the search field how the search stands."""

    def show_results(self, results: Results | None) -> None:
        """Replace or remove the results of a search of all history."""

    def show_pending(self, pending: Sequence[Pending]) -> None:
        """Replace the pending messages below the conversation."""

    def show_members(self, members: Sequence[MemberRow]) -> None:
        """Replace the members list."""

    def show_uploads(self, uploads: Sequence[UploadRow]) -> None:
        """Replace the upload rows above the composer."""

    def show_saving(self, saving: SavingRow | None) -> None:
        """Replace or remove the row about several files being saved."""

    def show_banner(self, banner: Banner | None) -> None:
        """Replace or remove the banner."""

    def show_report(self, table: ReportTable, *, lift: bool) -> None:
        """Put new figures into the report window. `lift`: open it, bring it to front."""

    def show_text(self, title: str, text: str) -> None:
        """Open a read-only window (help, about); an open one of this title takes the text."""

    def show_file(self, file: FileText) -> None:
        """Open a read-only window with a shared file, or put it into the open one."""

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard."""

    def insert_in_composer(self, text: str) -> None:
        """Insert at the cursor and focus the composer."""

    def show_draft(self, text: str) -> None:
        """Replace what stands in the composer."""

    def set_theme(self, dark: bool) -> None:
        """Redraw everything light or dark."""

    def set_text_size(self, points: int) -> None:
        """Redraw everything with text of this size."""

    def set_time_example(self, example: str) -> None:
        """Times of day are as wide as `example`; the margin beside the messages follows."""

    def set_folder(self, folder: str) -> None:
        """Dialogs to save a file begin here; empty: where the system has them begin."""

    def show_preferences(self, form: PreferencesForm, *, lift: bool) -> None:
        """Put these choices into the preferences window. `lift`: open it, bring it to front."""

    def ring(self, *, bell: bool) -> None:
        """Ask the window manager for attention, with or without the bell."""

    def geometry(self) -> str:
        """Size of the window as "WIDTHxHEIGHT", in pixels."""

    def close(self) -> None:
        """Destroy the window; the main loop ends."""
