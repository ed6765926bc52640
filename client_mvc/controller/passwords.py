"""Remember the passwords of rooms in the system's keyring, by the keys of their servers.

The key of a room is checked in each TLS handshake, so only the room itself gets its password. A
room without encryption has no key, and another one could answer in its place: its password is
not remembered. The list of known rooms says whose password is in the keyring. A room is marked
there before its password is stored, and unmarked after it was deleted: none stays behind.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, Protocol

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.trusting import ServerTrust
from client_mvc.i18n.translate import _, marked
from client_mvc.model import known_rooms
from client_mvc.view.contract.windows import PasswordOffer
from shared import joinlink
from shared.identity import ServerIdentity

READ_WITHIN = 30.0
"""Seconds that the keyring has to give a password: the person may have to unlock it first."""
CHANGE_WITHIN = 30.0
"""The same to store or delete one."""

_KEPT = marked("Kept in this system's keyring, as Chatroom.")
_DELETED = marked("The password was deleted from the keyring.")
_NO_KEYRING = marked("This system has no keyring that can remember the password.")
_PLAIN = marked("Without encryption the password is not remembered.")
_NOT_READ = marked("The keyring did not give the password. Enter it.")
_NOT_STORED = marked("The keyring did not take the password. It is not remembered.")
_NOT_DELETED = marked("The keyring did not delete the password. Delete Chatroom there.")
_CHANGED = marked("The remembered password is wrong now. Enter the new one.")


class Keyring(Protocol):
    """The system's keyring, by the keys of rooms; no call blocks. Futures fail with any error.

    `state`: "missing" without the library, "unknown" until `look` is done, "none" without a
    keyring.
    """

    @property
    def state(self) -> Literal["missing", "unknown", "none", "ready"]: ...

    def look(self) -> None:
        """Find out whether there is a keyring."""

    def read(self, key: str) -> Future[str | None]:
        """Read the password of a room; None: there is none."""

    def store(self, key: str, password: str) -> Future[None]:
        """Store the password of a room."""

    def delete(self, key: str) -> Future[None]:
        """Delete the password of a room, if there is one."""


@dataclass(frozen=True, slots=True)
class _Reading:
    key: str
    future: Future[str | None]
    until: float
    then: Callable[[str | None], None]


@dataclass(frozen=True, slots=True)
class _Change:
    """A password that is being stored (`remembered`) or deleted."""

    future: Future[None]
    until: float
    remembered: bool


class PasswordController:
    """Implements `PasswordIntents`; `tick` takes what the keyring answered."""

    def __init__(self, context: AppContext, keyring: Keyring) -> None:
        self._context = context
        self._preferences = context.model.preferences
        self._trust = ServerTrust(context)
        self._keyring = keyring
        self._reading: _Reading | None = None
        self._changes: dict[str, _Change] = {}
        self._entered = ""
        self._refused_by: ServerIdentity | None = None
        self._wish = self._was_deleted = False
        self._state_shown = ""
        self._preferences.forgotten.subscribe(self._delete)

    # --- intents ---------------------------------------------------------------------------

    def entered(self, server: str) -> None:
        """Show what applies to the room at this address, as typed so far."""
        if server != self._entered:
            self._begin_with(server)
        self._show()

    def remember(self, on: bool) -> None:
        """Remember the password of the room in the dialog; or not, and delete it at once."""
        self._wish = on
        refused_by = self._refused_by.key if self._refused_by is not None else ""
        key = self.key_of(self._entered) or refused_by
        self._was_deleted = not on and self.has(key)
        if self._was_deleted:
            self._delete(key)
        self._show()

    # --- for joining -----------------------------------------------------------------------

    def opened(self, server: str) -> None:
        """The dialog opens with this address."""
        self._preferences.read_rooms()
        self._begin_with(server)
        self._show()

    def closed(self) -> None:
        """The dialog was closed."""
        self.stop()
        self._begin_with("")
        self._state_shown = ""

    def key_of(self, server: str) -> str:
        """Return the key of the only room that may answer at an address, as typed, if its
        password is remembered; else an empty text.
        """
        try:
            key = self._trust.expected(joinlink.parse(server))
        except joinlink.BadLink:
            return ""
        return key if self.has(key) else ""

    def key_at(self, server: ServerIdentity | None) -> str:
        """Return the key of a server if its password is remembered; else an empty text."""
        if server is None or server.system or not self.has(server.key):
            return ""
        return server.key

    def has(self, key: str) -> bool:
        """Return whether the keyring has the password of the room with this key."""
        if self._keyring.state in ("missing", "none"):
            return False
        if key in self._changes:
            return self._changes[key].remembered
        return key in known_rooms.remembered(self._preferences.now.rooms)

    def read(self, key: str, then: Callable[[str | None], None]) -> None:
        """Call `then` with the password, or with None if the keyring has it no more.

        If the keyring does not answer, the dialog asks for the password.
        """
        self.stop()
        self._context.screen.connect_dialog.wait(_("Asking the keyring for the password…"))
        until = self._context.clock() + READ_WITHIN
        self._reading = _Reading(key, self._keyring.read(key), until, then)

    def stop(self) -> None:
        """Wait no more for what `read` began."""
        if self._reading is not None:
            self._reading.future.cancel()
            self._reading = None

    def refused(self, server: ServerIdentity | None, used: str, *, wrong: bool) -> str:
        """Take note that `server` wants another password; forget the one that it refused.

        Args:
            server: who refused.
            used: the key of the room whose remembered password was for this server, if any.
            wrong: it got a password.

        Returns:
            A sentence for the dialog, in place of the server's own; empty: there is none.
        """
        self._refused_by = server
        self._keyring.look()
        was_sent = server is not None and server.key == used and not server.system
        changed = wrong and bool(used) and was_sent
        if changed:
            self._wish = True
            self._delete(used)
        self._show()
        return _(_CHANGED) if changed else ""

    def joined(self, server: ServerIdentity, typed: str) -> None:
        """Store the password that was typed, if the person ticked that and there is a key."""
        key, wish = server.key, self._wish
        self.closed()
        if not typed or not wish:
            return
        if not key:
            self._context.warn(_(_PLAIN))
            return
        self._preferences.note_password(key, remembered=True)
        if self._preferences.saved:
            self._begin(key, self._keyring.store(key, typed), remembered=True)
        else:
            self._preferences.note_password(key, remembered=False)
            self._context.warn(_(_NOT_STORED))

    def tick(self, now: float) -> None:
        """Take what the keyring answered, and stop waiting for what is late."""
        reading = self._reading
        if reading is not None and (reading.future.done() or now >= reading.until):
            self._answered(reading)
        for key, change in tuple(self._changes.items()):
            if change.future.done() or now >= change.until:
                self._ended(key, change)
        if self._state_shown not in ("", self._keyring.state):
            self._show()

    def _answered(self, reading: _Reading) -> None:
        """Go on with what the keyring gave; late answers count as none."""
        self._reading = None
        failed = not reading.future.done() or reading.future.exception() is not None
        reading.future.cancel()
        if failed:
            dialog = self._context.screen.connect_dialog
            dialog.error("password", _(_NOT_READ), password=True)
            self._show()
            return
        password = reading.future.result()
        if password is None:  # somebody deleted it in the keyring
            self._preferences.note_password(reading.key, remembered=False)
        reading.then(password)

    # --- helpers ---------------------------------------------------------------------------

    def _begin_with(self, server: str) -> None:
        self._entered = server
        self._refused_by = None
        self._was_deleted = False
        self._wish = bool(self.key_of(server))

    def _delete(self, key: str) -> None:
        self._begin(key, self._keyring.delete(key), remembered=False)

    def _begin(self, key: str, future: Future[None], *, remembered: bool) -> None:
        """Note a change; the one before of this room no longer matters."""
        until = self._context.clock() + CHANGE_WITHIN
        self._changes[key] = _Change(future, until, remembered)

    def _ended(self, key: str, change: _Change) -> None:
        del self._changes[key]
        failed = not change.future.done() or change.future.exception() is not None
        change.future.cancel()
        if failed:
            self._context.warn(_(_NOT_STORED if change.remembered else _NOT_DELETED))
        if change.remembered == failed:
            self._preferences.note_password(key, remembered=False)

    # --- the dialog ------------------------------------------------------------------------

    def _show(self) -> None:
        self._state_shown = self._keyring.state
        self._context.screen.connect_dialog.offer_to_remember(self._offer())

    def _offer(self) -> PasswordOffer:
        state, kept = self._keyring.state, bool(self.key_of(self._entered))
        if state == "none":
            return PasswordOffer(text=_(_NO_KEYRING))
        if state != "ready" and not kept:
            return PasswordOffer()
        if self._refused_by is not None and not self._refused_by.key:
            return PasswordOffer(text=_(_PLAIN))
        text = _(_DELETED) if self._was_deleted else _(_KEPT)
        return PasswordOffer(offered=True, ticked=self._wish, kept=kept, text=text)
