"""A running server: `python -m server`, started as its users start it."""

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.support.waiting import Condition

ROOT = Path(__file__).parents[2]
START_WITHIN = 30
STOP_WITHIN = 10
TEST_PROCESS = "CHATROOM_TESTS_PROCESS"


def eventually(condition: Condition, within: float = START_WITHIN) -> None:
    """Wait until the condition holds; fail after `within` seconds.

    The default is long, since a condition may need a process to start, which takes ten seconds
    on a busy machine.
    """
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {condition}"
        time.sleep(0.01)


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs. A dead one stays a zombie until its parent reaps it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_process() -> int:
    """Return the number of this process among those that share the tests, from 0."""
    return int(os.environ.get(TEST_PROCESS, "0"))


_SHARES = 8
_ports: list[int] = []


def lasting_port() -> int:
    """Return a free port that stays free while a server restarts.

    It is below 32768, the first port that the system gives to outgoing connections. Each of the
    processes that share the tests has ports of its own, and gives none twice: who got one may
    not listen yet.
    """
    while True:
        if not _ports:
            own = range(20_000 + test_process() % _SHARES, 32_000, _SHARES)
            _ports.extend(random.sample(own, len(own)))
        port = _ports.pop()
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


_first: list[Path] = []
"""The data folder of the first server, while it is there."""


def _give_identity(data: Path) -> None:
    """Give a new server the TLS key of the first one: making another takes half a second."""
    if not _first or not (_first[0] / "tls").exists():
        _first[:] = [data]
    elif not data.exists():
        data.mkdir(mode=0o700, parents=True)
        shutil.copytree(_first[0] / "tls", data / "tls")


class RunningServer:
    """A server on a port of its own, with its folders below `folder`.

    A test that expects errors in the log sets `expect_errors`. `files` is the number of open
    files that the system allows each process, `prefix` a command that runs others, `root` the
    checkout whose server it is.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        environment: dict[str, str] | None = None,
        files: int | None = None,
        port: int = 0,
        prefix: Sequence[str] = (),
        root: Path = ROOT,
    ):
        self.root = root
        self.folder = folder
        self.downloads = folder / "downloads"
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.options = options
        self.limit = [*prefix]
        if files is not None:
            self.limit += ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh"]
        self.environment = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "CHATROOM_NO_ANNOUNCE": "1",  # also where this is used outside pytest
            **(environment or {}),
        }
        if root != ROOT:
            self.environment["PYTHONPATH"] = str(root)
        self.port = 0
        self.expect_errors = False
        self.start(port)

    def start(self, port: int = 0) -> None:
        """Start the server, also again, and wait for its startup message."""
        _give_identity(self.data)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *self.limit, sys.executable, "-m", "server",
                    "--port", str(port or lasting_port()),
                    "--data-dir", str(self.data), "--downloads", str(self.downloads),
                    *self.options,
                ],
                cwd=self.root, env=self.environment,
                stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        self.banner = ""
        while "history" not in self.banner:
            line = self.process.stdout.readline()
            assert line, f"the server ended: {self.log.read_text()}"
            self.banner += line
        found = re.search(r"listening  \S+:(\d+)", self.banner)
        assert found, self.banner
        self.port = int(found[1])

    @property
    def url(self) -> str:
        """The base of its HTTP addresses."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def secure_url(self) -> str:
        """The same over TLS."""
        return f"https://127.0.0.1:{self.port}"

    def children(self, title: str) -> list[psutil.Process]:
        """Return the child processes that `ps` shows as "chatroom: <title>…"."""
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
        """Wait until the server has ended; return the exit status."""
        status = self.process.wait(within)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def stop(self) -> int:
        """End the server as Ctrl-C does; return the exit status."""
        if self.process.poll() is None:
            self.signal(signal.SIGINT)
        return self.wait()

    def close(self) -> None:
        """End the server, and fail if its log has an unexpected traceback."""
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
