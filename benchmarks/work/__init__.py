"""What the servers are made to do, and the figures of each."""

from benchmarks.work.base import Figures, Plan, Shown, Work
from benchmarks.work.history import History
from benchmarks.work.house import Start, Uploads
from benchmarks.work.presence import Idle, Stalled, Storm
from benchmarks.work.talk import Full, OneAtATime, Steady

ALL: tuple[Work, ...] = (
    Full(), Steady(), OneAtATime(), Idle(), Storm(), Stalled(), Start(), Uploads(), History(),
)  # fmt: skip

__all__ = ["ALL", "Figures", "Plan", "Shown", "Work"]
