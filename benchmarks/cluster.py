"""One room on several hosts, with three nats-servers between them, all on loopback.

The nodes have the configuration that `python -m server engine` writes: they write to the disk
before they confirm (`sync_interval: always`), and all connections are encrypted.
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.delivery_check import Void
from server.cluster import engine
from tests.support.hosts import RunningHosts
from tests.support.nats_servers import NatsServers
from tests.support.running import eventually

NODES = 3
READY_WITHIN = 60.0
NO_LIMITS = ("--rate", "0", "--max-connections", "0", "--quota", "0")
STREAM = "chatroom-lobby"
"""The stream of a room with the default name."""


class Nodes(NatsServers):
    """The nodes of one cluster, numbered from 0.

    Attributes:
        credentials: the file that lets hosts in.

    Args:
        folder: where they store.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, NODES)
        self.credentials = folder / "cluster.secret"

    def leader(self, stream: str) -> int | None:
        number = super().leader(stream)
        return None if number is None else number - 1

    def _config(self, node: int) -> str:
        data = self._folder / f"node{node}"
        data.mkdir(exist_ok=True)
        wanted = engine.Node(
            number=node + 1,
            peers=engine.peers(",".join(f"127.0.0.1:{port}" for port in self._routes)),
            data=data,
            listen="127.0.0.1",
            port=self._ports[node],
            secret_file=self.credentials,
        )
        engine.prepare(wanted)
        # An operator's node has no such port; it tells who leads.
        monitor = f'http: "127.0.0.1:{self._monitors[node]}"\n'
        return wanted.configuration.read_text("utf-8") + monitor


@contextmanager
def running_hosts(folder: Path, count: int, options: Sequence[str]) -> Iterator[RunningHosts]:
    """Run a room on hosts, all of them ready.

    Args:
        folder: where hosts and nodes store.
        count: the number of hosts.
        options: of each host.

    Raises:
        Void: they did not start, or one of them logged a traceback.
    """
    nodes = Nodes(folder)
    with closing(nodes):
        try:
            nodes.start()
            hosts = RunningHosts(
                folder, nodes, "--cluster-credentials", str(nodes.credentials), *NO_LIMITS,
                *options, count=count,
            )  # fmt: skip
        except (AssertionError, engine.EngineError) as problem:
            raise Void(f"the hosts did not start: {problem}") from problem
        try:
            for number in hosts.numbers:
                wait_until_ready(hosts, number)
            yield hosts
        finally:
            _close(hosts)


def wait_until_ready(hosts: RunningHosts, number: int) -> None:
    """Wait until members can write at a host. Raises `Void`."""
    url = f"{hosts.url(number)}/readyz"

    def ready() -> bool:
        with suppress(URLError, OSError), urlopen(url, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False

    try:
        eventually(ready, READY_WITHIN)
    except AssertionError as problem:
        raise Void(f"{hosts.name(number)} is not ready") from problem


def _close(hosts: RunningHosts) -> None:
    try:
        # A host that does not end in time on a busy machine is killed: not a wrong figure.
        with suppress(subprocess.TimeoutExpired):
            hosts.close()
    except AssertionError as problem:
        raise Void(f"a host logged an error: {str(problem)[-500:]}") from problem
