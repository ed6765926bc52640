"""Say once that the room cannot take messages at present, and when it can again.

The server says so where too few hosts of the room reach each other, or it answers what was
sent. The client keeps that, and sends it again by itself: so this is a standing line, and no
message fails.
"""

from client_mvc.controller.app_context import AppContext
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.network import api, api_files
from client_mvc.view.contract.values import Banner
from shared.problems import NO_MAJORITY, Problem

_CODE = "unavailable"


def reason(problem: Problem) -> str:
    """Return why a message or a file waits; where the line says it, only what comes next."""
    if problem.code == _CODE:
        return _("Sent again when the room can take it.")
    return sentence(problem)


class Availability:
    """Knows whether the room can take messages, changes and files."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._stands = self._lost = False

    def handle(self, event: api.NetworkEvent) -> None:
        """Show the line, or remove it: anything that the room decides shows that it can."""
        match event:
            case (
                api.MessageDelayed(problem=problem)
                | api.RequestDelayed(problem=problem)
                | api_files.UploadRetrying(problem=problem)
            ) if problem.code == _CODE:
                self._show(problem)
            case api.MajorityChanged(has):
                self._lost = not has
                if has:
                    self._hide()
                else:
                    self._show(NO_MAJORITY)
            case api.CaughtUp() if self._lost:
                self._show(NO_MAJORITY)
            case api.Disconnected() | api.MembershipEnded():
                self._stands = self._lost = False  # another line stands now
            case api.EventReceived() | api.MessageConfirmed() | api_files.UploadDone():
                self._hide()
            case _:
                pass

    def _show(self, problem: Problem) -> None:
        if self._stands or not self._context.model.membership.caught_up:
            return
        self._stands = True
        text = _("The room does not answer. What you send is kept and sent again.")
        if problem.params.get("rule"):
            text = sentence(problem)
        self._context.banners.stand(Banner("info", text))

    def _hide(self) -> None:
        if self._stands:
            self._stands = self._lost = False
            self._context.banners.stand(None)
