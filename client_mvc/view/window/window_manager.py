"""The windows over the main one: made when they are first wanted, raised when they are wanted
again, and forgotten when they close; the keyboard then goes back to the main window.

Knows which of them are open, and nothing of what stands in them.
"""

from collections.abc import Callable

from client_mvc.i18n.translate import _
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.values import FileText, PreferencesForm, ReportTable
from client_mvc.view.dialogs.date import DateDialog
from client_mvc.view.dialogs.file_dialogs import Choosers
from client_mvc.view.dialogs.file_viewer import FileWindow
from client_mvc.view.dialogs.preferences import PreferencesWindow
from client_mvc.view.dialogs.report import ReportWindow
from client_mvc.view.dialogs.text_window import TextWindow
from client_mvc.view.style.theme import Look


class Secondary:
    """`date`, `report` and `preferences` are None while closed; `texts` has those open by
    title, `files` by the file's id. `back` gives the keyboard back, `read` gives it to the
    conversation.
    """

    def __init__(
        self,
        look: Look,
        intents: Callable[[], Intents],
        choosers: Choosers,
        back: Callable[[], None],
        read: Callable[[], None],
    ) -> None:
        self._look = look
        self._intents = intents
        self._choosers = choosers
        self._back = back
        self._read = read
        self.date: DateDialog | None = None
        self.report: ReportWindow | None = None
        self.preferences: PreferencesWindow | None = None
        self.texts: dict[str, TextWindow] = {}
        self.files: dict[str, FileWindow] = {}

    def show_date(self, suggested: str) -> None:
        """Open the dialog for a date."""
        if self.date is None:
            self.date = DateDialog(
                self._look, self._intents, lambda: self.close_date(back=self._back)
            )
        self.date.show(suggested)

    def show_date_error(self, text: str) -> None:
        """Show in the dialog for a date, if it is open, why there is nothing to go to."""
        if self.date is not None:
            self.date.show_error(text)

    def close_date(self, back: Callable[[], None] | None = None) -> None:
        """Close the dialog for a date, if it is open; then `back` moves the keyboard, or else
        the conversation gets it.
        """
        if self.date is not None:
            self.date.destroy()
            self.date = None
            (back or self._read)()

    def show_report(self, table: ReportTable, *, lift: bool) -> None:
        """Put new figures into the report window. `lift`: open it, bring it to front."""
        if self.report is None and lift:
            self.report = ReportWindow(
                self._look, self._intents, self._choosers, self._close_report
            )
        if self.report is not None:
            self.report.show(table, lift=lift)

    def _close_report(self) -> None:
        if self.report is not None:
            self.report.destroy()
            self.report = None
            self._intents().report.closed()
            self._back()

    def show_preferences(self, form: PreferencesForm, *, lift: bool) -> None:
        """Put these choices into the preferences window. `lift`: open it, bring it to front."""
        if self.preferences is None and lift:
            self.preferences = PreferencesWindow(
                self._look, self._intents, self._choosers, self._close_preferences
            )
        if self.preferences is not None:
            self.preferences.show(form, lift=lift)

    def _close_preferences(self) -> None:
        if self.preferences is not None:
            self.preferences.destroy()
            self.preferences = None
            self._back()

    def show_text(self, title: str, text: str) -> None:
        """Open a window to read `text` in; one with the same title takes the new text."""
        if title not in self.texts:
            self.texts[title] = TextWindow(self._look, title, lambda: self._close_text(title))
        self.texts[title].show(text)

    def _close_text(self, title: str) -> None:
        self.texts.pop(title).destroy()
        self._back()

    def show_file(self, file: FileText) -> None:
        """Open a window to read a shared file in, or put it into the open one."""
        id, name = file.file_id, file.name
        if id not in self.files:
            self.files[id] = FileWindow(
                self._look,
                file,
                lambda: self._close_file(id),
                lambda: self._save_file(id, name),
            )
        self.files[id].show(file)

    def _close_file(self, id: str) -> None:
        self.files.pop(id).destroy()
        self._back()

    def _save_file(self, id: str, name: str) -> None:
        target = self._choosers.save_file(self.files[id], _("Save file"), name)
        if target is not None:
            self._intents().files.save(id, target)
