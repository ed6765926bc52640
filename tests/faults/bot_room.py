"""A server and bots that exchange messages through proxies, until all of it has settled.

Starts, watches, ends and checks them; the nemesis injects the faults.
"""

import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from server.settings import JOURNAL
from tests.faults import changecheck, checker, disk, filecheck
from tests.faults.bot_process import LOOK_EVERY, BotProcess, Target
from tests.faults.checker import CheckFinding, JournalContents
from tests.faults.history import Histories
from tests.support.running import RunningServer


class NotSettled(Exception):
    """The room did not settle in time; the text lists what is missing."""


class Bots:
    """The bots of one room, by name, in `bots`.

    Attributes:
        folder: where the histories are.
        since: the newest `seq` that has been checked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.since = 0
        self.bots: dict[str, BotProcess] = {}

    @property
    def journal(self) -> Path:
        """The file of a journal of the room."""
        raise NotImplementedError

    @property
    def servers(self) -> Sequence[RunningServer]:
        """The servers of the room."""
        raise NotImplementedError

    def behind(self) -> dict[str, str]:
        """Return which servers have not settled, and why."""
        return {}

    def newest(self) -> int:
        """Return the newest `seq` of the room."""
        return checker.newest(self.journal)

    def end(self) -> None:
        """End the bots, then all servers as Ctrl-C does."""
        for bot in self.bots.values():
            bot.kill()
        for server in self.servers:
            server.stop()

    def close(self) -> None:
        """End bots and servers, in any state."""
        raise NotImplementedError

    def histories(self) -> Histories:
        """Return the records read so far."""
        return {bot.name: bot.runs for bot in self.bots.values()}

    def restart_bots(self, leaving: Collection[str] = ()) -> None:
        """End all bots, start them again on the same outboxes, and forget what was checked.

        Those in `leaving` leave the room first; the others stay members throughout.
        """
        self.since = self.newest()
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
            newest = self.newest()
            missing = self.behind() | {
                name: reason
                for name, bot in self.bots.items()
                if (reason := bot.missing(newest))
            }
            if not missing:
                return
            dead = any(bot.ended() for bot in self.bots.values())
            if dead or time.monotonic() > deadline:
                raise NotSettled(f"after {within} s: {missing}\n{self._server_logs()}")
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
            *self.check_servers(journal, self.since),
        ]

    def check_servers(self, journal: JournalContents, since: int = 0) -> list[CheckFinding]:
        """Check what the servers of a settled room have beside the journal."""
        return [
            finding
            for server in self.servers
            for finding in filecheck.stored(journal, server.downloads, since)
        ]

    def check_ended(self, journal: JournalContents) -> list[CheckFinding]:
        """Do the same once the servers have ended, for the whole journal."""
        return self.check_servers(journal)

    def _server_logs(self) -> str:
        return "\n".join(
            f"{server.folder.name} {_state(server)}: {server.log.read_text()[-2000:]}"
            for server in self.servers
        )


def _state(server: RunningServer) -> str:
    state = server.process.poll()
    return "runs" if state is None else f"ended ({state})"


class BotRoom(Bots):
    """A server with two workers, and bots by name; the data folder is a small disk if possible.

    Attributes:
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
        super().__init__(folder)
        self.down = False
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
                bot = BotProcess(folder, name, Target(self.server.port), tls=tls)
                self.bots[name] = stack.enter_context(closing(bot))
                bot.start()
            self._stack = stack.pop_all()

    @property
    def journal(self) -> Path:
        """The file of the journal."""
        return self.server.data / JOURNAL

    @property
    def servers(self) -> Sequence[RunningServer]:
        """The only one."""
        return [self.server]

    def close(self) -> None:
        """End bots and server."""
        self._stack.close()
