"""The benchmark measures: our server from its command line, and a small one with its faults."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import runner
from benchmarks.delivery_check import Void
from benchmarks.machine import Cores, Use
from benchmarks.peers import Running
from benchmarks.peers.ours import Ours
from benchmarks.work.base import crowd
from tests.benchmarks.echo import Echo, Fault, honest
from tests.support.running import ROOT

MEMBERS = 3
MESSAGES = 200
CORES = Cores.choose("two")


def talk(running: Running) -> runner.Load:
    """All members say some hundred messages, several at a time."""
    with crowd(running) as people:
        people.gather(MEMBERS, MEMBERS)
        return runner.exactly(people, running, 4, MESSAGES)


def test_ours_is_measured(tmp_path: Path) -> None:
    with Ours().running(CORES, MEMBERS, tmp_path) as running:
        load = talk(running)
    assert load.messages == MEMBERS * MESSAGES
    assert load.deliveries == MEMBERS * MEMBERS * MESSAGES
    assert load.cpu > 0


def test_one_message_at_a_time_is_timed_for_each_member(tmp_path: Path) -> None:
    with Echo(honest).running(tmp_path) as running, crowd(running) as people:
        people.gather(MEMBERS, MEMBERS)
        took = runner.one_at_a_time(people, 0.1)
    assert took
    assert len(took) % MEMBERS == 0
    assert min(took) > 0


def lost(member: int, message: int, line: bytes) -> bytes:
    return b"" if (member, message) == (1, 50) else line


def lost_for_all(member: int, message: int, line: bytes) -> bytes:
    return b"" if message == 50 else line


def doubled(member: int, message: int, line: bytes) -> bytes:
    return line * 2 if (member, message) == (2, 50) else line


def swapping() -> Fault:
    """For one member, a message and the one behind it change places."""
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
def test_a_server_that_fails_one_member_gets_no_figure(fault: Fault, tmp_path: Path) -> None:
    with Echo(fault).running(tmp_path) as running, pytest.raises(Void, match="other bytes"):
        talk(running)


def test_a_server_that_loses_a_message_gets_no_figure(tmp_path: Path) -> None:
    with Echo(lost_for_all).running(tmp_path) as running, crowd(running) as people:
        people.gather(MEMBERS, MEMBERS)
        tape = people.tape()
        for speaker in itertools.islice(itertools.cycle(people.speakers), 90):
            speaker.say(1)
        with pytest.raises(Void, match="of speaker"):
            people.finish(tape)


@pytest.mark.parametrize(
    ("generator", "idle", "void"), [(0.99, 0.5, True), (0.99, 0.01, False), (0.6, 0.5, False)]
)
def test_the_generator_must_not_be_the_bottleneck(
    generator: float, idle: float, void: bool
) -> None:
    use = Use(wall=2.0, server=1.0, generator=2.0 * generator, idle=2.0 * idle)
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
         "--members", "3", "--rounds", "1", "--seconds", "0.2", "--cores", "two",
         "--json", str(figures), "--write", str(page)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = json.loads(figures.read_text())["records"]
    assert [(each["work"], each["void"]) for each in records] == [
        ("latency", ""),
        ("start", ""),
    ]
    assert records[0]["figures"]["p50_ms"] > 0
    text = page.read_text()
    assert text.startswith("# Before\n")
    assert text.endswith("\nAfter\n")
    assert "one message at a time, N = 3: p50, ms" in text
