"""Nodes that run: real nats-servers with the configuration that is written for them."""

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import psutil
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import StorageType, StreamConfig

from server.cluster import engine, secret
from server.cluster.connection import Connection
from server.cluster.engine import Node
from tests.server.cluster.sizes import exchange_sizes
from tests.support.running import ROOT, eventually, is_alive, lasting_port
from tests.support.waiting import until, until_asked


class RunningNode:
    """`python -m server engine` on loopback, with a data folder of its own."""

    def __init__(self, folder: Path, number: int, peers: list[int], *options: str) -> None:
        folder.mkdir(exist_ok=True)
        self.data = folder / f"node {number} é"
        self.secret = self.data / secret.NAME
        self.port = lasting_port()
        self._command = [
            sys.executable, "-m", "server", "engine", "--node", str(number),
            "--peers", ",".join(f"127.0.0.1:{one}" for one in peers),
            "--data-dir", str(self.data), "--port", str(self.port),
            "--listen", "127.0.0.1", "--max-store", "100MiB", *options,
        ]  # fmt: skip
        self._log = folder / f"node{number}-{self.port}.log"

    def start(self) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log)

    def serve(self) -> None:
        """Start it, and wait until it serves."""
        self.start()
        eventually(lambda: "runs. Press" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def program(self) -> psutil.Process:
        """Its nats-server."""
        (found,) = psutil.Process(self.process.pid).children()
        return found

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A host's connection to it."""
        shared = secret.read(self.secret)
        client = await nats.connect(
            f"nats://127.0.0.1:{self.port}", user=shared.user, password=shared.password,
            tls=shared.tls(), tls_handshake_first=bool(shared.authority),
            allow_reconnect=False, connect_timeout=10,
        )  # fmt: skip
        try:
            yield client
        finally:
            await client.close()


type StartNodes = Callable[..., list[RunningNode]]


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[StartNodes]:
    """Make nodes of one cluster, to be started; what runs is killed at the end."""
    made: list[RunningNode] = []

    def make(count: int) -> list[RunningNode]:
        peers = [lasting_port() for _ in range(count)]
        made.extend(RunningNode(tmp_path, one + 1, peers) for one in range(count))
        return made

    yield make
    for node in made:
        if hasattr(node, "process") and node.process.poll() is None:
            programs = psutil.Process(node.process.pid).children()
            node.process.kill()
            node.process.wait()
            for one in programs:
                one.kill()


async def _stored(client: Client) -> int:
    info = await client.jetstream(timeout=5).stream_info("ROOM")
    return info.state.messages


async def _store(client: Client, replicas: int, messages: int) -> None:
    jetstream = client.jetstream(timeout=10)
    await jetstream.add_stream(
        StreamConfig(
            name="ROOM", subjects=["room"], num_replicas=replicas, storage=StorageType.FILE
        )
    )
    for number in range(messages):
        await jetstream.publish("room", str(number).encode())


async def test_a_node_keeps_what_it_stored_when_it_is_killed(nodes: StartNodes) -> None:
    (node,) = nodes(1)
    node.serve()
    assert "Node 1 of 1 runs." in node.said
    async with node.client() as client:
        await _store(client, replicas=1, messages=20)
        program = node.program
        program.kill()
        assert node.process.wait(10) == 1
    assert "nats-server has ended (signal SIGKILL)." in node.said
    node.serve()
    async with node.client() as client:
        assert await _stored(client) == 20
        await client.jetstream().publish("room", b"more")


async def test_a_host_reads_all_that_comes_encrypted_also_after_a_restart(
    nodes: StartNodes, caplog: pytest.LogCaptureFixture
) -> None:
    (node,) = nodes(1)
    node.serve()
    shared = secret.read(node.secret)
    host = Connection([f"nats://127.0.0.1:{node.port}"], "lab", "host", shared)
    changes: list[bool] = []
    host.watch(changes.append)
    try:
        await host.open(10)
        await exchange_sizes(host)
        await asyncio.to_thread(node.end)
        await asyncio.to_thread(node.serve)
        await until(lambda: changes == [True, False, True])
        await exchange_sizes(host)
    finally:
        await host.close()
    assert "asyncio" not in {record.name for record in caplog.records}


def test_it_lets_nobody_in_without_the_secret(nodes: StartNodes) -> None:
    (node,) = nodes(1)
    node.serve()
    shared = secret.read(node.secret)
    tls = shared.tls()
    assert tls is not None
    for password, answer in ((shared.password, b"PONG"), ("wrong", b"Authorization Violation")):
        with (
            socket.create_connection(("127.0.0.1", node.port), 10) as plain,
            tls.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
            connection.makefile("rwb") as lines,
        ):
            assert lines.readline().startswith(b"INFO ")
            words = {
                "user": shared.user,
                "pass": password,
                "tls_required": True,
                "verbose": False,
            }
            lines.write(b"CONNECT " + json.dumps(words).encode() + b"\r\nPING\r\n")
            lines.flush()
            assert answer in lines.readline()
    eventually(lambda: "A host at 127.0.0.1 has another secret" in node.said)
    with socket.create_connection(("127.0.0.1", node.port), 10) as plain:
        plain.sendall(b"CONNECT {}\r\nPING\r\n")
        assert b"INFO" not in plain.recv(4096)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_both(nodes: StartNodes, number: signal.Signals) -> None:
    (node,) = nodes(1)
    node.serve()
    program = node.program
    assert node.end(number) == 0
    assert not is_alive(program)
    assert "has ended" not in node.said


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell the child")
def test_nats_server_ends_when_its_parent_is_killed(nodes: StartNodes) -> None:
    (node,) = nodes(1)
    node.serve()
    program = node.program
    node.process.kill()
    node.process.wait()
    eventually(lambda: not is_alive(program))


def test_a_second_node_on_the_same_folder_or_port(nodes: StartNodes, tmp_path: Path) -> None:
    (node,) = nodes(1)
    node.serve()
    again = RunningNode(tmp_path, 1, [lasting_port()])
    again.start()
    assert again.process.wait(30) == 1
    assert "already running on the data folder" in again.said
    other = RunningNode(tmp_path / "elsewhere", 1, [lasting_port()], "--port", str(node.port))
    other.start()
    assert other.process.wait(30) == 1
    assert f"The address 127.0.0.1:{node.port} is in use" in other.said
    assert other.said.count("Traceback") == 0


async def test_three_nodes_store_together_and_refuse_a_fourth_secret(
    nodes: StartNodes, tmp_path: Path
) -> None:
    one, two, three = nodes(3)
    one.serve()
    assert f"Copy {one.secret} to 127.0.0.1 and 127.0.0.1." in one.said
    for node in (two, three):
        node.data.mkdir(mode=0o700)
        shutil.copy(one.secret, node.secret)
        node.serve()
    eventually(lambda: all("Most nodes are here" in node.said for node in (one, two, three)))
    async with one.client() as client:
        # A node may still be about to join.
        await until_asked(lambda: _nodes(client), lambda count: count == 3)
        await _store(client, replicas=3, messages=10)

    # One may fail, and comes back with what it missed.
    assert three.end(signal.SIGTERM) == 0
    async with one.client() as client:
        await until_asked(lambda: _publish(client))
    three.serve()
    async with three.client() as client:
        await until_asked(lambda: _current(client))

    # The same node with another secret stays outside, and both sides say so.
    assert three.end() == 0
    another = tmp_path / "another"
    another.mkdir(mode=0o700)
    peers = engine.peers("a")
    engine.prepare(Node(number=1, peers=peers, data=another, secret_file=another / secret.NAME))
    shutil.copy(another / secret.NAME, three.secret)
    three.serve()
    assert "last started with another secret" in three.said
    eventually(lambda: "The node at 127.0.0.1 has another secret." in three.said)
    eventually(lambda: "The node at 127.0.0.1 has another secret." in one.said)
    assert json.loads((three.data / engine.STATE).read_bytes())["node"] == 3
    assert "Most nodes are here" not in three.said


async def _nodes(client: Client) -> int:
    """Return how many nodes can hold a stream."""
    try:
        info = await client.jetstream(timeout=2).add_stream(
            StreamConfig(name="PROBE", subjects=["probe"], num_replicas=3)
        )
    except (NatsError, TimeoutError):
        return 0
    assert info.cluster is not None
    await client.jetstream().delete_stream("PROBE")
    return 1 + len(info.cluster.replicas or ())


async def _publish(client: Client) -> bool:
    try:
        await client.jetstream(timeout=2).publish(
            "room", b"later", headers={"Nats-Msg-Id": "1"}
        )
    except (NatsError, TimeoutError):
        return False
    return True


async def _current(client: Client) -> bool:
    """Return whether all three nodes have all 11 messages."""
    try:
        info = await client.jetstream(timeout=2).stream_info("ROOM")
    except (NatsError, TimeoutError):
        return False
    replicas = info.cluster.replicas if info.cluster and info.cluster.replicas else []
    return info.state.messages == 11 and [one.current for one in replicas] == [True, True]
