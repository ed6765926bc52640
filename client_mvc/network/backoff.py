"""How long to wait before the next attempt to reach a room. Pure: chance is the caller's."""

FIRST, GROWTH, LONGEST = 0.5, 1.7, 15.0
"""So gently that after the restart of a whole server the next attempt is mostly within 2 s."""


def wait(attempt: int) -> tuple[float, float]:
    """Shortest and longest wait before attempt number `attempt`, from 2, in seconds.

    By chance in between, so that those who lost a server together do not come back in step.
    """
    longest = min(LONGEST, FIRST * GROWTH ** min(attempt - 2, 20))
    return longest / 2, longest
