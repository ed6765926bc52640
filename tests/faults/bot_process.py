"""A bot in a process of its own, behind proxies of its own."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.faults import changecheck, checker, filecheck, history
from tests.faults.history import BotRun
from tests.faults.proxy import Mode, Proxy
from tests.faults.tunnel import Tunnel
from tests.support.running import ROOT

END_WITHIN = 10.0
LOOK_EVERY = 0.02


class Target(NamedTuple):
    """A server that a bot may use."""

    port: int
    address: str = "127.0.0.1"


class Network:
    """The network of one bot: a proxy before each server, all with the same faults."""

    def __init__(self, proxies: Sequence[Proxy]) -> None:
        self._proxies = proxies

    def set_mode(self, mode: Mode) -> None:
        """See `Proxy`."""
        for proxy in self._proxies:
            proxy.set_mode(mode)

    def cut(self) -> None:
        """See `Proxy`."""
        for proxy in self._proxies:
            proxy.cut()

    def reset_clients(self) -> None:
        """See `Proxy`."""
        for proxy in self._proxies:
            proxy.reset_clients()

    def close(self) -> None:
        """End the proxies."""
        for proxy in self._proxies:
            proxy.close()


class BotProcess:
    """A bot in a process of its own; `runs` is its history, `at` which host it joined.

    It joins at the first of its servers, and goes to another one when that is lost. `tls`: its
    bytes pass the proxies encrypted.
    """

    def __init__(self, folder: Path, name: str, *targets: Target, tls: bool = False) -> None:
        self.name = name
        proxies = [Proxy(target.port, target.address) for target in targets]
        self.proxy = Network(proxies)
        self._tunnels = [Tunnel(each.port) for each in proxies] if tls else []
        ways: Sequence[Proxy | Tunnel] = self._tunnels or proxies
        self._servers = ",".join(
            f"127.0.0.1:{way.port}={target.port}"
            for way, target in zip(ways, targets, strict=True)
        )
        self.runs: list[BotRun] = []
        self.newest = 0
        self.at: Target | None = None
        self._targets = {way.port: target for way, target in zip(ways, targets, strict=True)}
        self._to_send, self._pause = 0, 0.0
        self._to_upload, self._upload_pause = 0, 0.0
        self._files: set[str] = set()
        self._folder = folder
        self._started = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = folder / f"{name}.log"

    @property
    def pid(self) -> int | None:
        """The process id; None while the bot does not run."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the bot once more on the same outbox."""
        self._started += 1
        path = history.path_of(self._folder, self.name, self._started)
        self._reader = history.HistoryReader(path)
        self.runs.append(BotRun())
        self.newest = 0
        self._caught_up = False
        with self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "tests.faults.bot", self.name,
                    self._servers, str(self._folder / "outbox"), str(path),
                ],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=errors, stderr=errors,
            )  # fmt: skip
        if self._to_send:
            self.command(f"send {self._to_send} {self._pause}")
        if self._to_upload:
            self.command(f"upload {self._to_upload} {self._upload_pause}")

    def send(self, count: int, pause: float) -> None:
        """Send `count` messages, `pause` seconds apart; a restarted bot goes on with them."""
        self._to_send, self._pause = self._to_send + count, pause
        self.command(f"send {count} {pause}")

    def upload(self, count: int, pause: float) -> None:
        """Upload `count` files, `pause` seconds apart; a restarted bot goes on with them."""
        self._to_upload, self._upload_pause = self._to_upload + count, pause
        self.command(f"upload {count} {pause}")

    def command(self, line: str) -> None:
        """Send a command to the bot, if it runs."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(
            BrokenPipeError
        ):  # it ended by itself, which `missing` reports
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """Kill its process, if it runs."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait until its process has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            try:
                process.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        self.read_history()

    def read_history(self) -> None:
        """Read the records that the bot has written since the last call."""
        new = self._reader.new()
        self.runs[-1].records += new
        for record in new:
            match record:
                case history.MessageSent():
                    self._to_send = max(0, self._to_send - 1)
                case history.FileQueued() if record.key not in self._files:
                    self._files.add(record.key)
                    self._to_upload = max(0, self._to_upload - 1)
                case history.EventShown(event=event):
                    self.newest = event.seq
                case history.RoomEntered(host=host) if host:
                    self.at = self._targets[urlsplit(host).port or 0]
                case history.ReplayEnded():
                    self._caught_up = True
                case history.ConnectionLost() | history.SessionEnded():
                    self._caught_up = False
                case _:
                    pass

    def missing(self, newest: int) -> str:
        """Return why the bot has not settled; "" if it has."""
        self.read_history()
        if self._process is None:
            return "it does not run"
        if self.ended():
            return f"it ended by itself: {self._errors.read_text()}"
        if not self._caught_up:
            return "it is not in the room"
        if self._to_send:
            return f"it has {self._to_send} messages left to send"
        if self._to_upload:
            return f"it has {self._to_upload} files left to upload"
        if files := filecheck.unshared(self.runs):
            return f"it has {len(files)} unfinished uploads"
        if changes := changecheck.unanswered(self.runs):
            return f"it has {len(changes)} unanswered changes"
        if self.newest != newest:
            return f"it has received {self.newest} of {newest}"
        if waiting := checker.unsent(self.runs):
            return f"it has {len(waiting)} unacknowledged messages"
        return ""

    def ended(self) -> bool:
        """Return whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def record_members(self) -> bool:
        """Let the bot record the members it shows; return whether it did in time."""
        count = self._members_recorded()
        self.command("members")
        deadline = time.monotonic() + END_WITHIN
        while self._members_recorded() == count:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_EVERY)
            self.read_history()
        return True

    def _members_recorded(self) -> int:
        return sum(isinstance(one, history.MembersShown) for one in self.runs[-1].records)

    def close(self) -> None:
        """End the bot and its proxy, in any state."""
        if self._process is not None:
            self.kill()
        for tunnel in self._tunnels:
            tunnel.close()
        self.proxy.close()
