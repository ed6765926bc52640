"""The steps that a `ClientProtocol` asks its driver to take, besides telling an event."""

from dataclasses import dataclass

from client_mvc.network import api
from shared import messages


@dataclass(frozen=True, slots=True)
class Open:
    """Open a socket, then call `opened` or `unreachable`.

    `ask_room`: before that request `GET /room`, and call `room_found` with the answer, if the
    server has one.
    """

    ask_room: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Send this on the open socket."""

    request: messages.Request


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the socket, or stop opening it; from then on its inputs are ignored."""


type Step = Open | Send | HangUp | api.MembershipEvent | api.RoomEvent
