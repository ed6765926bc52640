"""How a client reacts to each code of the server: go on, try again, or end. Pure."""

from shared import messages, protocol
from shared.problems import Problem

# Refusals after which a client that was a member goes on trying, and those after which it does
# not. Any other code is tried again only where the server says when (`retry_after`).
_TEMPORARY = ("bad_token", "name_taken", "room_full", "too_many", "shutting_down")
_FINAL = ("bad_name", "bad_password", "bad_request", "banned", "kicked", "locked")

BUSY = ("rate_limited", "storage", "unavailable", "slow")
"""Errors after which the same message is sent again."""
UNDECIDED = "unavailable"
"""The error after which an act or a change is sent again, too: the room may have taken it."""
OF_THE_HOST = ("shutting_down", "storage", "unavailable")
"""Refusals of one host of a room; another one may let the member in."""
REMOVED = ("kicked", "banned")
"""Reasons of one's own `left` after which a client does not come back by itself."""
REJOIN_AFTER = 60.0
"""Seconds after which the device of a kicked member may join again (docs/protocol.md)."""

_CLOSED = {
    protocol.CLOSE_SHUTTING_DOWN: "server_closed",
    protocol.CLOSE_TOO_SLOW: "too_slow",
    protocol.CLOSE_RATE_LIMITED: "flooded",
}


def is_temporary(refusal: Problem) -> bool:
    """Return whether a client that was a member tries to join again after this refusal."""
    if refusal.code in _FINAL:
        return False
    return refusal.code in _TEMPORARY or refusal.retry_after is not None


def after_close(code: int) -> Problem:
    """Return why the connection is lost, by the close code of its WebSocket."""
    return Problem(_CLOSED.get(code, "connection_lost"))


def removal(left: messages.Left) -> Problem:
    """Return the problem that one's own `left` tells of: who did it and why, in its params."""
    given = {"by": left.by, "text": left.text}
    params = {name: value for name, value in given.items() if isinstance(value, str)}
    return Problem(left.reason, params, REJOIN_AFTER if left.reason == "kicked" else None)
