"""A room on several hosts with bots at all of them, and nodes of NATS; see `bot_room`.

Each bot joins at another host first. Where this user can make networks, each host is with its
node on a computer of its own, so that the network between hosts can be cut.
"""

import hashlib
import tempfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import quote

from server.cluster.connection import subject_token
from server.settings import Settings
from shared import messages
from tests.faults import checker
from tests.faults.bot_process import BotProcess, Target
from tests.faults.bot_room import Bots
from tests.faults.checker import CheckFinding, JournalContents
from tests.support.hosts import BETWEEN, CLIENTS, Place, RunningHosts
from tests.support.nats_servers import NatsServers
from tests.support.networks import Computer, Networks
from tests.support.running import RunningServer, eventually

FETCH_WITHIN = 30


class HostsRoom(Bots):
    """A room on `count` hosts, each with two workers, and bots by name.

    Attributes:
        hosts: the hosts.
        nats: the nodes; node N is with host N.
        down: the hosts that a fault has stopped or killed.
        networks: the networks between the hosts; None on loopback.
        computers: the computers of the hosts; empty on loopback.
        stream: the name of the room's stream in NATS.

    Args:
        folder: for all files.
        names: of the bots.
        options: of the hosts.
        count: the number of hosts, and of nodes.
        separate: whether each host gets a computer of its own.
        files: whether to download each file from each host.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        *options: str,
        count: int = 3,
        separate: bool = False,
        files: bool = True,
    ) -> None:
        super().__init__(folder)
        self.down: set[int] = set()
        self.networks: Networks | None = None
        self.computers: list[Computer] = []
        self.stream = f"chatroom-{subject_token(Settings().room)}"
        self._files = files
        with ExitStack() as stack:
            # A short path, since the path of a Unix socket in it has at most some 100 bytes.
            self._temporary = [
                stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-"))
                for _ in range(count)
            ]
            places: list[Place] = []
            nodes: list[tuple[str, Sequence[str]]] = []
            if separate:
                self.networks = stack.enter_context(Networks(2))
                self.computers = [
                    self.networks.computer(CLIENTS, BETWEEN) for _ in range(count)
                ]
                for number, each in enumerate(self.computers, 1):
                    places.append(Place(each.command(), f"10.77.{CLIENTS}.{number}"))
                    nodes.append((f"10.77.{BETWEEN}.{number}", each.command()))
                here = self.networks.computer(CLIENTS, BETWEEN)
                stack.enter_context(here.entered())
            (folder / "nats").mkdir(parents=True)
            self.nats = NatsServers(folder / "nats", count, nodes)
            stack.enter_context(closing(self.nats))
            self.nats.start()
            self.hosts = RunningHosts(
                folder,
                self.nats,
                "--workers", "2", "--rate", "0", "--max-users", "20", "--min-free", "0",
                *(("--tls", "optional") if separate else ()),
                *options,
                count=count,
                places=places,
                environment=lambda number: {
                    "TMPDIR": self._temporary[number], "SPT_NOENV": "1",
                },
            )  # fmt: skip
            stack.enter_context(closing(self.hosts))
            for server in self.hosts.servers:
                server.expect_errors = True
            eventually(self.hosts.know_each_other)  # each bot is told of all as it joins
            targets = [
                Target(server.port, self.hosts.address(number))
                for number, server in enumerate(self.hosts.servers)
            ]
            for place, name in enumerate(names):
                first = place % count
                bot = BotProcess(folder, name, *targets[first:], *targets[:first])
                self.bots[name] = stack.enter_context(closing(bot))
                bot.start()
            self._stack = stack.pop_all()

    @property
    def journal(self) -> Path:
        return self.hosts.journal(0)

    @property
    def servers(self) -> Sequence[RunningServer]:
        return self.hosts.servers

    def members_at(self, host: int) -> list[str]:
        """Return the bots that are connected to a host, or were last."""
        port = self.servers[host].port
        for bot in self.bots.values():
            bot.read_history()
        return [name for name, bot in self.bots.items() if bot.at and bot.at.port == port]

    def newest(self) -> int:
        return max(checker.newest(self.hosts.journal(each)) for each in self.hosts.numbers)

    def behind(self) -> dict[str, str]:
        positions = self.hosts.positions()
        return {
            self.hosts.name(each): f"it is at position {mine} of {max(positions)}"
            for each, mine in zip(self.hosts.numbers, positions, strict=True)
            if mine != max(positions)
        } | {
            f"{name} as a member": "is away"  # a host may be about to come back with it
            for name in self.hosts.away(0)
        }

    def check_servers(self, journal: JournalContents, since: int = 0) -> list[CheckFinding]:
        findings = [
            CheckFinding("diverged", "journals", text) for text in self.hosts.differences()
        ]
        if not self._files:
            return findings
        for row in journal.rows:
            if isinstance(row.event, messages.Shared) and row.event.file and row.seq > since:
                for each in self.hosts.numbers:
                    findings += self._downloaded(each, row.event)
        return findings

    def _downloaded(self, host: int, event: messages.Shared) -> list[CheckFinding]:
        """Check that a host has a file, wherever it was uploaded."""
        assert event.file
        try:
            url = self.hosts.url(host) + quote(event.file.url)
            with urllib.request.urlopen(url, timeout=FETCH_WITHIN) as answer:
                sha256 = hashlib.sha256(answer.read()).hexdigest()
        except (OSError, urllib.error.URLError) as problem:
            sha256 = str(problem)
        if sha256 == event.file.sha256:
            return []
        name = self.hosts.name(host)
        return [CheckFinding("lost", name, f"the file of {event.seq} is there {sha256}")]

    def check_ended(self, journal: JournalContents) -> list[CheckFinding]:
        return [
            CheckFinding("diverged", "journals", text) for text in self.hosts.differences(1)
        ]

    def close(self) -> None:
        """End bots, hosts and nodes, and remove the networks."""
        self._stack.close()
