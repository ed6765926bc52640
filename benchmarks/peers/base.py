"""How the benchmark starts and ends a server: on its cores, with a folder of its own."""

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
from benchmarks.protocols import WireProtocol

START_WITHIN = 30.0
STOP_WITHIN = 10.0
ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
PYTHON = sys.executable


@dataclass(frozen=True)
class RunningPeer:
    """A server that accepts connections at `port` on loopback, and at `other_ports`."""

    name: str
    protocol: WireProtocol
    concurrent_joins: int
    port: int
    pid: int
    folder: Path
    cores: Cores
    tls: bool = False
    processes: list[psutil.Process] = field(default_factory=list)
    other_ports: tuple[int, ...] = ()

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its processes, which must all run at the first call."""
        if not self.processes:
            self.processes.extend(machine.tree(self.pid))
        return machine.cpu_seconds(self.processes)

    def memory(self) -> int:
        """Return the memory of all its processes, in bytes."""
        return machine.memory(self.pid)


class BenchmarkPeer(ABC):
    """A server to measure."""

    name: str
    label: str
    protocol: WireProtocol
    concurrent_joins = 200
    """How many clients may be joining at the same time: fewer than the listen queue holds. The
    kernel retries a connection beyond that only a second later."""
    root = ROOT
    """The folder that the server is started in."""
    tls = False
    """Whether clients speak TLS to it."""

    @abstractmethod
    def missing(self) -> str | None:
        """Return why it cannot run here; None if it can."""

    @abstractmethod
    def version(self) -> str:
        """Return its version, in a few words."""

    @abstractmethod
    def command(self, folder: Path, port: int, members: int) -> list[str]:
        """Return the command that starts it; write its configuration to `folder`."""

    def environment(self) -> dict[str, str]:
        """Return variables to add to its environment."""
        return {}

    @contextmanager
    def running(
        self, cores: Cores, members: int, folder: Path | None = None
    ) -> Iterator[RunningPeer]:
        """Start the server and end it afterwards.

        Args:
            cores: The cores to run it on.
            members: The size of the room to allow.
            folder: Where its data is kept; a temporary folder if None.
        """
        with tempfile.TemporaryDirectory(prefix=f"bench-{self.name}-") as temporary:
            here = folder or Path(temporary)
            port = free_port()
            command = cores.pinned(self.command(here, port, members))
            with (here / "output.log").open("ab") as log:
                process = subprocess.Popen(
                    command, cwd=self.root, stdout=log, stderr=log,
                    env={**os.environ, **self.environment()},
                )  # fmt: skip
            try:
                self._wait(process, port, here)
                yield RunningPeer(
                    self.name,
                    self.protocol,
                    self.concurrent_joins,
                    port,
                    process.pid,
                    here,
                    cores,
                    self.tls,
                )
            except Void as problem:
                raise Void(f"{problem}{_trouble(here)}") from problem
            finally:
                self._end(process)

    def _wait(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                output = (folder / "output.log").read_text("utf-8", "replace")[-500:]
                raise Void(f"{self.name} did not start: {output.strip()}")
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
    """Return the last line of a Python server's traceback, if its log has one."""
    log = (folder / "output.log").read_text("utf-8", "replace")
    return f" ({log.strip().splitlines()[-1]})" if "Traceback" in log else ""


def free_port() -> int:
    """Return a port on which no program listens at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Return whether a program listens at `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def installed(program: str, package: str) -> str | None:
    """Return why the program cannot run; None if it is installed."""
    if shutil.which(program) or Path("/usr/sbin", program).exists():
        return None
    return f"{program} is not installed (Debian: apt-get install {package})"


def first_line(*command: str) -> str:
    """Return the first line that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"
