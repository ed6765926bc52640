"""A join of a worker, from the request to its answer."""

import asyncio
from dataclasses import dataclass

from server.room.interface import (
    JoinAccepted,
    JoinRefused,
    JoinRequest,
    RoomUnavailableError,
)


@dataclass(slots=True, eq=False)
class Joining:
    """A join. `waits`: the room looks at it later; `left`: nobody awaits its answer."""

    request: JoinRequest
    token: str
    answered: asyncio.Future[JoinAccepted | JoinRefused]
    waits: bool = False
    left: bool = False
    _timer: asyncio.TimerHandle | None = None

    def give_up_after(self, seconds: float | None) -> None:
        """Give up after so many seconds from now; never with None."""
        if self._timer is not None:
            self._timer.cancel()
        if seconds is not None:
            self._timer = self.answered.get_loop().call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if not self.answered.done():
            self.answered.set_exception(RoomUnavailableError("no answer to a join"))
