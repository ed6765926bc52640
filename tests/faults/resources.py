"""The resources that the server's processes hold, and what the server leaves behind.

Counted when the room has settled, so that two counts of one process can be compared.
"""

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.support.running import RunningServer

TITLES = ("listener", "room", "worker")
MEGABYTE = 1 << 20
GONE_WITHIN = 5.0
LOOK_EVERY = 0.05


class ResourceCount(NamedTuple):
    """The resources of one process at one time; `memory` is resident, in bytes."""

    descriptors: int
    threads: int
    memory: int


MAY_GROW = ResourceCount(descriptors=12, threads=8, memory=32 * MEGABYTE)
"""Allowed growth between two counts: connections move from one worker to another; thread pools
(six threads for files, on two cores) grow with the number of concurrent tasks; and each worker
keeps its last 4 MiB of events in memory, in three forms."""


@dataclass
class ProcessResources:
    """The counts of each process, by (title, pid)."""

    counts: dict[tuple[str, int], list[ResourceCount]] = field(default_factory=dict)
    most_processes: int = 0

    def measure(self, server: RunningServer) -> None:
        """Count the resources of each process now."""
        self._count("listener", psutil.Process(server.process.pid))
        for title in TITLES[1:]:
            for process in server.children(title):
                self._count(title, process)
        self.most_processes = max(self.most_processes, len(processes(server)))

    def _count(self, title: str, process: psutil.Process) -> None:
        with process.oneshot():
            count = ResourceCount(
                process.num_fds(), process.num_threads(), process.memory_info().rss
            )
        self.counts.setdefault((title, process.pid), []).append(count)

    def longest_lived(self, title: str) -> list[ResourceCount]:
        """Return the counts of the longest-lived process with this title."""
        mine = (counts for (each, _), counts in self.counts.items() if each == title)
        return max(mine, key=len, default=[])

    def grown(self) -> list[str]:
        """Describe the processes that hold more than allowed after a long life."""
        return [
            f"{title} {pid} grew from {counts[1]} to {counts[-1]}"
            for (title, pid), counts in self.counts.items()
            if len(counts) > 2
            and any(
                last - first > may
                for first, last, may in zip(counts[1], counts[-1], MAY_GROW, strict=True)
            )
        ]

    def lines(self) -> list[str]:
        """Describe the longest-lived process of each title: its second count and its last."""
        shown = []
        for title in TITLES:
            if not (counts := self.longest_lived(title)):
                continue
            first, last = counts[min(1, len(counts) - 1)], counts[-1]
            shown.append(
                f"  {title:9} {len(counts):4} rounds:"
                f"  descriptors {first.descriptors} → {last.descriptors},"
                f"  threads {first.threads} → {last.threads},"
                f"  memory {first.memory / MEGABYTE:.1f} → {last.memory / MEGABYTE:.1f} MiB"
            )
        return [*shown, f"  processes at most {self.most_processes}"]


def processes(server: RunningServer) -> list[str]:
    """Describe all processes of this server, also orphans; its own TMPDIR identifies them."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("TMPDIR") == server.environment["TMPDIR"]:
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
    return found


def left_behind(server: RunningServer) -> list[str]:
    """Return files, folders and processes that a server that has ended should have removed.

    Python's resource tracker ends a moment after the process it watches.
    """
    deadline = time.monotonic() + GONE_WITHIN
    while processes(server) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    temporary = Path(server.environment["TMPDIR"]).iterdir()
    stays = {
        "journal.sqlite3", "journal.seen", "search.sqlite3", "settings.json", "lock",
        "tls", "owner-key",
    }  # fmt: skip
    data = {each.name for each in server.data.iterdir()} - stays
    return [*sorted(data), *sorted(each.name for each in temporary), *processes(server)]
