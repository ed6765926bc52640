"""Cores, CPU time and memory of processes on this machine. Linux only."""

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
    """The cores of the server and of the load generator."""

    server: frozenset[int]
    generator: frozenset[int]

    @classmethod
    def choose(cls, how: str) -> "Cores":
        """Choose cores: "one" gives each a core of its own, "two" gives all cores to both."""
        mine = sorted(os.sched_getaffinity(0))
        if how == "two":
            return cls(frozenset(mine), frozenset(mine))
        if len(mine) < 2:
            raise SystemExit("The benchmark needs two cores: server and load generator.")
        return cls(frozenset(mine[:1]), frozenset(mine[1:2]))

    def pinned(self, command: list[str]) -> list[str]:
        """Wrap a command so that it and its children run on the server's cores only."""
        return ["taskset", "--cpu-list", ",".join(map(str, sorted(self.server))), *command]


def raise_descriptors() -> None:
    """Raise the limit of open files as far as this user may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (65_536, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
        except (ValueError, OSError):
            continue
        return


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    main = psutil.Process(pid)
    return [main, *main.children(recursive=True)]


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Return user and system time of these processes, in seconds."""
    return sum(sum(each.cpu_times()[:2]) for each in processes)


def memory(pid: int) -> int:
    """Return the memory of a process and its descendants in bytes; shared pages count once."""
    return sum(_kib(Path(f"/proc/{each.pid}/smaps_rollup"), "Pss:") for each in tree(pid))


def resident(pid: int) -> int:
    """Return the resident memory of a process and its descendants in bytes.

    Shared pages count for each process.
    """
    return sum(_status(each.pid, "VmRSS:") for each in tree(pid))


def forget_peaks(pid: int) -> None:
    """Reset what `peak` returns."""
    for each in tree(pid):
        Path(f"/proc/{each.pid}/clear_refs").write_text("5", "ascii")


def peak(pid: int) -> int:
    """Return the sum of each process's highest resident memory, in bytes."""
    return sum(_status(each.pid, "VmHWM:") for each in tree(pid))


def _status(pid: int, field: str) -> int:
    return _kib(Path(f"/proc/{pid}/status"), field)


def _kib(path: Path, field: str) -> int:
    lines = path.read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def own_cpu_seconds() -> float:
    """Return user and system time of this process, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def idle_seconds(cores: frozenset[int]) -> float:
    """Return the idle time of these cores since the machine started, in seconds."""
    ticks = 0
    for line in Path("/proc/stat").read_text("ascii").splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            ticks += int(fields[3]) + int(fields[4])
    return ticks / os.sysconf("SC_CLK_TCK")


class ResourceUse(NamedTuple):
    """Time used between two moments, in seconds."""

    wall: float
    server: float
    generator: float
    idle: float
    """of all cores of the server together"""

    def __sub__(self, other: "ResourceUse") -> "ResourceUse":
        return ResourceUse(*(mine - its for mine, its in zip(self, other, strict=True)))

    @property
    def share(self) -> float:
        """Return the share of its core that the generator used, 0 to 1."""
        return self.generator / self.wall

    def check(self, cores: Cores) -> None:
        """Raise `Void` if the generator was busy while the server was not."""
        idle = self.idle / self.wall / len(cores.server)
        if self.share > BUSY and idle > 1 - BUSY:
            raise Void(
                f"the generator was the bottleneck: it had {self.share:.0%} of its core, and "
                f"the server's was idle for {idle:.0%}"
            )


def description() -> dict[str, str]:
    """Return the properties of the machine that the figures depend on."""
    info = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
