"""The Chatroom server on several hosts, and the nodes between them, all on this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import machine
from benchmarks.cluster import running_hosts
from benchmarks.delivery_check import Void
from benchmarks.machine import Cores
from benchmarks.peers.base import RunningPeer, first_line
from benchmarks.peers.ours import Ours
from tests.support.nats_servers import nats_server


class OursOnHosts(Ours):
    """The server of this checkout on several hosts; clients are spread over them.

    Each host has one worker: by itself it would start one for each core, as if they were its
    own.

    Args:
        count: the number of hosts.
    """

    def __init__(self, count: int) -> None:
        super().__init__(name="hosts")
        self._count = count

    def version(self) -> str:
        return f"{super().version()} on {self._count} hosts, {first_line(nats_server(), '-v')}"

    @contextmanager
    def running(
        self, cores: Cores, members: int, folder: Path | None = None
    ) -> Iterator[RunningPeer]:
        options = "--workers", "1", "--max-users", str(max(3, members))
        with tempfile.TemporaryDirectory(prefix="bench-hosts-") as temporary:
            here = folder or Path(temporary)
            with running_hosts(here, self._count, options) as hosts:
                first, *others = hosts.servers
                processes = hosts.nats.processes
                for server in hosts.servers:
                    processes += machine.tree(server.process.pid)
                yield RunningPeer(
                    self.name,
                    self.protocol,
                    self.concurrent_joins,
                    first.port,
                    first.process.pid,
                    here,
                    cores,
                    processes=processes,
                    other_ports=tuple(one.port for one in others),
                )
                if found := hosts.differences():
                    raise Void(f"the journals differ: {found[0][:200]}")
