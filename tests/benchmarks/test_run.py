"""The benchmark measures our server, and gives no figure for a server with faults."""

import itertools
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import runner
from benchmarks.clients import Clients
from benchmarks.delivery_check import Void
from benchmarks.machine import Cores, ResourceUse
from benchmarks.peers import RunningPeer
from benchmarks.peers.ours import Ours
from benchmarks.peers.ours_on_hosts import OursOnHosts
from benchmarks.work.base import connect_clients
from server.settings import JOURNAL
from tests.benchmarks.echo import Echo, EchoFault, honest
from tests.support.running import ROOT

MEMBERS = 3
MESSAGES = 200
CORES = Cores.choose("two")


def exchange_messages(running: RunningPeer) -> runner.LoadResult:
    """Let every member send MESSAGES messages, several at a time."""
    with connect_clients(running) as clients:
        clients.join_room(MEMBERS, MEMBERS)
        return runner.exactly(clients, running, 4, MESSAGES)


def test_ours_is_measured(tmp_path: Path) -> None:
    with Ours().running(CORES, MEMBERS, tmp_path) as running:
        load = exchange_messages(running)
    assert load.messages == MEMBERS * MESSAGES
    assert load.deliveries == MEMBERS * MEMBERS * MESSAGES
    assert load.cpu > 0


def test_ours_on_hosts_is_measured_with_members_at_each(tmp_path: Path) -> None:
    with OursOnHosts(MEMBERS).running(CORES, MEMBERS, tmp_path) as running:
        load = exchange_messages(running)
    assert load.messages == MEMBERS * MESSAGES
    assert load.deliveries == MEMBERS * MEMBERS * MESSAGES
    for number in range(MEMBERS):
        with closing(sqlite3.connect(tmp_path / f"host{number}" / "data" / JOURNAL)) as db:
            (hosts,) = db.execute("SELECT count(DISTINCT host) FROM member").fetchone()
        assert hosts == MEMBERS


def test_one_message_at_a_time_is_timed_for_each_member(tmp_path: Path) -> None:
    with Echo(honest).running(tmp_path) as running, connect_clients(running) as clients:
        clients.join_room(MEMBERS, MEMBERS)
        took = runner.one_at_a_time(clients, 0.1)
    assert took
    assert len(took) % MEMBERS == 0
    assert min(took) > 0


def lost(member: int, message: int, line: bytes) -> bytes:
    return b"" if (member, message) == (1, 50) else line


def lost_for_all(member: int, message: int, line: bytes) -> bytes:
    return b"" if message == 50 else line


def doubled(member: int, message: int, line: bytes) -> bytes:
    return line * 2 if (member, message) == (2, 50) else line


def swapping() -> EchoFault:
    """Swap a message with the next one, for one member."""
    kept = b""

    def swapped(member: int, message: int, line: bytes) -> bytes:
        nonlocal kept
        if (member, message) == (0, 50):
            kept = line
            return b""
        if (member, message) == (0, 51):
            return line + kept
        return line

    return swapped


@pytest.mark.parametrize("fault", [lost, doubled, swapping()])
def test_a_fault_for_one_member_gives_no_figure(fault: EchoFault, tmp_path: Path) -> None:
    with Echo(fault).running(tmp_path) as running, pytest.raises(Void, match="other bytes"):
        exchange_messages(running)


def test_a_message_lost_for_all_gives_no_figure(tmp_path: Path) -> None:
    with Echo(lost_for_all).running(tmp_path) as running, connect_clients(running) as clients:
        clients.join_room(MEMBERS, MEMBERS)
        check = clients.start_check()
        for sender in itertools.islice(itertools.cycle(clients.senders), 90):
            sender.send(1)
        with pytest.raises(Void, match="of sender"):
            clients.finish(check)


class Reversed(Clients):
    """Members whose joins are answered in the wrong order."""

    def join(self, count: int) -> None:
        super().join(count)
        self.members.reverse()


def test_senders_are_spread_over_all_hosts_whoever_joins_first(tmp_path: Path) -> None:
    with Echo(honest).running(tmp_path) as running, connect_clients(running) as plain:
        clients = Reversed(plain.generator, running.protocol, running.concurrent_joins)
        clients.join_room(5, 3)
        assert [one.connection.number for one in clients.senders] == [1, 2, 3]


@pytest.mark.parametrize(
    ("generator", "idle", "void"), [(0.99, 0.5, True), (0.99, 0.01, False), (0.6, 0.5, False)]
)
def test_the_generator_must_not_be_the_bottleneck(
    generator: float, idle: float, void: bool
) -> None:
    use = ResourceUse(wall=2.0, server=1.0, generator=2.0 * generator, idle=2.0 * idle)
    cores = Cores(frozenset({0}), frozenset({1}))
    if void:
        with pytest.raises(Void, match="bottleneck"):
            use.check(cores)
    else:
        use.check(cores)


def test_the_command_measures_and_writes_figures(tmp_path: Path) -> None:
    figures, page = tmp_path / "figures.json", tmp_path / "page.md"
    page.write_text(
        "# Before\n\n<!-- figures: cores two -->\n<!-- end: cores two -->\n\nAfter\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--peers", "ours", "--work", "latency,start",
         "--against", str(ROOT),
         "--members", "3", "--rounds", "1", "--seconds", "0.2", "--cores", "two",
         "--json", str(figures), "--write", str(page)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = json.loads(figures.read_text())["records"]
    assert [(each["work"], each["peer"], each["void"]) for each in records] == [
        ("latency", "ours", ""),
        ("latency", "base", ""),
        ("start", "ours", ""),
        ("start", "base", ""),
    ]
    assert records[0]["figures"]["p50_ms"] > 0
    text = page.read_text()
    assert text.startswith("# Before\n")
    assert text.endswith("\nAfter\n")
    assert "one message at a time, N = 3: p50, ms" in text
    assert "| ours/base |" in text
