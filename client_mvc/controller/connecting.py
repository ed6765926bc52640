"""Join a room and leave it: the connect dialog, the commands, how the connection stands."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from client_mvc.controller import questions, wording
from client_mvc.controller.app_context import AppContext
from client_mvc.controller.composer.drafts import Drafts
from client_mvc.controller.composer.sending import outgoing
from client_mvc.controller.connection_banner import ConnectionBanner
from client_mvc.controller.disk import messages_not_saved
from client_mvc.controller.entry import BadEntry
from client_mvc.controller.join_dialog import JoinDialog
from client_mvc.controller.moderation import removal
from client_mvc.controller.moderation.removal import RemovalController
from client_mvc.controller.passwords import PasswordController
from client_mvc.controller.trusting import ServerTrust
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.model.claim import Claimed
from client_mvc.model.membership import ConnectionLoss
from client_mvc.model.outbox import Box
from client_mvc.network import api
from client_mvc.view.contract.values import Banner
from client_mvc.view.contract.windows import Question
from shared import conversation
from shared.identity import ServerIdentity
from shared.joinlink import Address, JoinLink
from shared.problems import Problem

log = logging.getLogger(__name__)

BACK_FOR = 3.0
"""Seconds that the banner shows a new connection."""

SAVE_POSITION_EVERY = 1.0
"""Seconds between two writes of the newest `seq` to disk."""


class MembershipController:
    """Implements `MembershipIntents`; `session` is the number of the last attempt to join."""

    def __init__(
        self,
        context: AppContext,
        drafts: Drafts,
        removal: RemovalController,
        passwords: PasswordController,
    ) -> None:
        self.session = 0
        self._context = context
        self._membership = context.model.membership
        self._drafts = drafts
        self._removal = removal
        self._passwords = passwords
        self._dialog = JoinDialog(context, passwords)
        removal.again = lambda: self.connect(*self._entered)
        self._trust = ServerTrust(context)
        self._banner = ConnectionBanner(context)
        self._link: JoinLink | None = None
        self._entered = ("", "", "")  # server, name, and the password if it was typed
        self._password_key = ""
        self._found: api.RoomFound | None = None
        self._renewed = False
        self._position_saved_at = 0.0

    # --- intents ---------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        """The room and server of the conversation on screen."""
        room, server = self._membership.room, self._membership.address
        if server is None:
            return _("Conversation")
        return _("Conversation in #{room} at {server}", room=room, server=server)

    def take_message(self) -> int | None:
        """Return the `seq` of the message that the link just joined with leads to, once."""
        seq = self._link.message if self._link is not None else None
        if self._link is not None:
            self._link = self._link._replace(message=None)
        return seq

    def renamed(self, renamed: conversation.Renamed) -> None:
        """Take note of another name; one's own is remembered for this server."""
        state, membership = self._context.model.room_state, self._membership
        welcome, before = membership.welcome, membership.you
        if welcome is None or renamed.seq <= welcome.seq:
            return
        if not state.is_own(renamed.name, renamed.member or None):
            return
        membership.renamed(renamed.to)
        self._remember_name(before, renamed.to)

    def _remember_name(self, before: str, name: str) -> None:
        """Join with another name from now on, and find what waits to be sent under it."""
        box = self._context.model.box
        if self._link is not None:
            self._context.model.preferences.renamed(self._link.hosts, before, name)
        self._entered = (self._entered[0], name, self._entered[2])
        if box is not None:
            try:
                self._context.model.outbox.rename(box, name)
            except OSError:
                log.warning("box not renamed", exc_info=True)

    def show_dialog(self, server: str | None = None, name: str | None = None) -> None:
        """Show the connect dialog, filled in with the last room."""
        self._dialog.show(server, name)

    def connect(self, server: str, name: str, password: str) -> None:
        """Join a room, or show what is wrong beside the field.

        Without a password it takes the one that is remembered for the room.
        """
        self._passwords.stop()
        key = "" if password else self._passwords.key_of(server)
        if not key:
            self._connect(server, name, password)
        elif self._dialog.checked(server, name) is not None:
            self._connect_with_remembered(server, name, key)

    def _connect_with_remembered(self, server: str, name: str, key: str) -> None:
        def connect(password: str | None) -> None:
            self._connect(server, name, password or "", key if password else "")

        self._passwords.read(key, connect)

    def _connect(self, server: str, name: str, password: str, password_key: str = "") -> None:
        """Join a room; a remembered password is for the server with `password_key` only."""
        if (entered := self._enter(server, name)) is not None:
            link, name, box = entered
            # The run before this one may have sent them.
            waiting = tuple(outgoing(each, tried=True) for each in box if not each.problem)
            trust = self._trust.of(link)
            options = api.JoinOptions(
                *(link.address, name, password or None, box.token, box.after, waiting),
                journal=box.journal,
                answers_room=box.answers_room,
                journal_key=self._trust.key_of(box.journal, trust),
                trust=trust,
                device=self._context.model.device or None,
                owner_key=link.owner,
                others=self._trust.others(link),
                password_key=password_key,
            )
            self._join(link, server, options, box)

    def cancel(self) -> None:
        """Stop joining: the dialog was closed."""
        self._passwords.closed()
        if self._membership.active and self._membership.welcome is None:
            self._context.network.leave()
            self._end()
        if not self._membership.active:
            self._banner.stand(
                "info", _("You are not in a room."), _("Connect…"), self.show_dialog
            )

    def leave(self) -> None:
        """Leave the room; the membership ends when that is done."""
        if self._membership.active:
            self._context.network.leave()

    def close(self) -> None:
        """Write what must last to disk: the program ends."""
        if self._membership.active:
            self._end()

    # --- events of the network -------------------------------------------------------------

    def handle(self, event: api.MembershipEvent, now: float) -> None:
        """Update the membership and the standing banner."""
        match event:
            case api.RoomFound():
                self._found = event
            case api.Welcomed():
                self._welcomed(event)
            case api.CaughtUp():
                self._caught_up(now)
            case api.Disconnected(problem, attempt, delay):
                self._membership.lose(ConnectionLoss(problem, attempt, now + delay))
                self._banner.count_down(self._membership.loss, now)
            case api.Reconnecting():
                if (loss := self._membership.loss) is not None:
                    self._membership.lose(replace(loss, retry_at=now))
                self._banner.count_down(self._membership.loss, now)
            case api.HostsChanged(hosts):
                self._membership.hosts_changed(hosts)
                self._remember_room()
            case api.MembershipEnded("other_room"):
                self._found_another_room(event.problem, self._ask_to_join)
            case api.MembershipEnded("doubted", problem, doubt=api.Doubt() as doubt):
                self._doubted(problem, doubt)
            case api.MembershipEnded():
                self._ended(event)

    def tick(self, now: float) -> None:
        """Update the countdown of the banner, and the position on disk."""
        self._banner.count_down(self._membership.loss, now)
        box = self._context.model.box
        if box is not None and now - self._position_saved_at >= SAVE_POSITION_EVERY:
            self._position_saved_at = now
            self._context.store(box.save_position)

    def _welcomed(self, welcomed: api.Welcomed) -> None:
        welcome, box, server = welcomed.welcome, self._context.model.box, self._server
        link = self._link
        if box is None or server is None or link is None:
            return
        first, before = self._membership.welcome is None, self._membership.server
        if first or welcomed.forget:
            self._context.model.conversation.clear()
        self._membership.welcomed(server, welcome, answers_room=self._answers_room)
        self._context.screen.top_bar.show_security(questions.security(server))
        self._remember_room()
        if self._found is not None and self._found.renewed:
            self._renewed = True
        if first:
            self._drafts.entered(box)
            self._passwords.joined(server, self._entered[2])
            self._context.screen.connect_dialog.hide()
            self._show_room(welcome.room, str(server.address))
            self._context.model.preferences.add_recent(link.hosts, welcome.you)
        elif before is not None and before.address != server.address:
            self._context.screen.top_bar.show(welcome.room, str(server.address))
        if welcome.you != self._entered[1]:  # it was renamed while the connection was lost
            self._remember_name(self._entered[1], welcome.you)
        self._removal.joined()
        self._context.model.members.snapshot(welcome.members, welcome.seq)
        self._context.model.room_state.welcomed(welcome)
        self._context.store(
            lambda: box.welcomed(
                *(welcome.token, welcome.seq, welcome.journal),
                forget=welcomed.forget,
                answers_room=self._answers_room,
            )
        )

    def _caught_up(self, now: float) -> None:
        again = self._membership.loss is not None
        self._membership.catch_up()
        self._context.banners.stand(None)
        if self._renewed:
            self._renewed = False
            self._context.confirm(
                _("The room has a new history: it was restored or begun anew.")
            )
        elif again:
            self._context.banners.flash(Banner("good", _("Connected again.")), now, BACK_FOR)

    def _remember_room(self) -> None:
        server, welcome = self._membership.server, self._membership.welcome
        if server is not None and welcome is not None:
            self._trust.joined(server, welcome.room, welcome.journal, welcome.hosts or ())

    @property
    def _server(self) -> ServerIdentity | None:
        """The server of this connection."""
        if self._found is not None and self._found.server is not None:
            return self._found.server
        return ServerIdentity(self._link.address) if self._link is not None else None

    @property
    def _answers_room(self) -> bool:
        return self._found is not None and self._found.room is not None

    def _ended(self, ended: api.MembershipEnded) -> None:
        was_in_room, box = self._membership.welcome is not None, self._context.model.box
        kept = wording.kept(len(box), len(box.uploads)) if box is not None else ""
        if box is not None and (ended.clean or ended.why == "removed"):
            self._context.store(box.left)
        self._end()
        if was_in_room:
            text = sentence(ended.problem) if ended.problem else _("You left the room.")
            text += kept
            kind: Literal["info", "warning"] = "info" if ended.why == "left" else "warning"
            if ended.why == "replaced":
                self._banner.stand(
                    kind, text, _("Reconnect"), lambda: self.connect(*self._entered)
                )
            else:
                self._banner.stand(kind, text, _("Connect…"), self.show_dialog)
        if ended.problem is not None and was_in_room and ended.problem.code in removal.CODES:
            self._removal.show(ended.problem, kept.strip())
        elif ended.why in ("refused", "unreachable") and ended.problem is not None:
            if was_in_room:
                self.show_dialog()
            server, name, typed = self._entered
            sent_none = not typed and not self._password_key
            key = self._passwords.key_at(self._server) if sent_none else ""
            if ended.problem.code == "bad_password" and key:
                # A known room, at an address where nobody expected it.
                self._connect_with_remembered(server, name, key)
            else:
                self._dialog.failed(ended, server, self._server, self._password_key)

    # --- another room at the address ---------------------------------------------------------

    def _found_another_room(self, problem: Problem | None, ask: Callable[[], None]) -> None:
        """Keep what was not sent on screen and on disk, and ask whether to join that room."""
        box, was_in_room = self._context.model.box, self._membership.welcome is not None
        reason = sentence(problem) if problem else ""
        if box is not None:
            box.hold(_(wording.EARLIER_ROOM))
        self._end(keep_box=True)
        self._banner.stand("warning", reason, _("Join…"), ask)
        if not was_in_room:
            self._context.screen.connect_dialog.error("server", reason)
            ask()

    def _doubted(self, problem: Problem | None, doubt: api.Doubt) -> None:
        """Ask about a server that is not known; nothing was sent to it.

        A server with another key than before is another room. With an unknown key, or without
        TLS, it may be the room of the messages that wait.
        """
        link, was_in_room = self._link, self._membership.welcome is not None
        if link is None or problem is None:
            return
        other = doubt.kind == "other_key"
        agreed = self._join_another_room if other else lambda: self.connect(*self._entered)

        def ask() -> None:
            self._trust.ask(doubt, link, password=bool(self._entered[2]), agreed=agreed)

        if other:
            self._found_another_room(problem, ask)
            if was_in_room:
                ask()  # at once: the person may trust what stands in the window
            return
        box = self._context.model.box
        kept = wording.kept(len(box), len(box.uploads)) if box is not None else ""
        self._end()
        self._banner.stand(
            "warning", sentence(problem) + (kept if was_in_room else ""), _("Join…"), ask
        )
        if not was_in_room:
            self._context.screen.connect_dialog.error("server", sentence(problem))
            ask()

    def _ask_to_join(self) -> None:
        server, password = self._server, self._entered[2]
        text = _(wording.ANOTHER_ROOM, server=server.address if server else "")
        if password:
            text += "\n\n" + _(wording.PASSWORD_TO_ANOTHER_ROOM)
        question = Question(_("Join another room?"), text, _("Join this room"))
        self._context.screen.windows.ask(question, self._join_another_room)

    def _join_another_room(self) -> None:
        """Join the room found, as somebody new, and without what was for the room before."""
        (server, name, password), found = self._entered, self._found
        if self._membership.active or (entered := self._enter(server, name)) is None:
            return
        link, name, box = entered
        reasons = _(wording.EARLIER_ROOM), _(wording.FILE_OF_EARLIER_ROOM)
        self._context.store(lambda: box.fail_all(*reasons))
        room = found.room if found is not None else None
        options = api.JoinOptions(
            *(link.address, name, password or None),
            journal=room.journal if room is not None else "",
            answers_room=room is not None,
            trust=self._trust.of(link),
            # The owner's key is not for another room.
            device=self._context.model.device or None,
            others=self._trust.others(link),
        )
        self._join(link, server, options, box)

    # --- helpers ---------------------------------------------------------------------------

    def _enter(self, server: str, name: str) -> tuple[JoinLink, str, Box] | None:
        """Leave the room before, and return link, name and box of the next one.

        None if there is something wrong; it is shown beside its field.
        """
        if (entered := self._dialog.checked(server, name)) is None:
            return None
        link, name = entered
        if self._membership.active:
            self.leave()
            self._end()
        self._context.model.set_box(None)
        try:
            return link, name, self._box(link.address, name)
        except BadEntry as bad:
            self._dialog.bad_entry(bad)
            return None

    def _join(self, link: JoinLink, entered: str, options: api.JoinOptions, box: Box) -> None:
        self.session += 1
        server = str(options.address)
        self._link = link
        typed = "" if options.password_key else options.password or ""
        self._entered = (entered, options.name, typed)
        self._password_key = options.password_key
        self._found, self._renewed = None, False
        self._membership.begin()
        self._context.model.set_box(box)
        self._context.screen.connect_dialog.wait(_("Connecting to {server}…", server=server))
        self._context.network.connect(self.session, options)

    def _box(self, address: Address, name: str) -> Box:
        try:
            return self._context.model.outbox.box(str(address), name)
        except Claimed:
            reason = _("Another window on this computer is in that room under that name.")
            raise BadEntry("name", reason) from None
        except (sqlite3.Error, OSError) as problem:
            log.warning("outbox not opened error=%s", problem)
            raise BadEntry("form", messages_not_saved(problem)) from problem

    def _end(self, *, keep_box: bool = False) -> None:
        """End the membership; the conversation stays on screen."""
        box = self._context.model.box
        if box is not None:
            self._context.store(box.save_position)
        self._drafts.left()
        if not keep_box:
            self._context.model.set_box(None)
        self._context.model.members.clear()
        self._context.model.room_state.clear()
        self._context.model.pins.clear()
        self._context.model.typing.clear()
        self._membership.end()
        self._show_room("", "")
        self.session += 1  # later events of the last session are ignored

    def _show_room(self, room: str, server: str) -> None:
        self._context.screen.top_bar.show(room, server)
        if not room:
            self._context.screen.top_bar.show_security(None)
        self._context.screen.composer.show_room(room)
