"""Whether enough nodes reach each other to put anything in order, as one host finds out.

A room in which nobody sends would not notice that they do not. So the host asks the node that
leads the stream each second, unless an entry has come meanwhile: with the answer are the other
nodes, and when each was heard last. A leader that is cut off answers for some seconds more, but
it hears nobody.
"""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from server.cluster.api import StreamApi
from server.cluster.connection import UnavailableError

ASK_EVERY = 1.0
ANSWER_WITHIN = 2.0

FRESH_FOR = 2.5
"""Seconds for which an answer counts, and for which the leader must have heard a node: nodes
tell each other every second that they are there."""

SILENT_AFTER = 8.0
"""Seconds without an answer after which the majority is lost: the nodes mostly take less to
choose another leader."""

WAITS_AFTER = 5.0
"""The same while an entry of this host waits: somebody sends."""


class Majority:
    """The majority, as far as one host knows. All times are seconds of one monotonic clock.

    Attributes:
        has: whether there is a majority; None until that is known.
        heard_at: when most nodes last showed that they reach each other; at first the start.
    """

    def __init__(self, now: float) -> None:
        self.has: bool | None = None
        self.heard_at = now
        self._ever = False
        self._position = -1

    def heard(self, now: float) -> None:
        """Note that most nodes reach each other now."""
        self.heard_at = now
        self._ever = True

    def moved(self, position: int, now: float) -> None:
        """Note up to where entries were carried out: one more shows a majority."""
        if 0 <= self._position < position:
            self.heard(now)
        self._position = position

    def is_fresh(self, now: float) -> bool:
        """Return whether most nodes reached each other just now."""
        return self._ever and now - self.heard_at <= FRESH_FOR

    def update(self, waits: float, now: float) -> bool:
        """Find out whether the majority is lost or found; returns whether `has` has changed.

        Args:
            waits: the seconds for which an entry of this host has waited.
            now: the time.
        """
        before = self.has
        if waits > WAITS_AFTER or now - self.heard_at > SILENT_AFTER:
            self.has = False
        elif self.is_fresh(now):
            self.has = True
        return self.has is not before


def reaches_majority(info: Mapping[str, Any]) -> bool:
    """Return whether this is of the leader of a stream, and it hears most of its nodes.

    Args:
        info: an answer to `STREAM.INFO`. After some seconds without a leader another node
            answers, too. A node that is not part of a cluster is its own leader.
    """
    cluster = info.get("cluster", {})
    others = cluster.get("replicas") or []
    most_ns = int(FRESH_FOR * 1_000_000_000)
    heard = [one for one in others if 0 < one.get("active", 0) < most_ns]  # 0: never
    led = bool(cluster.get("leader")) or not others
    return led and 2 * (1 + len(heard)) > 1 + len(others)


async def keep_asking(
    majority: Majority, api: StreamApi, now: Callable[[], float] = monotonic
) -> None:
    """Ask the leader of the stream each second, as long as this runs."""
    while True:
        if now() - majority.heard_at >= ASK_EVERY:
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    if reaches_majority(await api.ask("STREAM.INFO")):
                        majority.heard(now())
            except (UnavailableError, TimeoutError):
                pass
        await asyncio.sleep(ASK_EVERY)
