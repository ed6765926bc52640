"""The base of the protocol's messages, and the types of their fields."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.limits import ID_CHARACTERS

Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARACTERS)]
MAX_INTEGER = 2**63 - 1  # what SQLite and MessagePack hold
Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
AtLeastOne = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Moment = Annotated[datetime, Meta(tz=True)]


class WireMessage(Struct, frozen=True, tag_field="type"):
    """The base of all messages; fields that are UNSET do not appear in the JSON."""


class WireEvent(WireMessage, frozen=True, kw_only=True):
    """An entry of the journal: every member gets it, in the order of `seq`.

    `at` is RFC 3339, UTC, milliseconds. `name` and `member` say who did it; the server itself
    has the name `server` and no number. Unlike a name, a number is never used again.
    """

    seq: int
    at: str
    name: str
    member: int | UnsetType = UNSET
