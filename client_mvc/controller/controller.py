"""The controller: passes the person's intents and the network's events to the parts.

Implements `contract.intents.Intents`. Runs on the thread of the window and blocks it at most
for a write to the disk.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from client_mvc.controller import wording
from client_mvc.controller.alerts import Alerts
from client_mvc.controller.app_context import AppContext, Desktop
from client_mvc.controller.banners import Banners
from client_mvc.controller.composer import commands
from client_mvc.controller.composer.composing import ComposerController
from client_mvc.controller.composer.drafts import Drafts
from client_mvc.controller.composer.sending import OutgoingController
from client_mvc.controller.connecting import MembershipController
from client_mvc.controller.conversation.acting import ConversationController
from client_mvc.controller.conversation.paging import HistoryController
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.controller.conversation.searching import SearchController
from client_mvc.controller.export import export
from client_mvc.controller.files.attachments import AttachmentController
from client_mvc.controller.files.pictures import PictureController
from client_mvc.controller.files.save_all import SaveAll
from client_mvc.controller.files.transfers import Transfers
from client_mvc.controller.inviting import InviteController
from client_mvc.controller.moderation.acting import ModerationController
from client_mvc.controller.moderation.bans import BansController
from client_mvc.controller.moderation.holding import HoldController
from client_mvc.controller.moderation.removal import RemovalController
from client_mvc.controller.preferences import PreferencesController
from client_mvc.controller.report import ReportController
from client_mvc.controller.rooms_nearby import RoomsNearbyController
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _, marked
from client_mvc.model.model import Model
from client_mvc.model.outbox import Box
from client_mvc.network import api
from client_mvc.text import link_hosts
from client_mvc.view.contract.screen import Screen
from client_mvc.view.contract.values import Question
from shared import conversation, messages, moderation

log = logging.getLogger(__name__)

_NO_BROWSER = marked("No browser opened. Open this link yourself:\n\n{url}\n")


class Controller:
    """The `Intents` of the window, one attribute for each subject; `handle` is for the pump.

    Args:
        when_idle: Calls its argument once the window has no other work (Tk's `after_idle`).
        open_url: Opens a web page in the browser.
        about: The text of the window about this program.
        clock: Returns the time in seconds, for what depends on time passing.
        zone: The time zone shown; None: the local one.
        wall: Returns the time of day.
    """

    def __init__(
        self,
        model: Model,
        screen: Screen,
        network: api.Network,
        *,
        when_idle: Callable[[Callable[[], None]], object],
        open_url: Callable[[str], None],
        about: str,
        desktop: Desktop,
        clock: Callable[[], float] = time.monotonic,
        zone: tzinfo | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._open_url = open_url
        self._about = about
        self.banner = Banners(screen.banner)
        context = AppContext(
            *(model, screen, network, self.banner, clock, desktop, zone), wall=wall
        )
        self._context = context
        self._alerts = Alerts(context)
        self._presenter = presenter = Presenter(context, self._alerts, when_idle)
        self.preferences = PreferencesController(context, presenter)
        self.drafts = Drafts(context)
        self.removal = RemovalController(context, presenter)
        self.membership = MembershipController(context, self.drafts, self.removal)
        self.nearby = RoomsNearbyController(context)
        self._hold = HoldController(context, presenter)
        self.outgoing = OutgoingController(context, self._hold)
        self.moderation = ModerationController(context)
        self.bans = BansController(context, presenter)
        self.invite = InviteController(context)
        self.save_all = SaveAll(context)
        self.files = Transfers(context, self.save_all)
        self.attachments = AttachmentController(context, self.files)
        self.pictures = PictureController(context)
        self.conversation = ConversationController(context)
        self.report = ReportController(context)
        self.history = HistoryController(context, presenter)
        self.search = SearchController(context, presenter)
        self.composer = ComposerController(
            context, self.outgoing, self.history, self.report, self
        )
        model.box_changed.subscribe(self._report_damage)
        self._quit_by: float | None = None
        self._closed = False

    def start(self, server: str | None = None, name: str | None = None) -> None:
        """Show the connect dialog; with both a server and a name, connect at once."""
        self._context.screen.set_title(wording.title("", 0))
        self.preferences.begin()
        self.membership.show_dialog(server, name)
        if server and name:
            self.membership.connect(server, name, "")

    def handle(self, batch: Sequence[api.SessionEvent]) -> bool:
        """Take in the network's events and the passing of time; show all changes at once.

        Returns:
            False when the window is closed: there will be nothing more to handle.
        """
        if self._closed:
            return False
        now = self._context.clock()
        self.history.fill()
        for session, event in batch:
            try:
                self._handle(event, now, current=session == self.membership.session)
            except Exception:
                # A bug with one event must not cost the others of the batch.
                log.exception("event not handled type=%s", type(event).__name__)
        self.nearby.tick(now)
        self.invite.tick(now)
        self.membership.tick(now)
        self.removal.tick(now)
        self._hold.tick(now)
        self.banner.tick(now)
        self.drafts.tick(now)
        self.report.tick(now)
        self.preferences.tick()
        # In a flood of events the window is never idle: show them here.
        self._presenter.flush()
        self._alerts.tick(now)
        active = self._context.model.membership.active
        if self._quit_by is not None and (not active or now >= self._quit_by):
            self._close()
        return not self._closed

    # --- intents about the program ---------------------------------------------------------

    def quit(self) -> None:
        """Leave the room; a later turn of the pump closes the window, or the window's own
        callback would run on after its end.
        """
        if self._context.model.membership.active and self._quit_by is None:
            self._quit_by = self._context.clock() + api.LEAVE_WITHIN
            self.membership.leave()
        else:
            self._quit_by = self._context.clock()
        self._context.model.preferences.set_geometry(self._context.screen.geometry())

    def focused(self, has_focus: bool) -> None:
        """Take note that the window got or lost the keyboard focus."""
        self._presenter.focused(has_focus)
        if has_focus:
            self.preferences.focused()

    def save_conversation(self, target: Path) -> None:
        """Write the loaded conversation, in the format that the suffix of `target` names."""
        heading = self.membership.heading
        events = self._context.model.conversation.known()
        self._context.write_file(
            target,
            lambda: export.save_conversation(events, heading, target, self._context.zone),
        )

    def open_link(self, url: str) -> None:
        """Open a link of a message in the browser; ask first if it hides where it leads."""
        if not url.lower().startswith(("http://", "https://")):
            self._context.warn(_("Only links to web pages are opened."))
        elif (host := link_hosts.disguised_host(url)) is None:
            self._open_url(url)
        else:
            text = _("This link leads to {host}, but is made to look different.", host=host)
            question = Question(_("Open this link?"), text, _("Open link"))
            self._context.screen.windows.ask(question, lambda: self._open_url(url))

    def link_failed(self, url: str) -> None:
        """Show a link that no browser opened, so that the person can copy it."""
        self._context.screen.windows.show_text(_("Open link"), _(_NO_BROWSER, url=url))

    def help(self) -> None:
        """Show keys and commands."""
        self._context.screen.windows.show_text(_("Keys and commands"), _(commands.HELP))

    def about(self) -> None:
        """Show name and version of this program."""
        self._context.screen.windows.show_text(_("About Chatroom"), self._about)

    def _report_damage(self, box: Box | None) -> None:
        if box is not None and box.damaged is not None:
            file = box.damaged  # in two lines: one alone would break within the name
            text = _(wording.DAMAGED, folder=file.parent, name=file.name)
            self._context.screen.windows.show_text(_("Damaged file"), text)

    def _close(self) -> None:
        self._closed = True
        self.membership.close()
        self._context.screen.close()

    # --- events of the network -------------------------------------------------------------

    def _handle(self, event: api.NetworkEvent, now: float, *, current: bool) -> None:
        """Pass one event to its part; `current`: it belongs to the current session."""
        match event:
            case (
                api.DownloadProgress()
                | api.DownloadDone()
                | api.DownloadFailed()
                | api.FileFetched()
                | api.FileFetchFailed()
            ):
                self.files.handle_download(event)
            case api.PictureFetched() | api.PictureFetchFailed():
                self.pictures.handle(event)
            case api.RoomsNearby() | api.LookedFurther():
                self.nearby.handle(event)
            case api.InviteAnswered():
                self.invite.handle(event)
            case _ if not current:
                pass
            case (
                api.RoomFound()
                | api.Welcomed()
                | api.CaughtUp()
                | api.Disconnected()
                | api.Reconnecting()
                | api.MembershipEnded()
            ):
                self.membership.handle(event, now)
                if isinstance(event, api.CaughtUp):
                    self.files.start_left_over()
                elif isinstance(event, api.MembershipEnded) and event.in_another_room:
                    self.files.hold()
            case (
                api.UploadSize()
                | api.UploadProgress()
                | api.UploadRetrying()
                | api.UploadDone()
                | api.UploadFailed()
            ):
                self.files.handle_upload(event)
            case _:
                self._handle_room_event(event)

    def _handle_room_event(self, room_event: api.RoomEvent) -> None:
        model = self._context.model
        match room_event:
            case api.EventReceived(event):
                self._handle_event(event)
            case api.MessageConfirmed() | api.MessageDelayed() | api.MessageFailed():
                self.outgoing.handle(room_event)
            case api.RequestFailed(id, problem):
                self._handle_failure(id, sentence(problem))
            case messages.History():
                self.history.answered(room_event)
            case messages.Found():
                self.search.answered(room_event)
            case messages.Presence():
                model.members.presence(room_event)
            case conversation.IsTyping():
                pass
            case api.ReportReceived():
                if not self.moderation.handle_report(room_event):
                    self.report.handle(room_event)
            case moderation.Bans():
                self.bans.answered(room_event)

    def _handle_event(self, event: messages.AnyEvent) -> None:
        """Take in an event of the journal: the model first, then all who follow it."""
        model = self._context.model
        model.conversation.add(event)
        model.members.apply(event)
        model.room_state.apply(event)
        for part in (self.files, self._hold, self.removal, self.moderation, self.bans):
            part.handle_event(event)
        if model.box is not None:
            model.box.seen(event.seq)

    def _handle_failure(self, id: str, reason: str) -> None:
        """Let the part that made the request show its failure; or else show it here."""
        if self.report.failed(id) or self.history.failed(id, reason):
            return
        if self.moderation.failed(id, reason):
            return
        if not self.search.failed(id, reason):
            self._context.warn(reason)
