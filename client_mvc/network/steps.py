"""The steps that a `ClientProtocol` asks its driver to take, besides telling an event."""

from dataclasses import dataclass

from client_mvc.network import api
from shared import messages
from shared.joinlink import Address


@dataclass(frozen=True, slots=True)
class Open:
    """Request `GET /room`, call `room_found`, and unless told to hang up, open a socket.

    Then call `opened`; or `unreachable` where either of them fails.
    """


@dataclass(frozen=True, slots=True)
class Send:
    """Send this on the open socket."""

    request: messages.Request


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the socket, or stop opening it; from then on its inputs are ignored."""


@dataclass(frozen=True, slots=True)
class AskHosts:
    """Request `GET /room` of these hosts beside the open socket, and call `hosts_asked`."""

    hosts: tuple[Address, ...]


type Step = Open | Send | HangUp | AskHosts | api.MembershipEvent | api.RoomEvent
