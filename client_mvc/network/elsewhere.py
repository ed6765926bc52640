"""When a client whose host cannot take messages asks the other hosts of the room. Pure.

It stays where it is and reads on, until another host says that it can. It waits a moment before
it asks: the hosts of a room find out together that a node has failed. The waits are partly
random, so that the members of a host do not all come to another one at once.
"""

from collections.abc import Callable, Iterable, Sequence

from client_mvc.network.hosts import Hosts
from shared import messages
from shared.joinlink import Address

FIRST = (1.0, 4.0)
"""The shortest and the longest wait before the other hosts are asked, in seconds,"""
AGAIN = (4.0, 8.0)
"""and before they are asked again."""

type Answers = Sequence[tuple[Address, messages.RoomInfo]]
"""Hosts, and their answers to `GET /room`."""


class Elsewhere:
    """`due` is when to ask; None: not, or an answer is awaited.

    Args:
        hosts: those of the room.
        uniform: returns a random number between two.
    """

    def __init__(self, hosts: Hosts, uniform: Callable[[float, float], float]) -> None:
        self._hosts = hosts
        self.due: float | None = None
        self._lost = self._begun = False
        self._uniform = uniform

    def majority(self, now: float, *, has: bool) -> None:
        """The host lost its majority, or has it again."""
        if has:
            self.end()
        else:
            self._lost = True
            self._begin(now)

    def named(self, urls: Iterable[str], now: float) -> None:
        """The host names all hosts: there may be one to ask now."""
        self._hosts.named(urls)
        self._begin(now)

    def _begin(self, now: float) -> None:
        if self._lost and self._hosts.others and not self._begun:
            self._begun = True
            self.due = now + self._uniform(*FIRST)

    def end(self) -> None:
        """Ask no host: nothing is wrong with this one, or it is left."""
        self._lost = self._begun = False
        self.due = None

    def take_due(self, now: float) -> bool:
        """Return whether to ask now; once."""
        if self.due is None or now < self.due:
            return False
        self.due = None
        return True

    def chosen(self, answers: Answers, now: float) -> Address | None:
        """Return one of the hosts that can take messages, any of them: they share who comes.

        Args:
            answers: of hosts that have this room.
            now: the time; where there is none, they are asked again later.
        """
        if not self._begun:
            return None
        able = [host for host, room in answers if room.majority is not False]
        if not able:
            self.due = now + self._uniform(*AGAIN)
            return None
        return able[min(int(self._uniform(0, len(able))), len(able) - 1)]
