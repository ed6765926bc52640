"""What the servers are made to do, and the figures of each."""

from benchmarks.work.base import Figures, Plan, Shown, Work
from benchmarks.work.history import History
from benchmarks.work.joins import Idle, Stalled, Storm
from benchmarks.work.messages import Full, OneAtATime, Steady
from benchmarks.work.own_server import Start, Uploads

ALL: tuple[Work, ...] = (
    Full(), Steady(), OneAtATime(), Idle(), Storm(), Stalled(), Start(), Uploads(), History(),
)  # fmt: skip

__all__ = ["ALL", "Figures", "Plan", "Shown", "Work"]
