"""The windows over the main window: opens, updates and closes them.

A window is created when it is first needed, raised when it is needed again, and forgotten
when it is closed; then the keyboard goes back to the main window.
"""

from collections.abc import Callable, Sequence

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.windows import (
    About,
    BanRow,
    FileText,
    HelpGroup,
    Invite,
    KeyQuestion,
    PictureView,
    PinRow,
    PreferencesForm,
    Prompt,
    Question,
    Removal,
    ReportTable,
)
from client_mvc.view.dialogs.about import AboutWindow
from client_mvc.view.dialogs.bans import BansWindow
from client_mvc.view.dialogs.child_window import ChildWindow
from client_mvc.view.dialogs.date import DateDialog
from client_mvc.view.dialogs.file_dialogs import FileDialogs
from client_mvc.view.dialogs.file_viewer import FileViewer
from client_mvc.view.dialogs.help import HelpWindow
from client_mvc.view.dialogs.invite import InviteWindow
from client_mvc.view.dialogs.key_question import KeyDialog
from client_mvc.view.dialogs.picture_viewer import PictureViewer
from client_mvc.view.dialogs.pins import PinsWindow
from client_mvc.view.dialogs.preferences import PreferencesWindow
from client_mvc.view.dialogs.prompt import PromptDialog
from client_mvc.view.dialogs.question import QuestionDialog
from client_mvc.view.dialogs.removal import RemovalWindow
from client_mvc.view.dialogs.report import ReportWindow
from client_mvc.view.dialogs.text_window import TextWindow
from client_mvc.view.style.theme import Look


