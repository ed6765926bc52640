"""How a server is started and ended for the benchmark: on its cores, with its own folder."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks import machine
from benchmarks.delivery_check import Void
from benchmarks.machine import Cores
from benchmarks.protocols import Protocol

START_WITHIN = 30.0
STOP_WITHIN = 10.0
ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
PYTHON = sys.executable


@dataclass(frozen=True)
class Running:
    """A server that accepts connections at `port`."""

    name: str
    protocol: Protocol
    at_once: int
    port: int
    pid: int
    folder: Path
    cores: Cores
    processes: list[psutil.Process] = field(default_factory=list)

    def cpu_seconds(self) -> float:
        """Of all its processes; those must be up when it is asked first."""
        if not self.processes:
            self.processes.extend(machine.tree(self.pid))
        return machine.cpu_seconds(self.processes)

    def memory(self) -> int:
        """Bytes, of all its processes."""
        return machine.memory(self.pid)


class Peer(ABC):
    """A server one could use in our place, or ours."""

    name: str
    label: str
    protocol: Protocol
    at_once = 200
    """Connections on their way in: fewer than its listening queue holds. A connection more
    would be tried again by the kernel a second later."""

    @abstractmethod
    def missing(self) -> str | None:
        """Why it cannot be run here; None if it can."""

    @abstractmethod
    def version(self) -> str:
        """Its version, in a few words."""

    @abstractmethod
    def command(self, folder: Path, port: int, members: int) -> list[str]:
        """How to start it; its configuration is written to `folder`."""

    def environment(self) -> dict[str, str]:
        """What it finds in its environment besides ours."""
        return {}

    @contextmanager
    def running(
        self, cores: Cores, members: int, folder: Path | None = None
    ) -> Iterator[Running]:
        """It runs, with places for so many members. `folder` is kept, if there is one."""
        with tempfile.TemporaryDirectory(prefix=f"bench-{self.name}-") as temporary:
            here = folder or Path(temporary)
            port = free_port()
            command = cores.pinned(self.command(here, port, members))
            with (here / "output.log").open("ab") as log:
                process = subprocess.Popen(
                    command, cwd=ROOT, stdout=log, stderr=log,
                    env={**os.environ, **self.environment()},
                )  # fmt: skip
            try:
                self._wait(process, port, here)
                yield Running(
                    self.name, self.protocol, self.at_once, port, process.pid, here, cores
                )
            except Void as problem:
                raise Void(f"{problem}{_trouble(here)}") from problem
            finally:
                self._end(process)

    def _wait(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                said = (folder / "output.log").read_text("utf-8", "replace")[-500:]
                raise Void(f"{self.name} did not start: {said.strip()}")
            time.sleep(0.005)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            children = machine.tree(process.pid)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                for one in children:
                    if one.is_running():
                        one.kill()
                process.wait()


def _trouble(folder: Path) -> str:
    """What a Python server died of, if it did."""
    log = (folder / "output.log").read_text("utf-8", "replace")
    return f" ({log.strip().splitlines()[-1]})" if "Traceback" in log else ""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def installed(program: str, package: str) -> str | None:
    """Why the program cannot be run; None if it can."""
    if shutil.which(program) or Path("/usr/sbin", program).exists():
        return None
    return f"{program} is not installed (Debian: apt-get install {package})"


def said_by(*command: str) -> str:
    """The first line that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"
