"""One room on several hosts: servers, and the nats-servers between them, each to be killed.

On loopback, or each host with its node on a computer of its own (`networks`), so that the
network between them can be cut.
"""

import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from server.settings import JOURNAL
from tests.support.nats_servers import NatsServers
from tests.support.running import ROOT, RunningServer, eventually, lasting_port

SAME_WITHIN = 30.0
TABLES = {
    "event": "*", "member": "*", "file": "*", "pin": "*", "recent": "*",
    "ended": "*", "restriction": "*", "room": "*", "act": "*", "host": "*", "agreed": "*",
    "set_back": "*", "deleted": "seq", "edit": "seq, target", "kept": "id, position, member",
}  # fmt: skip
"""The tables and columns that must be equal on all hosts; in the others is what each does by
itself: what it has erased already, hashes with a secret of its own. They are filed in the order
of these hashes, so `post` differs too as long as a host files (from 65,536 posts on)."""

CLIENTS, BETWEEN = 0, 1
"""The networks of a host on a computer of its own: for members, and between hosts."""


class Place(NamedTuple):
    """Where a host runs.

    Attributes:
        command: what runs a program there.
        address: where members reach it.
    """

    command: Sequence[str] = ()
    address: str = "127.0.0.1"


class RunningHosts:
    """The hosts of one room, over nodes that run already.

    Attributes:
        servers: the hosts; one that was killed is there too.
        nats: the nodes. Host N prefers node N.

    Args:
        folder: where each host has a folder of its own.
        nats: the nodes.
        options: of all hosts.
        count: the number of hosts.
        places: where each of them runs; empty: on loopback.
        environment: returns the environment of a host, by its number.
    """

    def __init__(
        self,
        folder: Path,
        nats: NatsServers,
        *options: str,
        count: int = 3,
        places: Sequence[Place] = (),
        environment: Callable[[int], dict[str, str]] = lambda number: {},
    ) -> None:
        self.nats = nats
        self._folder = folder
        self._options = options
        self._places = places or [Place()] * count
        self._environment = environment
        self._killed: set[int] = set()
        self._stopped: dict[int, list[psutil.Process]] = {}
        with ExitStack() as stack:
            # The others get a copy of the first one's key: all hosts of a room have the same.
            first = stack.enter_context(closing(self._made(0)))
            with ThreadPoolExecutor() as pool:
                started = [pool.submit(self._made, each) for each in range(1, count)]
            others = [stack.enter_context(closing(each.result())) for each in started]
            self.servers = [first, *others]
            self._stack = stack.pop_all()

    def _made(self, number: int) -> RunningServer:
        folder, place = self.folder(number), self._places[number]
        folder.mkdir(parents=True, exist_ok=True)
        urls = self.nats.urls
        mine = number % len(urls)
        return RunningServer(
            folder,
            "--cluster", ",".join([*urls[mine:], *urls[:mine]]),
            "--host-name", self.name(number),
            *(("--host", place.address) if place.command else ()),
            *self._options,
            environment=self._environment(number),
            port=lasting_port(),
            prefix=place.command,
        )  # fmt: skip

    def name(self, number: int) -> str:
        """Return the name of a host."""
        return f"host{number}"

    def folder(self, number: int) -> Path:
        """Return the folder of a host; its data and downloads are in it."""
        return self._folder / self.name(number)

    def address(self, number: int) -> str:
        """Return where members reach a host."""
        return self._places[number].address

    def url(self, number: int) -> str:
        """Return the base of a host's HTTP addresses."""
        return f"http://{self.address(number)}:{self.servers[number].port}"

    def journal(self, number: int) -> Path:
        """Return the file of a host's journal."""
        return self.servers[number].data / JOURNAL

    def know_each_other(self) -> bool:
        """Return whether each host names all of them to those who join."""
        others = len(self.servers) - 1
        return all(self._link(each).count(",") == others for each in self.numbers)

    def _link(self, number: int) -> str:
        data = str(self.servers[number].data)
        command = [sys.executable, "-m", "server", "link", "--data-dir", data]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return next(line for line in answer.stdout.splitlines() if "join link" in line)

    # --- whole hosts -------------------------------------------------------------------------

    @property
    def running(self) -> list[int]:
        """The hosts that were not killed, also those that stand still."""
        return [each for each in range(len(self.servers)) if each not in self._killed]

    def kill(self, number: int) -> None:
        """Kill a host, all of its processes, as if its computer had failed."""
        self._killed.add(number)
        self._stopped.pop(number, None)
        for process in self._frozen(number):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.servers[number].wait()

    def stop(self, number: int) -> None:
        """Let a host stand still, as a virtual machine that is paused."""
        self._stopped[number] = self._frozen(number)

    def go_on(self, number: int) -> None:
        """Let a host go on that stands still; one that was killed since stays so."""
        for process in reversed(self._stopped.pop(number, [])):  # the main process at the end
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def end(self, number: int, within: float = 20.0) -> None:
        """End a host as its operator does."""
        self._killed.add(number)
        self.servers[number].signal(signal.SIGTERM)
        self.servers[number].wait(within)

    def restart(self, number: int) -> None:
        """Start a host that was killed or ended, on its folder and port."""
        self.servers[number].start(self.servers[number].port)
        self._killed.discard(number)

    def _frozen(self, number: int) -> list[psutil.Process]:
        """Stop all processes of a host and return them, the main process first."""
        main = psutil.Process(self.servers[number].process.pid)
        main.suspend()  # it starts no more of them
        found = [main]
        for process in main.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
                found.append(process)
        return found

    def mend(self) -> None:
        """Let all hosts run that were killed or stand still."""
        for number in list(self._stopped):
            self.go_on(number)
        for number in list(self._killed):
            self.restart(number)

    # --- what they have ----------------------------------------------------------------------

    def positions(self) -> list[int]:
        """Return the last position that each host has carried out."""
        return [self._ask(each, "SELECT position FROM kept")[0][0] for each in self.numbers]

    def away(self, number: int) -> list[str]:
        """Return the members that have no connection, as a host has it."""
        found = self._ask(number, "SELECT name FROM member WHERE connection IS NULL")
        return [name for (name,) in found]

    @property
    def numbers(self) -> range:
        """The numbers of all hosts."""
        return range(len(self.servers))

    def differences(self, within: float = SAME_WITHIN) -> list[str]:
        """Wait until all hosts are at the same position; return how their journals differ."""
        found: list[str] = []

        def compared() -> bool:
            if len(set(self.positions())) > 1:
                return False
            contents = [self._contents(each) for each in self.numbers]
            if len({each["kept"][0][1] for each in contents}) > 1:
                return False  # they went on meanwhile
            found[:] = [
                text
                for each in self.numbers[1:]
                for text in _differences(contents[0], contents[each], self.name(each))
            ]
            return True

        try:
            eventually(compared, within)
        except AssertionError:
            return [f"the hosts are at the positions {self.positions()}"]
        return found

    def _contents(self, number: int) -> dict[str, list[Any]]:
        with closing(self._open(number)) as db:
            db.execute("BEGIN")
            return {
                table: sorted(db.execute(f"SELECT {columns} FROM {table}"), key=repr)
                for table, columns in TABLES.items()
            }

    def _ask(self, number: int, question: str) -> list[tuple[Any, ...]]:
        with closing(self._open(number)) as db:
            return db.execute(question).fetchall()

    def _open(self, number: int) -> sqlite3.Connection:
        uri = f"{self.journal(number).absolute().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, timeout=10)

    def close(self) -> None:
        """End all hosts, in any state."""
        for number in list(self._stopped):
            self.go_on(number)
        self._stack.close()


def _differences(
    one: dict[str, list[Any]], other: dict[str, list[Any]], name: str
) -> list[str]:
    found = []
    for table in TABLES:
        mine, theirs = one[table], other[table]
        if mine == theirs:
            continue
        extra = sorted({*mine} - {*theirs}, key=repr)[:3]
        missing = sorted({*theirs} - {*mine}, key=repr)[:3]
        found.append(f"{table}: host0 has {extra}, {name} has {missing} (of {len(mine)})")
    return found
