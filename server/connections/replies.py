"""The values a session answers with; each protocol encodes them in its own way.

They are structs of `shared.messages`, and those below for what is encoded already: events, and
the lists of members and pins.
"""

from msgspec import Struct

from server.room.interface import JoinAccepted
from shared.messages import Accepted, Error, Limits, Presence, Refused, Report
from shared.moderation import Bans


class Welcomed(Struct, frozen=True):
    """The client has joined the room of this name."""

    accepted: JoinAccepted
    room: str
    limits: Limits


class HistoryPage(Struct, frozen=True):
    """The answer to `history`: events, oldest first.

    Older events come with `before`, newer ones with `after`; None where there are none.
    """

    id: str
    events: list[bytes]
    before: int | None
    after: int | None


class FoundPage(Struct, frozen=True):
    """The answer to `search`: events, newest first. With `more`, search again with `before`."""

    id: str
    events: list[bytes]
    more: bool
    before: int


type Reply = (
    Welcomed | HistoryPage | FoundPage | Report | Bans | Accepted | Presence | Refused | Error
)
