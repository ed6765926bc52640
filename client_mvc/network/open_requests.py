"""The requests of one connection that have no answer yet. Pure."""


class OpenRequests:
    """Times are in seconds; the clock is a parameter."""

    def __init__(self) -> None:
        self._asked_at: dict[str, float] = {}

    def add(self, id: str, now: float) -> None:
        """Note that the request `id` was sent."""
        self._asked_at[id] = now

    def answered(self, id: str, now: float) -> float | None:
        """Forget a request. Return how long its answer took; None for no request of ours."""
        asked_at = self._asked_at.pop(id, None)
        return None if asked_at is None else now - asked_at

    def take_all(self) -> list[str]:
        """Forget all requests, and return their ids."""
        ids = list(self._asked_at)
        self._asked_at.clear()
        return ids
