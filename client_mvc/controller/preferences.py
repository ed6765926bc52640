"""Keep the preferences and apply each change to the window at once."""

from pathlib import Path

from client_mvc.controller import wording
from client_mvc.controller.app_context import AppContext, Desktop
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.i18n.translate import _, marked
from client_mvc.model.known_rooms import KnownRoom
from client_mvc.model.preferences import Choices
from client_mvc.view.contract.windows import KnownRoomRow, PreferencesForm, Question

_NOT_SAVED = marked(
    "Your preferences cannot be saved on this disk. They apply until you close Chatroom."
)


def is_dark(choices: Choices, desktop: Desktop, *, otherwise: bool = False) -> bool:
    """Return whether to use the dark theme; `otherwise` while the desktop's is unknown."""
    if choices.theme == "system":
        return otherwise if desktop.dark is None else desktop.dark
    return choices.theme == "dark"


class PreferencesController:
    """Implements `PreferencesIntents`."""

    def __init__(self, context: AppContext, presenter: Presenter) -> None:
        self._context = context
        self._presenter = presenter
        self._preferences = context.model.preferences
        self._dark = is_dark(self._preferences.now, context.desktop)

    def begin(self) -> None:
        """Apply the preferences that are no arguments of the window."""
        self._show_clock()
        self._context.screen.choosers.folder = self._preferences.now.folder

    def open(self) -> None:
        """Show the window with the preferences."""
        self._preferences.read_rooms()
        self._context.screen.windows.show_preferences(self._form(), lift=True)

    def choose(self, form: PreferencesForm) -> None:
        """Keep and apply all values of the window."""
        self._change(
            theme=form.theme,
            text_size=form.text_size,
            bell=form.bell,
            notify=form.notify,
            hours=form.hours,
            seconds=form.seconds,
            show_joins=form.show_joins,
            folder=_usable(form.folder),
        )

    def forget_room(self, key: str) -> None:
        """Ask whether to forget a known room, and what that means; then forget it."""
        room = next((each for each in self._preferences.now.rooms if _id(each) == key), None)
        if room is None:
            return
        text = _(
            "Chatroom forgets the key of {room}. When you join it again without a join link, "
            "you are asked to compare the fingerprint.",
            room=_shown(room),
        )
        if not room.key:
            text = _(
                "When you join {room} again without encryption, Chatroom asks you first.",
                room=_shown(room),
            )
        if room.remembered:
            text += "\n\n" + _("Its password is deleted from this system's keyring.")
        text += "\n\n" + _("Your messages stay in the room and on this computer.")
        question = Question(_("Forget this room?"), text, _("Forget"))
        self._context.screen.windows.ask(question, lambda: self._forget(room))

    def _forget(self, room: KnownRoom) -> None:
        before = self._preferences.now
        self._preferences.forget(room)
        self._apply(before)

    def toggle_theme(self) -> None:
        """Switch between light and dark; the desktop's theme no longer matters."""
        self._change(theme="light" if self._dark else "dark")

    def zoom(self, step: int) -> None:
        """Make the text larger (1), smaller (-1) or as large as usual (0)."""
        before = self._preferences.now
        self._preferences.zoom(step)
        self._apply(before)

    def focused(self) -> None:
        """Read the desktop's theme: the person may have changed it meanwhile."""
        if self._preferences.now.theme == "system":
            self._context.desktop.look()

    def tick(self) -> None:
        """Apply the desktop's theme once it is known."""
        self._show_theme()

    def _change(self, **changes: object) -> None:
        before = self._preferences.now
        self._preferences.choose(**changes)
        self._apply(before)

    def _apply(self, before: Choices) -> None:
        now, screen = self._preferences.now, self._context.screen
        if now != before and not self._preferences.saved:
            self._context.warn(_(_NOT_SAVED))
        if now.theme == "system" != before.theme:
            self._context.desktop.look()
        self._show_theme()
        if now.text_size != before.text_size:
            screen.look.set_size(now.text_size)
        if (now.hours, now.seconds) != (before.hours, before.seconds):
            self._show_clock()
        self._presenter.set_show_joins(now.show_joins)
        if now.folder != before.folder:
            screen.choosers.folder = now.folder
        screen.windows.show_preferences(self._form(), lift=False)

    def _show_theme(self) -> None:
        dark = is_dark(self._preferences.now, self._context.desktop, otherwise=self._dark)
        if dark != self._dark:
            self._dark = dark
            self._context.screen.look.set_dark(dark)

    def _show_clock(self) -> None:
        now = self._preferences.now
        clock = wording.Clock(now.hours, seconds=now.seconds)
        self._context.screen.messages.set_time_example(clock.widest)
        self._presenter.set_clock(clock)

    def _form(self) -> PreferencesForm:
        now = self._preferences.now
        return PreferencesForm(
            theme=now.theme,
            text_size=now.text_size,
            bell=now.bell,
            notify=now.notify,
            hours=now.hours,
            seconds=now.seconds,
            folder=now.folder,
            can_follow=self._context.desktop.can_follow,
            can_notify=self._context.desktop.can_notify,
            show_joins=now.show_joins,
            rooms=tuple(_row(room) for room in now.rooms),
        )


def _id(room: KnownRoom) -> str:
    return room.key or ",".join(room.addresses)


def _shown(room: KnownRoom) -> str:
    return f"#{room.name}" if room.name else room.addresses[0] if room.addresses else "?"


def _row(room: KnownRoom) -> KnownRoomRow:
    name = f"#{room.name}" if room.name else ""
    if not room.key:
        name = _("{room} (not encrypted)", room=name)
    if room.remembered:
        name = _("{room} (password remembered)", room=name)
    return KnownRoomRow(_id(room), name, (room.addresses or ("",))[0], room.used)


def _usable(folder: str) -> str:
    """Return an absolute path: it must not depend on the working directory."""
    if not folder:
        return ""
    try:
        return str(Path(folder).expanduser().absolute())
    except (RuntimeError, OSError):  # an unknown home folder, a removed working directory
        return folder
