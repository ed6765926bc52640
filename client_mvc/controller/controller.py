"""The controller: passes the person's intents and the network's events to the parts.

Implements `contract.intents.Intents`. Runs on the thread of the window and blocks it at most
for a write to the disk.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from client_mvc.controller import help_page, links, wording
from client_mvc.controller.alerts import Alerts
from client_mvc.controller.app_context import AppContext, Desktop
from client_mvc.controller.availability import Availability
from client_mvc.controller.banners import Banners
from client_mvc.controller.composer.composing import ComposerController, ComposerParts
from client_mvc.controller.composer.contexts import Contexts
from client_mvc.controller.composer.drafts import Drafts
from client_mvc.controller.composer.requests import Requests
from client_mvc.controller.composer.sending import OutgoingController
from client_mvc.controller.connecting import MembershipController
from client_mvc.controller.conversation.acting import ConversationController
from client_mvc.controller.conversation.paging import HistoryController
from client_mvc.controller.conversation.pinning import PinController
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.controller.conversation.searching import SearchController
from client_mvc.controller.export import export
from client_mvc.controller.files.attachments import AttachmentController
from client_mvc.controller.files.opening import FileOpener
from client_mvc.controller.files.pictures import PictureController
from client_mvc.controller.files.save_all import SaveAll
from client_mvc.controller.files.transfers import Transfers
from client_mvc.controller.inviting import InviteController
from client_mvc.controller.moderation.acting import ModerationController
from client_mvc.controller.moderation.bans import BansController
from client_mvc.controller.moderation.holding import HoldController
from client_mvc.controller.moderation.removal import RemovalController
from client_mvc.controller.passwords import Keyring, PasswordController
from client_mvc.controller.preferences import PreferencesController
from client_mvc.controller.receiving import Parts, Receiver
from client_mvc.controller.report import ReportController
from client_mvc.controller.rooms_nearby import RoomsNearbyController
from client_mvc.i18n.translate import _, marked
from client_mvc.model.model import Model
from client_mvc.model.outbox import Box
from client_mvc.network import api
from client_mvc.text import link_hosts
from client_mvc.view.contract.screen import Screen
from client_mvc.view.contract.windows import About, Question
from shared import joinlink

log = logging.getLogger(__name__)

_NO_BROWSER = marked("No browser opened. Open this link yourself:\n\n{url}\n")


class Controller:
    """The `Intents` of the window, one attribute for each subject; `handle` is for the pump.

    Args:
        when_idle: Calls its argument once the window has no other work (Tk's `after_idle`).
        open_url: Opens a web page in the browser.
        open_file: Opens a file with the program that the system has for it.
        about: What this program is.
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
        open_file: Callable[[Path], None],
        about: About,
        desktop: Desktop,
        keyring: Keyring,
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
        self._requests = Requests(context)
        self._contexts = Contexts(context, self.drafts, self._requests, presenter.reader)
        self._pins = PinController(context, presenter)
        self.removal = RemovalController(context, presenter)
        self.passwords = PasswordController(context, keyring)
        self.membership = MembershipController(
            context, self.drafts, self.removal, self.passwords
        )
        self.nearby = RoomsNearbyController(context)
        self._hold = HoldController(context, presenter)
        self.outgoing = OutgoingController(context, self._hold)
        self.moderation = ModerationController(context)
        self.bans = BansController(context, presenter)
        self.invite = InviteController(context)
        self.save_all = SaveAll(context)
        self.pictures = PictureController(context)
        self._opener = FileOpener(context, open_file)
        self.files = Transfers(context, self.save_all, self.pictures, self._opener)
        self.attachments = AttachmentController(context, self.files)
        self.conversation = ConversationController(
            *(context, self._contexts, self._requests, self._pins, presenter.reader)
        )
        self.report = ReportController(context)
        self.history = HistoryController(context, presenter)
        self.search = SearchController(context, presenter)
        self.composer = ComposerController(
            context,
            ComposerParts(
                self.outgoing,
                self.attachments,
                self.history,
                self.report,
                self.moderation,
                self.conversation,
                self.drafts,
                self._contexts,
                self._requests,
                self,
            ),
        )
        self._receiver = Receiver(
            context,
            Parts(
                membership=self.membership,
                availability=Availability(context),
                files=self.files,
                pictures=self.pictures,
                nearby=self.nearby,
                invite=self.invite,
                outgoing=self.outgoing,
                history=self.history,
                search=self.search,
                moderation=self.moderation,
                report=self.report,
                bans=self.bans,
                hold=self._hold,
                removal=self.removal,
                contexts=self._contexts,
                requests=self._requests,
                pins=self._pins,
            ),
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
        now, model = self._context.clock(), self._context.model
        self.history.fill()
        for session, event in batch:
            try:
                self._receiver.handle(event, now, current=session == self.membership.session)
            except Exception:
                # A bug with one event must not cost the others of the batch.
                log.exception("event not handled type=%s", type(event).__name__)
        self.nearby.tick(now)
        self.invite.tick(now)
        self.membership.tick(now)
        self.passwords.tick(now)
        self.removal.tick(now)
        self._hold.tick(now)
        self.banner.tick(now)
        self.drafts.tick(now)
        model.typing.tick(now)
        self.report.tick(now)
        self.preferences.tick()
        # In a flood of events the window is never idle: show them here.
        self._presenter.flush()
        self._alerts.tick(now)
        active = model.membership.active
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
        if (seq := self._message_here(url)) is not None:
            self.history.go_to(seq)
        elif not url.lower().startswith(("http://", "https://")):
            self._context.warn(_("Only links to web pages are opened."))
        elif (host := link_hosts.disguised_host(url)) is None:
            self._open_url(url)
        else:
            text = _("This link leads to {host}, but is made to look different.", host=host)
            question = Question(_("Open this link?"), text, _("Open link"))
            self._context.screen.windows.ask(question, lambda: self._open_url(url))

    def _message_here(self, url: str) -> int | None:
        """Return the `seq` of a message of this room that a link leads to."""
        membership = self._context.model.membership
        try:
            link = joinlink.parse(url)
        except joinlink.BadLink:
            return None
        if membership.welcome is None or membership.server is None:
            return None
        return link.message if links.is_here(link, membership.server) else None

    def link_failed(self, url: str) -> None:
        """Show a link that no browser opened, so that the person can copy it."""
        self._context.screen.windows.show_text(_("Open link"), _(_NO_BROWSER, url=url))

    def file_not_opened(self, path: Path) -> None:
        """Say that the system has no program for a file."""
        text = _("This computer has no program for {file}. Save it instead.", file=path.name)
        self._context.warn(text)

    def help(self) -> None:
        """Show keys and commands."""
        self._context.screen.windows.show_help(_("Keys and commands"), help_page.groups())

    def about(self) -> None:
        """Show name and version of this program."""
        self._context.screen.windows.show_about(self._about)

    def _report_damage(self, box: Box | None) -> None:
        if box is not None and box.damaged is not None:
            file = box.damaged  # in two lines: one alone would break within the name
            text = _(wording.DAMAGED, folder=file.parent, name=file.name)
            self._context.screen.windows.show_text(_("Damaged file"), text)

    def _close(self) -> None:
        self._closed = True
        self.membership.close()
        self._opener.close()
        self._context.screen.close()
