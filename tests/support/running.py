"""A server as its users start it: `python -m server`, in a process of its own."""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
START_WITHIN = 30
STOP_WITHIN = 10


def eventually(condition: Callable[[], object], within: float = START_WITHIN) -> None:
    """Wait until the condition holds; fail with its source line if it does not in time.

    A process may have to start for it, which takes ten seconds where ten programs run.
    """
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {condition}"
        time.sleep(0.01)


def lasting_port() -> int:
    """A free port that is still free when a server comes back to it.

    Ports that the system picks are from 32768 on: an outgoing connection may get one of those
    while the server is down.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


class RunningServer:
    """`python -m server` on a port of its own, with its folders below `folder`."""

    def __init__(self, folder: Path, *options: str, environment: dict[str, str] | None = None):
        self.folder = folder
        self.downloads = folder / "downloads"
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.options = options
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self.port = 0
        self.expect_errors = False
        self.start()

    def start(self, port: int = 0) -> None:
        """Start (again), and wait until it says that it listens."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "server", "--port", str(port or lasting_port()),
                    "--data-dir", str(self.data), "--downloads", str(self.downloads),
                    *self.options,
                ],
                cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        self.banner = ""
        while "history" not in self.banner:
            line = self.process.stdout.readline()
            assert line, f"the server ended: {self.log.read_text()}"
            self.banner += line
        found = re.search(r"127\.0\.0\.1:(\d+)", self.banner)
        assert found, self.banner
        self.port = int(found[1])

    @property
    def url(self) -> str:
        """Where HTTP is."""
        return f"http://127.0.0.1:{self.port}"

    def children(self, title: str) -> list[psutil.Process]:
        """The child processes that `ps` shows as "chatroom: <title>…"."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            try:
                if f"chatroom: {title}" in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.Error:
                continue
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the main process."""
        self.process.send_signal(number)

    def wait(self, within: float = STOP_WITHIN) -> int:
        """Wait for the end; returns the exit status."""
        status = self.process.wait(within)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def stop(self) -> int:
        """End it as Ctrl-C does."""
        if self.process.poll() is None:
            self.signal(signal.SIGINT)
        return self.wait()

    def close(self) -> None:
        """End it, and fail if it had trouble that the test did not announce."""
        if self.process.poll() is None:
            self.signal(signal.SIGINT)
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        if not self.expect_errors:
            assert "Traceback" not in self.log.read_text(), self.log.read_text()
