"""The machine: its cores, and what processes use of them and of its memory. Linux only."""

import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks.delivery_check import Void

BUSY = 0.95


@dataclass(frozen=True, slots=True)
class Cores:
    """Who runs where."""

    server: frozenset[int]
    generator: frozenset[int]

    @classmethod
    def choose(cls, how: str) -> "Cores":
        """ "one": the server alone on one core; "two": both on all that there are."""
        mine = sorted(os.sched_getaffinity(0))
        if how == "two":
            return cls(frozenset(mine), frozenset(mine))
        if len(mine) < 2:
            raise SystemExit("A core for the server and one for the generator are needed.")
        return cls(frozenset(mine[:1]), frozenset(mine[1:2]))

    def pinned(self, command: list[str]) -> list[str]:
        """The command, and whatever it starts, on the server's cores alone."""
        return ["taskset", "--cpu-list", ",".join(map(str, sorted(self.server))), *command]


def raise_descriptors() -> None:
    """As many open files as can be had; root can have more than it was given."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (65_536, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
        except (ValueError, OSError):
            continue
        return


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    main = psutil.Process(pid)
    return [main, *main.children(recursive=True)]


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """User and system time of all of them."""
    return sum(sum(each.cpu_times()[:2]) for each in processes)


def memory(pid: int) -> int:
    """Bytes of all its processes; what they share is counted once."""
    return sum(_kib(Path(f"/proc/{each.pid}/smaps_rollup"), "Pss:") for each in tree(pid))


def resident(pid: int) -> int:
    """Bytes of all its processes in memory; what they share is counted for each."""
    return sum(_status(each.pid, "VmRSS:") for each in tree(pid))


def forget_peaks(pid: int) -> None:
    """`peak` counts from now on."""
    for each in tree(pid):
        Path(f"/proc/{each.pid}/clear_refs").write_text("5", "ascii")


def peak(pid: int) -> int:
    """The most that each process had in `resident`, all together."""
    return sum(_status(each.pid, "VmHWM:") for each in tree(pid))


def _status(pid: int, field: str) -> int:
    return _kib(Path(f"/proc/{pid}/status"), field)


def _kib(path: Path, field: str) -> int:
    lines = path.read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def own_cpu_seconds() -> float:
    """User and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def idle_seconds(cores: frozenset[int]) -> float:
    """How long these cores together have had nothing to do since the machine started."""
    ticks = 0
    for line in Path("/proc/stat").read_text("ascii").splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            ticks += int(fields[3]) + int(fields[4])
    return ticks / os.sysconf("SC_CLK_TCK")


class Use(NamedTuple):
    """What was used between two moments, in seconds."""

    wall: float
    server: float
    generator: float
    idle: float
    """of the server's cores together"""

    def __sub__(self, other: "Use") -> "Use":
        return Use(*(mine - its for mine, its in zip(self, other, strict=True)))

    @property
    def share(self) -> float:
        """The generator's share of its core."""
        return self.generator / self.wall

    def check(self, cores: Cores) -> None:
        """Raises `Void` when the generator was what held: busy, and the server was not."""
        idle = self.idle / self.wall / len(cores.server)
        if self.share > BUSY and idle > 1 - BUSY:
            raise Void(
                f"the generator was the bottleneck: it had {self.share:.0%} of its core, and "
                f"the server's was idle for {idle:.0%}"
            )


def description() -> dict[str, str]:
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
