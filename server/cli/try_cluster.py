"""`try-cluster`: a room on several hosts, all of them on this computer.

It starts three nodes on loopback, then the hosts, each a server with folders of its own, and
ends them all together. What they log is in files of the folder.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.cluster import engine, engine_log, secret
from server.cluster.engine import EngineError, Node
from server.cluster.engine_process import end_with, ended
from server.processes import output, run_directory
from server.processes.run_directory import FolderError, WaysIn
from server.tls import identity
from shared import joinlink
from shared.address import Address
from shared.joinlink import JoinLink

NODES = 3
START_WITHIN = 60.0
"""Seconds within which each process must have started."""
_END_WITHIN = 15.0
_LOOK_EVERY = 0.05
_LOOPBACK = "127.0.0.1"
_ROOT = Path(__file__).resolve().parents[2]
_SERVER = (sys.executable, "-P", "-m", "server")
_LAST_LINES = 5


class _TryError(Exception):
    """It cannot be tried; the text says why."""


class _Stopped(Exception):
    """A signal asked for the end."""


class _Child:
    """A process that this one starts, and what it logs."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name = name
        self.command = command
        self.log = folder / f"{name}.log"
        paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - without a shell
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0,
                env={**os.environ, "PYTHONPATH": paths},
                preexec_fn=partial(end_with, os.getpid()),  # noqa: PLW1509 - there are no threads
            )  # fmt: skip

    @property
    def status(self) -> int | None:
        """How it ended; None while it runs."""
        return self.process.poll()

    def last_lines(self) -> str:
        """Return the end of its log."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])


class _Children:
    """All processes of a trial; `close` ends those that still run, the newest kind first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[_Child] = []
        self.stopping = False

    def start(self, name: str, command: Sequence[str]) -> _Child:
        child = _Child(name, command, self._folder)
        self._running.append(child)
        return child

    def wait_for(self, child: _Child, condition: Callable[[], object]) -> None:
        """Wait until a process has started. Raises `_TryError` if any ends or is too slow."""
        deadline = time.monotonic() + START_WITHIN
        while not condition():
            for one in self._running:
                if one.status is not None:
                    raise _TryError(
                        f"{one.name} did not start ({ended(one.status)}). Its last lines:\n"
                        f"{one.last_lines()}"
                    )
            if time.monotonic() > deadline:
                raise _TryError(f"{child.name} did not start within {START_WITHIN:.0f} s.")
            self.pause()

    def pause(self) -> None:
        """Let some time pass. Raises `_Stopped` when a signal came."""
        if self.stopping:
            raise _Stopped
        time.sleep(_LOOK_EVERY)

    def gone(self) -> list[_Child]:
        """Return those that have ended since the last call."""
        found = [one for one in self._running if one.status is not None]
        self._running = [one for one in self._running if one not in found]
        return found

    def process_ids(self) -> dict[str, int]:
        """Return the process of each that runs, by name."""
        return {one.name: one.process.pid for one in self._running}

    def run_any(self, kind: str) -> bool:
        """Return whether a process whose name begins so runs."""
        return any(one.name.startswith(kind) for one in self._running)

    def close(self) -> None:
        """End the hosts, then the nodes."""
        for kind in ("host", "node"):
            ending = [one.process for one in self._running if one.name.startswith(kind)]
            for process in ending:
                process.terminate()
            deadline = time.monotonic() + _END_WITHIN
            for process in ending:
                try:
                    process.wait(max(deadline - time.monotonic(), 0))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@dataclass(frozen=True, slots=True)
class Trial:
    """The hosts, ports and options of a trial.

    Attributes:
        hosts: the number of hosts.
        port: the port of the first host, the others have the next ones; 0 picks free ones.
        options: further options of each host.
        server: the command that starts a server.
    """

    hosts: int
    port: int
    options: Sequence[str] = ()
    server: Sequence[str] = _SERVER

    def commands(self, folder: Path, nodes: Sequence[Node]) -> dict[str, list[str]]:
        """Return the command of each host, by its name."""
        urls = ",".join(map(_url, nodes))
        return {
            name: [
                *self.server, "--port", str(self.port and self.port + number),
                "--data-dir", str(folder / name / "data"), "--workers", "1",
                "--downloads", str(folder / name / "downloads"), "--no-announce", "--no-qr",
                "--host-name", name, "--cluster", urls,
                "--cluster-credentials", str(folder / secret.NAME), *self.options,
            ]
            for number, name in enumerate(f"host{one + 1}" for one in range(self.hosts))
        }  # fmt: skip


