"""A server, bots that talk in it through proxies, and what it takes to see it all come to rest.

Knows how to start, watch, end and check a conversation; what goes wrong in it is up to the
nemesis.
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
from tests.faults import checker, disk, filecheck, history
from tests.faults.checker import Journal, SearchResult
from tests.faults.history import Histories, Life
from tests.faults.proxy import Proxy
from tests.support.running import ROOT, RunningServer

END_WITHIN = 10.0
LOOK_EVERY = 0.02


class NotQuiet(Exception):
    """It did not come to rest in time; the text says what is missing."""


class Speaker:
    """A bot in a process of its own, behind a proxy of its own; `lives` is its history."""

    def __init__(self, folder: Path, name: str, port: int) -> None:
        self.name = name
        self.proxy = Proxy(port)
        self.lives: list[Life] = []
        self.seen = 0
        self._to_say, self._pause = 0, 0.0
        self._to_share, self._share_pause = 0, 0.0
        self._files: set[str] = set()
        self._folder = folder
        self._started = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = folder / f"{name}.log"

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Begin another life on the same outbox."""
        self._started += 1
        path = history.path_of(self._folder, self.name, self._started)
        self._follower = history.Follower(path)
        self.lives.append(Life())
        self.seen = 0
        self._caught_up = False
        with self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "tests.faults.bot", self.name,
                    f"127.0.0.1:{self.proxy.port}", str(self._folder / "outbox"), str(path),
                ],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=errors, stderr=errors,
            )  # fmt: skip
        if self._to_say:
            self.tell(f"say {self._to_say} {self._pause}")
        if self._to_share:
            self.tell(f"share {self._to_share} {self._share_pause}")

    def say(self, count: int, pause: float) -> None:
        """So many messages, so many seconds apart; who dies before goes on when restarted."""
        self._to_say, self._pause = self._to_say + count, pause
        self.tell(f"say {count} {pause}")

    def share(self, count: int, pause: float) -> None:
        """So many files, in the same way."""
        self._to_share, self._share_pause = self._to_share + count, pause
        self.tell(f"share {count} {pause}")

    def tell(self, command: str) -> None:
        """One command, if it runs."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):  # it ended by itself: `missing` tells
            self._process.stdin.write(f"{command}\n".encode())
            self._process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        """To its process, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """As `kill -9` does it, if it runs."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait until it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            try:
                process.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        self.look()

    def look(self) -> None:
        """Take in what it has written down since the last time."""
        new = self._follower.new()
        self.lives[-1].records += new
        for record in new:
            match record:
                case history.Says():
                    self._to_say = max(0, self._to_say - 1)
                case history.Shares() if record.key not in self._files:
                    self._files.add(record.key)
                    self._to_share = max(0, self._to_share - 1)
                case history.Saw(event=event):
                    self.seen = event.seq
                case history.CaughtUp():
                    self._caught_up = True
                case history.Lost() | history.Ended():
                    self._caught_up = False
                case _:
                    pass

    def missing(self, newest: int) -> str:
        """What keeps it from being at rest; "" if nothing does."""
        self.look()
        if self._process is None:
            return "it does not run"
        if self.ended():
            return f"it ended by itself: {self._errors.read_text()}"
        if not self._caught_up:
            return "it is not in the room"
        if self._to_say:
            return f"it has {self._to_say} messages to say yet"
        if self._to_share:
            return f"it has {self._to_share} files to share yet"
        if files := filecheck.unshared(self.lives):
            return f"it has {len(files)} files unshared"
        if self.seen != newest:
            return f"it has seen {self.seen} of {newest}"
        if waiting := checker.unsaid(self.lives):
            return f"it has {len(waiting)} messages unsaid"
        return ""

    def ended(self) -> bool:
        """Whether it ended though nobody wanted it to."""
        return self._process is not None and self._process.poll() is not None

    def members(self) -> bool:
        """Ask for the members shown; True when the answer is there."""
        count = self._members_noted()
        self.tell("members")
        deadline = time.monotonic() + END_WITHIN
        while self._members_noted() == count:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_EVERY)
            self.look()
        return True

    def _members_noted(self) -> int:
        return sum(isinstance(one, history.Members) for one in self.lives[-1].records)

    def close(self) -> None:
        """Whatever state it is in."""
        if self._process is not None:
            self.kill()
        self.proxy.close()


class Conversation:
    """Bots by name in a room with two workers; its history has a disk of its own if it may.

    `since` is the newest `seq` that is done with; `down`: the server is away on purpose.
    """

    def __init__(
        self, folder: Path, names: Sequence[str], *options: str, megabytes: int = 64
    ) -> None:
        self.folder = folder
        self.since = 0
        self.down = False
        self.speakers: dict[str, Speaker] = {}
        with ExitStack() as stack:
            # Short: the server's sockets lie in it, and their paths have at most 100 bytes.
            temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-"))
            self.own_disk = stack.enter_context(disk.mounted(folder / "data", megabytes))
            self.server = RunningServer(
                folder,
                "--workers", "2", "--rate", "0", "--max-users", "20", *options,
                # Its processes are told by TMPDIR, so their titles must not overwrite that.
                environment={"TMPDIR": temporary, "SPT_NOENV": "1"},
            )  # fmt: skip
            stack.enter_context(closing(self.server))
            self.server.expect_trouble = True
            for name in names:
                speaker = Speaker(folder, name, self.server.port)
                self.speakers[name] = stack.enter_context(closing(speaker))
                speaker.start()
            self._stack = stack.pop_all()

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.server.data / JOURNAL

    def histories(self) -> Histories:
        """What was read so far."""
        return {speaker.name: speaker.lives for speaker in self.speakers.values()}

    def renew(self, leaving: Collection[str] = ()) -> None:
        """What was checked is done with: everybody ends and begins anew, on the same outbox.

        Who is not `leaving` is a member all the while.
        """
        self.since = checker.newest(self.journal)
        for speaker in self.speakers.values():
            speaker.tell("leave" if speaker.name in leaving else "end")
        for speaker in self.speakers.values():
            speaker.wait()
            speaker.lives.clear()
            speaker.start()

    def say(self, count: int, pause: float) -> None:
        """Everybody says so many messages, so many seconds apart."""
        for speaker in self.speakers.values():
            speaker.say(count, pause)

    def share(self, count: int, pause: float) -> None:
        """Everybody shares so many files, so many seconds apart."""
        for speaker in self.speakers.values():
            speaker.share(count, pause)

    def come_to_rest(self, within: float) -> None:
        """Wait until all is said and seen by all. Raises `NotQuiet`."""
        deadline = time.monotonic() + within
        while True:
            newest = checker.newest(self.journal)
            missing = {
                name: what
                for name, speaker in self.speakers.items()
                if (what := speaker.missing(newest))
            }
            if not missing:
                return
            dead = any(speaker.ended() for speaker in self.speakers.values())
            if dead or time.monotonic() > deadline:
                raise NotQuiet(f"after {within} s: {missing}\n{self._server_log()}")
            time.sleep(LOOK_EVERY)

    def check(self, within: float) -> tuple[Journal, list[SearchResult]]:
        """Let it come to rest, and look."""
        self.come_to_rest(within)
        for speaker in self.speakers.values():
            speaker.members()
        self.come_to_rest(within)
        journal, histories = checker.read_journal(self.journal), self.histories()
        return journal, [
            *checker.check(journal, histories, self.since),
            *checker.at_rest(journal, histories),
            *filecheck.check(journal, histories, self.since),
            *filecheck.at_rest(histories),
            *filecheck.stored(journal, self.server.downloads, self.since),
        ]

    def end(self) -> None:
        """Nobody talks any more, then the server ends as by Ctrl-C."""
        for speaker in self.speakers.values():
            speaker.kill()
        self.server.stop()

    def _server_log(self) -> str:
        state = self.server.process.poll()
        alive = "runs" if state is None else f"ended ({state})"
        return f"the server {alive}: {self.server.log.read_text()[-2000:]}"

    def close(self) -> None:
        """End everything."""
        self._stack.close()
