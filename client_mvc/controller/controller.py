"""What a person asks for becomes a change of the model or a wish of the network; what the
network tells becomes a change of the model; what changed is shown, once per turn.

Implements `contract.Intents`. Runs on the thread of the window, and blocks it for nothing
longer than a write to the disk.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path

from client_mvc.controller import wording
from client_mvc.controller.alerts import Alerts
from client_mvc.controller.app_context import Desktop, Parts
from client_mvc.controller.banners import Banners
from client_mvc.controller.composer import commands
from client_mvc.controller.composer.commands import Command
from client_mvc.controller.composer.completion import Completer
from client_mvc.controller.composer.drafts import Drafting
from client_mvc.controller.composer.sending import Speaking
from client_mvc.controller.connecting import Reception
from client_mvc.controller.conversation.paging import Leafing
from client_mvc.controller.conversation.presenter import Presenter
from client_mvc.controller.conversation.searching import Finding
from client_mvc.controller.export import export
from client_mvc.controller.files.transfers import Sharing
from client_mvc.controller.preferences import Choosing
from client_mvc.controller.report import Reporting
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.model.model import Model
from client_mvc.network import api
from client_mvc.view.contract.screen import Screen
from client_mvc.view.contract.values import PreferencesForm, ReportTable
from shared import messages

log = logging.getLogger(__name__)


class Controller:
    """The `Intents` of the window, and `handle` for the pump."""

    def __init__(
        self,
        model: Model,
        screen: Screen,
        network: api.Network,
        *,
        open_url: Callable[[str], None],
        about: str,
        desktop: Desktop,
        clock: Callable[[], float] = time.monotonic,
        zone: tzinfo | None = None,
    ) -> None:
        self._open_url = open_url
        self._about = about
        self._zone = zone
        self._parts = Parts(model, screen, network, Banners(screen), clock, desktop)
        self._alerts = Alerts(self._parts)
        self._presenter = Presenter(model, screen, self._alerts, zone)
        self._choosing = Choosing(self._parts, self._presenter)
        self._drafting = Drafting(self._parts)
        self._completer = Completer()
        self._reception = Reception(self._parts, self._presenter, self._drafting)
        self._speaking = Speaking(self._parts, self._reception)
        self._sharing = Sharing(self._parts, self._reception)
        self._reporting = Reporting(self._parts, self._reception, zone)
        self._leafing = Leafing(self._parts, self._presenter, self._reception, zone)
        self._finding = Finding(
            self._parts, self._presenter, self._reception, self._leafing, zone
        )
        self._last_said = ""
        self._quit_by: float | None = None
        self._closed = False

    def start(self, server: str | None = None, name: str | None = None) -> None:
        """Show the connect dialog; with both a server and a name, connect at once."""
        self._parts.screen.set_title(wording.title("", 0))
        self._choosing.begin()
        self._reception.show_dialog(server, name)
        if server and name:
            self.connect(server, name, "")

    def handle(self, batch: Sequence[api.SessionEvent]) -> bool:
        """Take in what the network told, and the passing of time; show it all at once.

        False when the window is closed: there will be nothing more to handle.
        """
        if self._closed:
            return False
        now = self._parts.clock()
        self._leafing.fill()
        for visit, told in batch:
            try:
                self._told(told, now, current=visit == self._reception.visit)
            except Exception:
                # A bug with one event must not cost the others of the batch.
                log.exception("%s could not be taken in", type(told).__name__)
        self._reception.tick(now)
        self._parts.banners.tick(now)
        self._drafting.tick(now)
        self._reporting.tick(now)
        self._choosing.tick()
        self._presenter.flush()
        self._alerts.tick(now)
        if self._quit_by is not None and (not self._reception.active or now >= self._quit_by):
            self._close()
        return not self._closed

    # --- in and out (Intents) --------------------------------------------------------------

    def connect(self, server: str, name: str, password: str) -> None:
        self._reception.connect(server, name, password)
        self._presenter.flush()

    def cancel_connect(self) -> None:
        self._reception.cancel()
        self._presenter.flush()

    def disconnect(self) -> None:
        self._reception.leave()

    def quit(self) -> None:
        """Leave first; the window closes in a turn of the pump, never under its own button."""
        self._parts.model.preferences.set_geometry(self._parts.screen.geometry())
        if self._reception.active and self._quit_by is None:
            self._quit_by = self._parts.clock() + api.LEAVE_WITHIN
            self._reception.leave()
        else:
            self._quit_by = self._parts.clock()

    def _close(self) -> None:
        self._closed = True
        self._reception.put_away()
        self._parts.screen.close()

    # --- saying (Intents) ------------------------------------------------------------------

    def send(self, text: str) -> bool:
        self._parts.banners.clear_flash()
        match commands.parse(text):
            case Command.QUIT:
                self.quit()
            case Command.REPORT:
                self.report()
            case Command.HELP:
                self.help()
            case commands.Unknown(reason):
                self._parts.warn(reason)
                return False
            case str(said):
                if not self._speaking.say(said):
                    return False
                self._last_said = text
                self._leafing.to_newest()
                self._presenter.flush()
        return True

    def recall(self) -> str:
        return self._last_said

    def complete(self, before: str) -> str | None:
        members = self._parts.model.members
        others = [each.name for each in members if each.name != members.you]
        return self._completer.complete(before, others)

    def drafted(self, text: str) -> None:
        self._drafting.drafted(text)

    def retry_message(self, key: str) -> None:
        self._speaking.retry(key)
        self._presenter.flush()

    def discard_message(self, key: str) -> None:
        self._speaking.discard(key)
        self._presenter.flush()

    # --- files (Intents) -------------------------------------------------------------------

    def share(self, paths: Sequence[Path]) -> None:
        self._sharing.share(paths)
        self._presenter.flush()

    def cancel_upload(self, key: str) -> None:
        self._sharing.cancel(key)
        self._presenter.flush()

    def retry_upload(self, key: str) -> None:
        self._sharing.retry(key)
        self._presenter.flush()

    def clear_failed_uploads(self) -> None:
        self._sharing.clear_failed()
        self._presenter.flush()

    def save_file(self, file_id: str, target: Path) -> None:
        self._sharing.save(file_id, target)

    def open_file(self, file_id: str) -> None:
        self._sharing.open(file_id)

    def copy_file_link(self, file_id: str) -> None:
        self._sharing.copy_link(file_id)

    def save_all(self, folder: Path) -> None:
        self._sharing.all.start(folder)
        self._presenter.flush()

    def retry_saving(self) -> None:
        self._sharing.all.retry()
        self._presenter.flush()

    def stop_saving(self) -> None:
        self._sharing.all.stop()
        self._presenter.flush()

    # --- history (Intents) -----------------------------------------------------------------

    def reached_top(self) -> None:
        self._leafing.reached_top()
        self._presenter.flush()

    def reached_end(self) -> None:
        self._leafing.reached_end()
        self._presenter.flush()

    def reads(self, further_up: bool) -> None:
        self._leafing.reads(further_up=further_up)

    def sees_all(self, everything: bool) -> None:
        self._leafing.sees_all(everything=everything)

    def to_newest(self) -> None:
        self._leafing.to_newest()
        self._presenter.flush()

    def ask_date(self) -> None:
        self._leafing.ask_date()

    def go_to_date(self, typed: str) -> None:
        self._leafing.go_to_date(typed)

    def open_find(self) -> None:
        self._finding.open()

    def close_find(self) -> None:
        self._finding.close()

    def find(self, text: str) -> None:
        self._finding.find(text)

    def find_next(self, step: int) -> None:
        self._finding.next(step)

    def search_all(self) -> None:
        self._finding.search_all()

    def search_more(self) -> None:
        self._finding.more()

    def go_to_result(self, seq: int) -> None:
        self._finding.go_to(seq)
        self._presenter.flush()

    # --- the rest (Intents) ----------------------------------------------------------------

    def open_link(self, url: str) -> None:
        if url.lower().startswith(("http://", "https://")):
            self._open_url(url)
        else:
            self._parts.warn(_("Only links to web pages are opened."))

    def mention(self, name: str) -> None:
        self._parts.screen.insert_in_composer(f"@{name} ")

    def report(self) -> None:
        self._reporting.ask()

    def report_closed(self) -> None:
        self._reporting.closed()

    def save_report(self, table: ReportTable, target: Path) -> None:
        self._save(target, lambda: export.save_report(table, target))

    def save_conversation(self, target: Path) -> None:
        heading = self._reception.heading
        events = self._parts.model.conversation.known()
        self._save(
            target, lambda: export.save_conversation(events, heading, target, self._zone)
        )

    def _save(self, target: Path, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as problem:
            self._parts.warn(
                _(
                    "{target} could not be written: {problem}.",
                    target=target,
                    problem=problem.strerror,
                )
            )
        else:
            self._parts.praise(_("Saved as {target}.", target=target))

    def toggle_theme(self) -> None:
        self._choosing.toggle_theme()

    def zoom(self, step: int) -> None:
        self._choosing.zoom(step)

    def preferences(self) -> None:
        self._choosing.open()

    def prefer(self, form: PreferencesForm) -> None:
        self._choosing.choose(form)

    def banner_action(self) -> None:
        self._parts.banners.action()
        self._presenter.flush()

    def focused(self, has_focus: bool) -> None:
        self._presenter.focused(has_focus)
        if has_focus:
            self._choosing.focused()
        self._presenter.flush()

    def help(self) -> None:
        self._parts.screen.show_text(_("Keys and commands"), _(commands.HELP))

    def about(self) -> None:
        self._parts.screen.show_text(_("About Chatroom"), self._about)

    # --- what the network tells ------------------------------------------------------------

    def _told(self, told: api.NetworkEvent, now: float, *, current: bool) -> None:
        match told:
            case (
                api.RoomFound()
                | api.Welcomed()
                | api.CaughtUp()
                | api.Disconnected()
                | api.Reconnecting()
                | api.MembershipEnded()
            ):
                if current:
                    self._reception.told(told, now)
                    if isinstance(told, api.CaughtUp):
                        self._sharing.go_on()
            case (
                api.UploadSize()
                | api.UploadProgress()
                | api.UploadRetrying()
                | api.UploadDone()
                | api.UploadFailed()
            ):
                if current:
                    self._sharing.uploading(told)
            case (
                api.DownloadProgress()
                | api.DownloadDone()
                | api.DownloadFailed()
                | api.FileFetched()
                | api.FileFetchFailed()
            ):
                self._sharing.downloading(told)
            case _:
                if current:
                    self._talk(told)

    def _talk(self, told: api.RoomEvent) -> None:
        box = self._parts.model.box
        match told:
            case api.EventReceived(event):
                self._parts.model.conversation.add(event)
                self._parts.model.members.apply(event)
                self._sharing.seen(event)
                if box is not None:
                    box.seen(event.seq)
            case api.MessageConfirmed() | api.MessageDelayed() | api.MessageFailed():
                self._speaking.told(told)
            case api.RequestFailed(id, problem):
                self._failed(id, sentence(problem))
            case messages.History():
                self._leafing.answered(told)
            case messages.Found():
                self._finding.answered(told)
            case messages.Presence():
                self._parts.model.members.presence(told)
            case api.ReportReceived():
                self._reporting.told(told)

    def _failed(self, id: str, reason: str) -> None:
        """A question failed: who asked it says so, or else nobody knows it any more."""
        if self._reporting.failed(id) or self._leafing.failed(id, reason):
            return
        if not self._finding.failed(id, reason):
            self._parts.warn(reason)