def run(trial: Trial, folder: Path | None) -> int:
    """Run three nodes and some hosts until Ctrl-C; returns the exit status.

    Args:
        trial: what is to be tried.
        folder: for all that is stored; None makes one that is removed at the end.
    """
    try:
        with ExitStack() as stack:
            program = engine.find()
            place = folder or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="chatroom-try-"))
            )
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(run_directory.holding(place))
            children = _Children(place)
            stack.enter_context(_ended_by_signals(children))
            stack.callback(children.close)
            nodes = _start_nodes(children, place, program.path)
            found = _start_hosts(children, place, trial.commands(place, nodes))
            output.say(_text(found, nodes, children, place, temporary=folder is None))
            return _watch(children)
    except _Stopped:
        return 0
    except (EngineError, FolderError, _TryError, identity.IdentityError) as problem:
        output.warn(str(problem))
    except OSError as problem:
        output.warn(f"It cannot be tried: {problem.strerror or problem}.")
    return 1


def _start_nodes(children: _Children, folder: Path, program: str) -> list[Node]:
    """Start the nodes, and wait until each serves."""
    ports = _free_ports(2 * NODES)
    peers = tuple(Address(_LOOPBACK, port) for port in ports[:NODES])
    nodes = [
        Node(
            number=number + 1, peers=peers, data=folder / f"node{number + 1}",
            listen=_LOOPBACK, port=ports[NODES + number], secret_file=folder / secret.NAME,
        )
        for number in range(NODES)
    ]  # fmt: skip
    started = []
    for node in nodes:
        node.data.mkdir(mode=0o700, exist_ok=True)
        engine.prepare(node)
        command = (program, "-c", str(node.configuration))
        started.append(children.start(engine.name(node.number), command))
    for child in started:
        children.wait_for(child, partial(_serves, child))
    return nodes


def _serves(node: _Child) -> bool:
    return engine_log.READY in node.log.read_text("utf-8", "replace")


def _start_hosts(
    children: _Children, folder: Path, commands: dict[str, list[str]]
) -> dict[str, WaysIn]:
    """Start the hosts with one TLS key, and return the ways in, by host."""
    datas = {name: folder / name / "data" for name in commands}
    first, *others = datas.values()
    for data in datas.values():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    identity.ensure(first, {"localhost", _LOOPBACK, "::1"})
    for data in others:
        identity.key_path(data).parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(identity.key_path(first), identity.key_path(data))
    for data in datas.values():
        # A server that was killed has left it.
        (data / run_directory.RUNNING).unlink(missing_ok=True)
    started = {name: children.start(name, command) for name, command in commands.items()}
    ways: dict[str, WaysIn] = {}
    for name, child in started.items():
        children.wait_for(child, partial(_ways, datas[name]))
        found = _ways(datas[name])
        assert found is not None
        ways[name] = found
    return ways


def _ways(data: Path) -> WaysIn | None:
    info = run_directory.running(data)
    return info.ways if info is not None else None


def _watch(children: _Children) -> int:
    """Say which processes end, until all hosts have."""
    while children.run_any("host"):
        children.pause()
        for one in children.gone():
            assert one.status is not None
            output.warn(
                f"{one.name} has ended ({ended(one.status)}). The others go on. "
                f"Its log: {one.log}\n  To start it again: {shlex.join(one.command)}"
            )
    output.warn("All hosts have ended.")
    return 1


def _text(
    ways: dict[str, WaysIn],
    nodes: Sequence[Node],
    children: _Children,
    folder: Path,
    *,
    temporary: bool,
) -> str:
    """Return what is printed when all have started."""
    links = [joinlink.parse(one.links[0]) for one in ways.values()]
    link = JoinLink(tuple(one.address for one in links), links[0].key)
    places = {name: one.web for name, one in ways.items()}
    places |= {engine.name(node.number): _url(node) for node in nodes}
    process = children.process_ids()
    width = max(map(len, places.values()))
    rows = [f"  {name:9}  {at:{width}}  process {process[name]}" for name, at in places.items()]
    first = process[next(iter(ways))]
    return "\n".join(
        [
            f"The room runs on {len(ways)} hosts of this computer. Press Ctrl-C to end all.",
            f"  join link  {link}",
            *rows,
            f"  folder     {folder}{' (removed at the end)' if temporary else ''}",
            f"To lose a host and see what happens: kill -9 {first}",
        ]
    )


def _url(node: Node) -> str:
    return f"nats://{Address(node.listen, node.port)}"


def _free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody uses now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((_LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def _ended_by_signals(children: _Children) -> Iterator[None]:
    """Let INT, TERM and HUP end the trial; a second one does not disturb the end."""

    def stop(number: int, frame: object) -> None:
        children.stopping = True

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.signal(one, stop) for one in numbers}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
