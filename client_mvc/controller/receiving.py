"""Passes each event of the network to the part of the controller that it is for."""

from dataclasses import dataclass

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.availability import Availability
from client_mvc.controller.composer.contexts import Contexts
from client_mvc.controller.composer.requests import Requests
from client_mvc.controller.composer.sending import OutgoingController
from client_mvc.controller.connecting import MembershipController
from client_mvc.controller.conversation.paging import HistoryController
from client_mvc.controller.conversation.pinning import PinController
from client_mvc.controller.conversation.searching import SearchController
from client_mvc.controller.files import taking
from client_mvc.controller.files.pictures import PictureController
from client_mvc.controller.files.transfers import Transfers
from client_mvc.controller.inviting import InviteController
from client_mvc.controller.moderation.acting import ModerationController
from client_mvc.controller.moderation.bans import BansController
from client_mvc.controller.moderation.holding import HoldController
from client_mvc.controller.moderation.removal import RemovalController
from client_mvc.controller.report import ReportController
from client_mvc.controller.rooms_nearby import RoomsNearbyController
from client_mvc.i18n.errors import refusal
from client_mvc.network import api, api_files, api_nearby
from shared import conversation, messages, moderation


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of the controller that take events."""

    membership: MembershipController
    availability: Availability
    files: Transfers
    pictures: PictureController
    nearby: RoomsNearbyController
    invite: InviteController
    outgoing: OutgoingController
    history: HistoryController
    search: SearchController
    moderation: ModerationController
    report: ReportController
    bans: BansController
    hold: HoldController
    removal: RemovalController
    contexts: Contexts
    requests: Requests
    pins: PinController


class Receiver:
    """See the top of this module."""

    def __init__(self, context: AppContext, parts: Parts) -> None:
        self._context = context
        self._parts = parts

    def handle(self, event: api.NetworkEvent, now: float, *, current: bool) -> None:
        """Pass one event to its part; `current`: it belongs to the current session."""
        match event:
            case (
                api_files.DownloadProgress()
                | api_files.DownloadDone()
                | api_files.DownloadFailed()
                | api_files.FileFetched()
                | api_files.FileFetchFailed()
            ):
                self._parts.files.handle_download(event)
            case api_files.PictureFetched() | api_files.PictureFetchFailed():
                self._parts.pictures.handle(event)
            case api_nearby.RoomsNearby() | api_nearby.LookedFurther():
                self._parts.nearby.handle(event)
            case api.InviteAnswered():
                self._parts.invite.handle(event)
            case _ if not current:
                pass
            case (
                api.RoomFound()
                | api.Welcomed()
                | api.CaughtUp()
                | api.Disconnected()
                | api.Reconnecting()
                | api.HostsChanged()
                | api.MembershipEnded()
            ):
                self._handle_membership(event, now)
            case (
                api_files.UploadSize()
                | api_files.UploadProgress()
                | api_files.UploadRetrying()
                | api_files.UploadDone()
                | api_files.UploadFailed()
            ):
                self._parts.files.handle_upload(event)
            case api.MajorityChanged():
                pass
            case _:
                self._handle_room_event(event)
        if current:
            self._parts.availability.handle(
                event
            )  # its line stands over that of the connection

    def _handle_membership(self, event: api.MembershipEvent, now: float) -> None:
        parts = self._parts
        if isinstance(event, api.MembershipEnded):
            parts.contexts.end()  # the draft is back before it is written to disk
        parts.membership.handle(event, now)
        match event:
            case api.Welcomed(welcome):
                self._welcomed(welcome)
            case api.Disconnected():
                self._context.model.typing.clear()
            case api.CaughtUp():
                parts.files.start_left_over()
                if seq := parts.membership.take_message():
                    parts.history.go_to(seq)
            case api.MembershipEnded() if event.in_another_room:
                parts.files.hold()

    def _handle_room_event(self, room_event: api.RoomEvent) -> None:
        model = self._context.model
        match room_event:
            case api.EventReceived(event):
                self._handle_event(event)
            case api.MessageConfirmed() | api.MessageDelayed() | api.MessageFailed():
                self._parts.outgoing.handle(room_event)
            case api.RequestFailed(id, problem):
                self._handle_failure(id, refusal(problem))
            case messages.History() | messages.Found() | moderation.Bans():
                self._handle_answer(room_event)
            case messages.Presence(id=id):
                model.members.presence(room_event)
                self._parts.requests.answered(id)
            case conversation.IsTyping():
                self._handle_typing(room_event)
            case api.ReportReceived():
                if not self._parts.moderation.handle_report(room_event):
                    self._parts.report.handle(room_event)

    def _handle_answer(
        self, answer: messages.History | messages.Found | moderation.Bans
    ) -> None:
        match answer:
            case messages.History():
                if not self._parts.pins.answered(answer):
                    self._parts.history.answered(answer)
            case messages.Found():
                self._parts.search.answered(answer)
            case moderation.Bans():
                self._parts.bans.answered(answer)

    def _handle_typing(self, typing: conversation.IsTyping) -> None:
        """Note who is writing, unless it is the person, in another window."""
        model = self._context.model
        if not model.room_state.is_own(typing.name, typing.member or None):
            model.typing.heard(typing, self._context.clock())

    def _welcomed(self, welcome: messages.Welcome) -> None:
        model = self._context.model
        model.pins.welcomed(welcome)
        room = welcome.journal or str(model.membership.address)
        if room != model.ignored.room:
            model.ignored.enter(room)
        self._context.screen.choosers.hint = taking.takes(welcome.limits)

    def _handle_event(self, event: messages.AnyEvent) -> None:
        """Take in an event of the journal: the model first, then all who follow it."""
        model = self._context.model
        model.conversation.add(event)
        if isinstance(event, conversation.Renamed):
            self._parts.membership.renamed(event)
        model.members.apply(event)
        model.room_state.apply(event)
        model.typing.apply(event)
        self._parts.pins.handle_event(event)
        self._parts.requests.answered(getattr(event, "id", None))
        for part in (
            self._parts.files,
            self._parts.hold,
            self._parts.removal,
            self._parts.moderation,
            self._parts.bans,
        ):
            part.handle_event(event)
        if model.box is not None:
            model.box.seen(event.seq)

    def _handle_failure(self, id: str, reason: str) -> None:
        """Let the part that made the request show its failure; or else show it here."""
        parts = self._parts
        quiet = parts.report.failed(id) or parts.pins.failed(id)
        shown = (
            parts.history.failed(id, reason)
            or parts.requests.failed(id, reason)
            or parts.moderation.failed(id, reason)
            or parts.search.failed(id, reason)
        )
        if not quiet and not shown:
            self._context.warn(reason)
