"""The faults of a room on several hosts; see `nemesis`.

At most one host and one node is down or cut off at a time, but for `power loss`, which all
nodes and hosts have.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import psutil

from tests.faults.hosts_room import HostsRoom
from tests.faults.nemesis import (
    CLIENT_KINDS,
    FaultKind,
    FaultTarget,
    Injector,
    ServerEnded,
    kind,
)
from tests.support.hosts import BETWEEN
from tests.support.nats_servers import NatsServers


def _host(room: HostsRoom, rng: Random) -> int:
    """Choose a host that is not down."""
    host = rng.choice([each for each in room.hosts.numbers if each not in room.down])
    server = room.hosts.servers[host]
    if (status := server.process.poll()) is not None:
        log = server.log.read_text()[-2000:]
        raise ServerEnded(f"{room.hosts.name(host)} ended by itself ({status}): {log}")
    return host


# --- a process of a host -----------------------------------------------------------------


def _process(room: HostsRoom, title: str, rng: Random) -> tuple[str, psutil.Process | None]:
    host = _host(room, rng)
    server, name = room.hosts.servers[host], room.hosts.name(host)
    if title == "listener":
        return name, psutil.Process(server.process.pid)
    children = sorted(server.children(title), key=lambda each: each.pid)
    return name, rng.choice(children) if children else None


def _kill(title: str) -> Injector[HostsRoom]:
    @contextmanager
    def inject(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
        host, process = _process(room, title, rng)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        yield FaultTarget(f"{host} {title} {process and process.pid}")

    return inject


def _hang(title: str) -> Injector[HostsRoom]:
    @contextmanager
    def inject(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
        host, process = _process(room, title, rng)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield FaultTarget(f"{host} {title} {process and process.pid}")
        finally:
            if process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    return inject


# --- hosts and nodes ---------------------------------------------------------------------


@contextmanager
def _down(room: HostsRoom, host: int) -> Iterator[None]:
    room.down.add(host)
    try:
        yield
    finally:
        room.down.discard(host)


def _end_host(end: Callable[[HostsRoom, int], None]) -> Injector[HostsRoom]:
    @contextmanager
    def inject(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
        host = _host(room, rng)
        with _down(room, host):
            end(room, host)
            try:
                yield FaultTarget(room.hosts.name(host))
            finally:
                room.hosts.restart(host)

    return inject


@contextmanager
def _stop_host(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
    host = _host(room, rng)
    victims = room.members_at(host)
    with _down(room, host):
        room.hosts.stop(host)
        try:
            yield FaultTarget(room.hosts.name(host), victims)
        finally:
            room.hosts.go_on(host)


@contextmanager
def _kill_computer(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
    """Kill a host and the node beside it, as when its computer fails."""
    host = _host(room, rng)
    with _down(room, host):
        room.nats.kill(host)
        room.hosts.kill(host)
        try:
            yield FaultTarget(f"{room.hosts.name(host)} and its node")
        finally:
            room.nats.start(host)
            room.hosts.restart(host)


@contextmanager
def _power_loss(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
    """Kill all hosts and all nodes; some of the nodes come back last."""
    nodes = list(room.nats.running)
    rng.shuffle(nodes)
    room.down.update(room.hosts.numbers)
    for node in nodes:
        room.nats.kill(node)
    for host in room.hosts.numbers:
        room.hosts.kill(host)
    try:
        yield FaultTarget("all")
    finally:
        room.nats.start(*nodes)
        for host in room.hosts.numbers:
            room.hosts.restart(host)
        room.down.clear()


def _leader(room: HostsRoom, rng: Random) -> int:
    found = room.nats.leader(room.stream)
    return rng.choice(room.nats.running) if found is None else found


def _any_node(room: HostsRoom, rng: Random) -> int:
    return rng.choice(room.nats.running)


def _node(
    choose: Callable[[HostsRoom, Random], int],
    begin: Callable[[NatsServers, int], None],
    end: Callable[[NatsServers, int], None],
) -> Injector[HostsRoom]:
    """Let something happen to a node, and end it."""

    @contextmanager
    def inject(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
        node = choose(room, rng)
        begin(room.nats, node)
        try:
            yield FaultTarget(f"node {node}")
        finally:
            end(room.nats, node)

    return inject


def _kill_node(choose: Callable[[HostsRoom, Random], int]) -> Injector[HostsRoom]:
    return _node(choose, NatsServers.kill, NatsServers.start)


def _stop_node(choose: Callable[[HostsRoom, Random], int]) -> Injector[HostsRoom]:
    return _node(choose, NatsServers.freeze, NatsServers.thaw)


@contextmanager
def _majority(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
    """Kill all nodes but one."""
    stays = rng.choice(room.nats.running)
    killed = [node for node in room.nats.running if node != stays]
    for node in killed:
        room.nats.kill(node)
    try:
        yield FaultTarget(f"nodes {killed}")
    finally:
        room.nats.start(*killed)


# --- the network between hosts -----------------------------------------------------------


@contextmanager
def _cut_off(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
    """Cut a host with its node off from the others; its members still reach it."""
    host = rng.choice(room.hosts.numbers)
    assert room.networks is not None
    victims = room.members_at(host)
    room.networks.unplug(room.computers[host], BETWEEN)
    try:
        yield FaultTarget(room.hosts.name(host), victims)
    finally:
        room.networks.plug(room.computers[host], BETWEEN)


@contextmanager
def _part(room: HostsRoom, rng: Random) -> Iterator[FaultTarget]:
    """Let two hosts not reach each other; the third reaches both."""
    one, other = rng.sample(list(room.hosts.numbers), 2)
    there = f"10.77.{BETWEEN}.{other + 1}"
    room.computers[one].ip("route", "add", "blackhole", there)
    try:
        yield FaultTarget(f"{room.hosts.name(one)} and {room.hosts.name(other)}")
    finally:
        room.computers[one].ip("route", "del", "blackhole", there)


KINDS: dict[str, FaultKind[HostsRoom]] = {
    "kill worker": kind(_kill("worker"), "worker", 0),
    "hang worker": kind(_hang("worker"), "worker", 8),
    "kill room": kind(_kill("room"), "room", 0),
    "hang room": kind(_hang("room"), "room", 8),
    "hang listener": kind(_hang("listener"), "host", 8),
    "kill host": kind(_end_host(lambda room, host: room.hosts.kill(host)), "host", 3),
    "restart host": kind(_end_host(lambda room, host: room.hosts.end(host)), "host", 3),
    "stop host": kind(_stop_host, "host", 20),
    "kill computer": kind(_kill_computer, "host node", 5),
    "kill node": kind(_kill_node(_any_node), "node", 5),
    "stop node": kind(_stop_node(_any_node), "node", 20),
    "kill leader": kind(_kill_node(_leader), "node", 10),
    "stop leader": kind(_stop_node(_leader), "node", 20),
    "kill all nodes but one": kind(_majority, "node", 8),
    "power loss": kind(_power_loss, "host node worker room", 2),
    **CLIENT_KINDS,
}
NETWORK_KINDS: dict[str, FaultKind[HostsRoom]] = {
    "cut off": kind(_cut_off, "node", 20),
    "two apart": kind(_part, "node", 20),
}
"""The faults that need computers of their own."""
