"""The standing banner: the state of the connection, and what the person can do about it."""

import math
from collections.abc import Callable
from typing import Literal

from client_mvc.controller.app_context import AppContext
from client_mvc.controller.banners import nothing
from client_mvc.i18n.errors import sentence
from client_mvc.i18n.translate import _
from client_mvc.model.membership import ConnectionLoss
from client_mvc.view.contract.values import Banner


class ConnectionBanner:
    """Shows one sentence at a time; without a button there is nothing to do but wait."""

    def __init__(self, context: AppContext) -> None:
        self._context = context

    def stand(
        self,
        kind: Literal["info", "warning"],
        text: str,
        action: str = "",
        act: Callable[[], None] = nothing,
    ) -> None:
        """Replace the sentence; the button `action` calls `act`."""
        self._context.banners.stand(Banner(kind, text, action), act)

    def count_down(self, loss: ConnectionLoss | None, now: float) -> None:
        """Show in how many seconds the client tries to connect again."""
        if loss is None:
            return
        reason, attempt = sentence(loss.problem), loss.attempt
        left = math.ceil(loss.retry_at - now)
        if left > 0:
            text = _(
                "Reconnecting in {left} s (attempt {attempt}).", left=left, attempt=attempt
            )
            act = self._context.network.reconnect_now
            self.stand("warning", f"{reason} {text}", _("Try now"), act)
        else:
            text = _("Reconnecting… (attempt {attempt})", attempt=attempt)
            self.stand("warning", f"{reason} {text}")
