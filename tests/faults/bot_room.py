"""A server and bots that exchange messages through proxies, until all of it has settled.

Starts, watches, ends and checks them; the nemesis injects the faults.
"""

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from server.settings import JOURNAL
from tests.faults import changecheck, checker, disk, filecheck, history
from tests.faults.checker import CheckFinding, JournalContents
from tests.faults.history import BotRun, Histories
from tests.faults.proxy import Proxy
from tests.faults.tunnel import Tunnel
from tests.support.running import ROOT, RunningServer

END_WITHIN = 10.0
LOOK_EVERY = 0.02


class NotSettled(Exception):
    """The room did not settle in time; the text lists what is missing."""


class BotProcess:
    """A bot in a process of its own, behind a proxy of its own; `runs` is its history.

    `tls`: its bytes pass the proxy encrypted.
    """

    def __init__(self, folder: Path, name: str, port: int, *, tls: bool = False) -> None:
        self.name = name
        self.proxy = Proxy(port)
        self._tunnel = Tunnel(self.proxy.port) if tls else None
        self.runs: list[BotRun] = []
        self.newest = 0
        self._to_send, self._pause = 0, 0.0
        self._to_upload, self._upload_pause = 0, 0.0
        self._files: set[str] = set()
        self._folder = folder
        self._started = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = folder / f"{name}.log"
        self._port = (self._tunnel or self.proxy).port

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
                    f"127.0.0.1:{self._port}", str(self._folder / "outbox"), str(path),
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
        if self._tunnel is not None:
            self._tunnel.close()
        self.proxy.close()


class BotRoom:
    """A server with two workers, and bots by name; the data folder is a small disk if possible.

    Attributes:
        since: The newest `seq` that has been checked.
        down: Whether the server is stopped on purpose.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        *options: str,
        megabytes: int = 384,
        tls: bool = False,
    ) -> None:
        self.folder = folder
        self.since = 0
        self.down = False
        self.bots: dict[str, BotProcess] = {}
        with ExitStack() as stack:
            # A short path, since the path of a Unix socket in it has at most some 100 bytes.
            temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-"))
            self.own_disk = stack.enter_context(disk.mounted(folder / "data", megabytes))
            self.server = RunningServer(
                folder,
                "--workers", "2", "--rate", "0", "--max-users", "20", "--min-free", "0",
                *options,
                # Its processes are found by TMPDIR, so their titles must not overwrite that.
                environment={"TMPDIR": temporary, "SPT_NOENV": "1"},
            )  # fmt: skip
            stack.enter_context(closing(self.server))
            self.server.expect_errors = True
            for name in names:
                bot = BotProcess(folder, name, self.server.port, tls=tls)
                self.bots[name] = stack.enter_context(closing(bot))
                bot.start()
            self._stack = stack.pop_all()

    @property
    def journal(self) -> Path:
        """The file of the journal."""
        return self.server.data / JOURNAL

    def histories(self) -> Histories:
        """Return the records read so far."""
        return {bot.name: bot.runs for bot in self.bots.values()}

    def restart_bots(self, leaving: Collection[str] = ()) -> None:
        """End all bots, start them again on the same outboxes, and forget what was checked.

        Those in `leaving` leave the room first; the others stay members throughout.
        """
        self.since = checker.newest(self.journal)
        for bot in self.bots.values():
            bot.command("leave" if bot.name in leaving else "end")
        for bot in self.bots.values():
            bot.wait()
            bot.runs.clear()
            bot.start()

    def send(self, count: int, pause: float) -> None:
        """Let every bot send `count` messages, `pause` seconds apart."""
        for bot in self.bots.values():
            bot.send(count, pause)

    def upload(self, count: int, pause: float) -> None:
        """Let every bot upload `count` files, `pause` seconds apart."""
        for bot in self.bots.values():
            bot.upload(count, pause)

    def settle(self, within: float) -> None:
        """Wait until every bot has sent and received everything. Raises `NotSettled`."""
        deadline = time.monotonic() + within
        while True:
            newest = checker.newest(self.journal)
            missing = {
                name: reason
                for name, bot in self.bots.items()
                if (reason := bot.missing(newest))
            }
            if not missing:
                return
            dead = any(bot.ended() for bot in self.bots.values())
            if dead or time.monotonic() > deadline:
                raise NotSettled(f"after {within} s: {missing}\n{self._server_log()}")
            time.sleep(LOOK_EVERY)

    def check(self, within: float) -> tuple[JournalContents, list[CheckFinding]]:
        """Wait until the room has settled, and run all checks."""
        self.settle(within)
        for bot in self.bots.values():
            bot.record_members()
        self.settle(within)
        journal, histories = checker.read_journal(self.journal), self.histories()
        return journal, [
            *checker.check(journal, histories, self.since),
            *checker.settled(journal, histories),
            *changecheck.check(journal, histories),
            *changecheck.settled(journal, histories),
            *filecheck.check(journal, histories, self.since),
            *filecheck.settled(histories),
            *filecheck.stored(journal, self.server.downloads, self.since),
        ]

    def end(self) -> None:
        """End the bots, then stop the server as Ctrl-C does."""
        for bot in self.bots.values():
            bot.kill()
        self.server.stop()

    def _server_log(self) -> str:
        state = self.server.process.poll()
        alive = "runs" if state is None else f"ended ({state})"
        return f"the server {alive}: {self.server.log.read_text()[-2000:]}"

    def close(self) -> None:
        """End bots and server."""
        self._stack.close()
