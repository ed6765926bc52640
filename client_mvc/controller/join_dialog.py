"""The dialog to join a room: what it begins with, and why an attempt failed."""

from client_mvc.controller import questions
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.entry import BadEntry, checked
from client_mvc.controller.passwords import PasswordController
from client_mvc.model.preferences import Choices
from client_mvc.network import api
from client_mvc.view.contract.windows import ConnectForm, Field
from shared.identity import ServerIdentity
from shared.joinlink import JoinLink

_FIELDS: dict[str, Field] = {
    "name_taken": "name",
    "bad_name": "name",
    "bad_password": "password",
}


class JoinDialog:
    """Shows values and errors in the dialog; `passwords` adds what concerns the password."""

    def __init__(self, context: AppContext, passwords: PasswordController) -> None:
        self._preferences = context.model.preferences
        self._screen = context.screen.connect_dialog
        self._passwords = passwords

    def show(self, server: str | None = None, name: str | None = None) -> None:
        """Show the dialog, filled in with the last room where nothing else is given."""
        now = self._preferences.now
        server = server or now.server
        form = ConnectForm(server, name or now.name, now.recent, rooms=_named(now))
        self._screen.show(form)
        self._passwords.opened(server)

    def checked(self, server: str, name: str) -> tuple[JoinLink, str] | None:
        """Return link and name in their final form, or show what is wrong with them."""
        try:
            return checked(server, name)
        except BadEntry as bad:
            self.bad_entry(bad)
            return None

    def bad_entry(self, bad: BadEntry) -> None:
        """Show what is wrong beside the field."""
        self._screen.error(bad.field, str(bad))

    def failed(
        self,
        ended: api.MembershipEnded,
        entered: str,
        server: ServerIdentity | None,
        password_key: str,
    ) -> None:
        """Show why an attempt failed beside the field that it is about.

        Args:
            ended: the end of the attempt.
            entered: what the person typed as the server.
            server: who answered.
            password_key: the key of the room whose remembered password was used, if any.
        """
        if ended.problem is None:
            return
        field: Field = "server"
        if ended.why == "refused":
            field = _FIELDS.get(ended.problem.code, "form")
        text = questions.unreachable(ended.problem, entered)
        if is_password := field == "password":
            wrong = ended.problem.params.get("rule") == "wrong"
            text = self._passwords.refused(server, password_key, wrong=wrong) or text
        self._screen.error(field, text, password=is_password)


def _named(choices: Choices) -> tuple[tuple[str, str], ...]:
    """Return the names of the known rooms, by address."""
    return tuple(
        (address, room.name)
        for room in choices.rooms
        if room.name
        for address in room.addresses
    )
