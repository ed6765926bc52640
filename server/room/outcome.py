"""The results of an entry of the log, as the core hands them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from server.room.interface import Answer, CloseReason
from server.room.moderation import AuditLine


@dataclass(slots=True)
class Outcome:
    """The results of an entry of the log: events, and an answer to each operation.

    `answers` has one for each operation, None where all went as asked. `signals` are the last
    presence (JSON) by name, `evictions` connections to close, `disconnected` the members that
    lost their connection, and `left` those whose membership ended. `ahead` is by how much the
    events were ahead of the clock, if `at` went back for that. `acts` are those carried out.
    `rewritten` are earlier events (`seq`, JSON) as they stand now, and `requoted` the quotes
    (`seq`, JSON) of those whose quotes are others now. `replied` are the events to which the
    new ones are replies. `lost` are the hosts that were lost. `deleted`: texts or files were.
    `fault` is why an entry of several hosts had no effect.
    """

    first: int = 0
    bodies: Sequence[bytes] = ()
    signals: dict[str, bytes] = field(default_factory=dict)
    evictions: list[tuple[int, CloseReason]] = field(default_factory=list)
    answers: Sequence[Answer | None] = ()
    disconnected: list[int] = field(default_factory=list)
    written: bool = False
    posts: int = 0
    duplicates: int = 0
    file_bytes: int = 0
    left: list[int] = field(default_factory=list)
    ahead: timedelta | None = None
    acts: Sequence[AuditLine] = ()
    rewritten: list[tuple[int, bytes]] = field(default_factory=list)
    requoted: list[tuple[int, bytes]] = field(default_factory=list)
    replied: Sequence[int] = ()
    lost: Sequence[str] = ()
    deleted: bool = False
    fault: Exception | None = None
