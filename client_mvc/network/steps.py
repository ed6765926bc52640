"""The steps that a `ClientProtocol` asks its driver to take. Pure."""

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


type Told = api.MembershipEvent | api.RoomEvent
"""Tell the controller of this event."""
type Step = Open | Send | HangUp | AskHosts | Told


class Steps:
    """The steps that an input asks for, in order."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def add(self, step: Step) -> None:
        """Append a step."""
        self._steps.append(step)

    def send(self, request: messages.Request) -> None:
        """Append the step to send this."""
        self.add(Send(request))

    def hang_up(self) -> None:
        """Append the step to close the socket."""
        self.add(HangUp())

    def tell(self, event: Told) -> None:
        """Append the step to tell the controller of this event."""
        self.add(event)

    def take(self) -> list[Step]:
        """Return the steps that were added since the last call."""
        steps, self._steps = self._steps, []
        return steps
