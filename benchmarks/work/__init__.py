"""The work that the servers are made to do, and the figures of each."""

from benchmarks.work.base import Figures, Plan, ShownFigure, Work
from benchmarks.work.changes import ChatBesideChanges
from benchmarks.work.history import LongHistory
from benchmarks.work.joins import IdleMembers, JoinStorm, ReaderStalls
from benchmarks.work.messages import FullLoad, Journaled, OneAtATime, SteadyRate
from benchmarks.work.own_server import ChatBesideUploads, ServerStart

ALL: tuple[Work, ...] = (
    FullLoad(), SteadyRate(), OneAtATime(), IdleMembers(), JoinStorm(), ReaderStalls(),
    ServerStart(), ChatBesideUploads(), ChatBesideChanges(), LongHistory(),
)  # fmt: skip
ON_HOSTS: tuple[Work, ...] = (Journaled(4), Journaled(16))
"""Work on our server only, on one host and on several."""

__all__ = ["ALL", "ON_HOSTS", "Figures", "Plan", "ShownFigure", "Work"]
