"""How much a member may still ask for in a session: a bucket for each kind of request.

`server.budgets.table` has the numbers.
"""

from server.budgets.buckets import SessionBucket
from server.budgets.table import Budgets
from shared.conversation import Edit, Pin, React, Rename, SetNote


class Allowances:
    """The buckets of one session.

    They begin as those of a member who used up its own `rested` seconds before `now`.
    """

    __slots__ = ("asking", "changes", "message_bytes", "messages", "renames")

    def __init__(self, budgets: Budgets, now: float, rested: float) -> None:
        self.messages = SessionBucket(budgets.messages, now, rested)
        self.message_bytes = SessionBucket(budgets.message_bytes, now, rested)
        self.asking = SessionBucket(budgets.asking, now, rested)
        self.changes = SessionBucket(budgets.changes, now, rested)
        self.renames = SessionBucket(budgets.renames, now, rested)

    def of(self, request: object) -> SessionBucket:
        """Return the bucket that a request takes from, if it is no message."""
        match request:
            case Edit() | React() | Pin() | SetNote():
                return self.changes
            case Rename():
                return self.renames
        return self.asking