class WindowManager:
    """`date`, `report`, `preferences`, `question`, `prompter`, `removal`, `bans`, `invite`,
    `pins`, `picture`, `help` and `about` are None while closed.

    `texts` has the open text windows by title, `files` the open files by id.

    Args:
        focus_back: Gives the keyboard to the composer.
        focus_messages: Gives it to the conversation.
        copy_picture: Puts a PNG on the clipboard.
    """

    def __init__(
        self,
        look: Look,
        intents: Callable[[], Intents],
        dialogs: FileDialogs,
        focus_back: Callable[[], None],
        focus_messages: Callable[[], None],
        *,
        copy_picture: Callable[[bytes], None],
    ) -> None:
        self._look = look
        self._intents = intents
        self._dialogs = dialogs
        self._focus_back = focus_back
        self._focus_messages = focus_messages
        self._copy_picture = copy_picture
        self.date: DateDialog | None = None
        self.report: ReportWindow | None = None
        self.preferences: PreferencesWindow | None = None
        self.question: QuestionDialog | KeyDialog | None = None
        self.prompter: PromptDialog | None = None
        self.removal: RemovalWindow | None = None
        self.bans: BansWindow | None = None
        self.invite: InviteWindow | None = None
        self.pins: PinsWindow | None = None
        self.picture: PictureViewer | None = None
        self.help: HelpWindow | None = None
        self.about: AboutWindow | None = None
        self.texts: dict[str, TextWindow] = {}
        self.files: dict[str, FileViewer] = {}

    def show_date(self, suggested: str) -> None:
        """Open the dialog for a date."""
        if self.date is None:
            self.date = DateDialog(self._look, self._intents, self._cancel_date)
        self.date.show(suggested)

    def show_date_error(self, text: str) -> None:
        """Show in the dialog for a date, if it is open, an error in the date."""
        if self.date is not None:
            self.date.show_error(text)

    def close_date(self) -> None:
        """Close the dialog for a date, if it is open; the conversation gets the keyboard."""
        if self.date is not None:
            self._cancel_date()
            self._focus_messages()

    def _cancel_date(self) -> None:
        self._close(self.date)
        self.date = None

    def show_report(self, table: ReportTable, *, lift: bool) -> None:
        """Show new figures in the report window. `lift`: open it or bring it to the front."""
        if self.report is None and lift:
            self.report = ReportWindow(
                self._look, self._intents, self._dialogs, self._close_report
            )
        if self.report is not None:
            self.report.show(table, lift=lift)

    def _close_report(self) -> None:
        self._close(self.report)
        self.report = None
        self._intents().report.closed()

    def show_preferences(self, form: PreferencesForm, *, lift: bool) -> None:
        """Show these choices. `lift`: open the window or bring it to the front."""
        if self.preferences is None and lift:
            self.preferences = PreferencesWindow(
                self._look, self._intents, self._dialogs, self._close_preferences
            )
        if self.preferences is not None:
            self.preferences.show(form, lift=lift)

    def _close_preferences(self) -> None:
        self._close(self.preferences)
        self.preferences = None

    def show_text(self, title: str, text: str) -> None:
        """Open a window with a text; an open one with this title shows the new text."""
        if title not in self.texts:
            self.texts[title] = TextWindow(
                self._look, title, lambda: self._close(self.texts.pop(title))
            )
        self.texts[title].show(text)

    def show_help(self, title: str, groups: Sequence[HelpGroup]) -> None:
        """Open the page of keys and commands, or bring it to the front."""
        if self.help is None:
            self.help = HelpWindow(self._look, title, self._close_help)
        self.help.show(groups)

    def _close_help(self) -> None:
        self._close(self.help)
        self.help = None

    def show_about(self, about: About) -> None:
        """Open the page about this program, or bring it to the front."""
        if self.about is None:
            self.about = AboutWindow(self._look, about, self._close_about)
        self.about.appear(self.about.close)

    def _close_about(self) -> None:
        self._close(self.about)
        self.about = None

    def show_file(self, file: FileText) -> None:
        """Open a window with a shared file; an open one shows it again."""
        id = file.file_id
        if id not in self.files:
            self.files[id] = FileViewer(
                self._look,
                file,
                lambda: self._close(self.files.pop(id)),
                lambda: self._save_file(self.files[id], id, file.name),
            )
        self.files[id].show(file)

    def close_file(self, file_id: str) -> None:
        """Close the window of a shared file, if it is open."""
        self._close(self.files.pop(file_id, None))

    def ask(self, question: Question, yes: Callable[[], None]) -> None:
        """Ask, instead of an open question; call `yes` only if the member agrees."""
        self._close_question()
        self.question = QuestionDialog(self._look, question, yes, self._close_question)

    def ask_key(self, question: KeyQuestion, yes: Callable[[], None]) -> None:
        """Ask about a key, as `ask` does."""
        self._close_question()
        self.question = KeyDialog(self._look, question, yes, self._close_question)

    def _close_question(self) -> None:
        self._close(self.question)
        self.question = None

    def prompt(self, prompt: Prompt, done: Callable[[str], None]) -> None:
        """Ask for a line of text, instead of an open prompt; `done` gets it."""
        self.close_prompt()
        self.prompter = PromptDialog(self._look, prompt, done, self.close_prompt)

    def show_prompt_error(self, text: str) -> None:
        """Show in the prompt, if it is open, what is wrong."""
        if self.prompter is not None:
            self.prompter.show_error(text)

    def close_prompt(self) -> None:
        """Close the prompt, if it is open."""
        self._close(self.prompter)
        self.prompter = None

    def show_removal(self, removal: Removal, *, lift: bool) -> None:
        """Show why the member is no longer in the room. `lift`: open the window."""
        if self.removal is None and lift:
            self.removal = RemovalWindow(self._look, self._intents, self._removal_closed)
        if self.removal is not None:
            self.removal.show(removal, lift=lift)

    def close_removal(self) -> None:
        """Close the window about the removal, if it is open."""
        self._close(self.removal)
        self.removal = None

    def _removal_closed(self) -> None:
        self.close_removal()
        self._intents().removal.closed()

    def show_bans(self, bans: Sequence[BanRow], *, lift: bool) -> None:
        """Show these bans. `lift`: open the window or bring it to the front."""
        if self.bans is None and lift:
            self.bans = BansWindow(self._look, self._intents, self._close_bans)
        if self.bans is not None:
            self.bans.show(bans, lift=lift)

    def _close_bans(self) -> None:
        self._close(self.bans)
        self.bans = None
        self._intents().bans.closed()

    def show_invite(self, invite: Invite, *, lift: bool) -> None:
        """Show the ways into the room. `lift`: open the window or bring it to the front."""
        if self.invite is None and lift:
            self.invite = InviteWindow(self._look, self._intents, self._close_invite)
        if self.invite is not None:
            self.invite.show(invite, lift=lift)

    def _close_invite(self) -> None:
        self._close(self.invite)
        self.invite = None
        self._intents().invite.closed()

    def show_pins(self, pins: Sequence[PinRow], *, may_unpin: bool, lift: bool) -> None:
        """Show all pinned messages. `lift`: open the window or bring it to the front."""
        if self.pins is None and lift:
            self.pins = PinsWindow(self._look, self._intents, self._close_pins)
        if self.pins is not None:
            self.pins.show(pins, may_unpin=may_unpin, lift=lift)

    def _close_pins(self) -> None:
        self._close(self.pins)
        self.pins = None
        self._intents().conversation.pins_closed()

    def show_picture(self, picture: PictureView | None, *, lift: bool) -> None:
        """Show a picture in the viewer, or update it; None closes it. `lift`: open it."""
        if picture is None:
            self._close(self.picture)
            self.picture = None
            return
        if self.picture is None and lift:
            self.picture = PictureViewer(
                self._look,
                self._close_picture,
                step=lambda step: self._intents().pictures.step(step),
                save=self._save_picture,
                copy=self._copy_picture,
            )
        if self.picture is not None:
            self.picture.show(picture, lift=lift)

    def _save_picture(self) -> None:
        viewer = self.picture
        if viewer is not None and (shown := viewer.shown) is not None:
            self._save_file(viewer, shown.file_id, shown.name)

    def _close_picture(self) -> None:
        self._close(self.picture)
        self.picture = None
        self._intents().pictures.closed()

    def _save_file(self, over: ChildWindow, id: str, name: str) -> None:
        target = self._dialogs.save_file(over, _("Save file"), name)
        if target is not None:
            self._intents().files.save(id, target)

    def _close(self, window: ChildWindow | None) -> None:
        if window is not None:
            window.destroy()
            self._focus_back()
