"""Signals that ask the client to end, sent to a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
import signal, sys, time
from client_mvc.platform.signals import EndSignals
for name in sys.argv[1:]:
    signal.signal(signal.Signals[name], signal.SIG_IGN)
signals = EndSignals()
signals.watch()
print("ready", flush=True)
while not signals.take():
    time.sleep(0.01)
assert not signals.take(), "it is asked once"
print("asked", flush=True)
sys.stdin.read()
"""


class Program:
    """A process that waits for a signal; `ignored` are those that it was started with."""

    def __init__(self, *ignored: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *ignored],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    started: list[Program] = []
    yield started
    for each in started:
        each.process.kill()
        each.process.communicate()


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_ends(
    programs: list[Program], first: signal.Signals, second: signal.Signals
) -> None:
    program = Program()
    programs.append(program)
    program.process.send_signal(first)
    assert program.line() == "asked"
    program.process.send_signal(second)
    assert program.process.wait(30) == -second


def test_a_closed_terminal_does_not_end_it_under_nohup(programs: list[Program]) -> None:
    program = Program("SIGHUP")
    programs.append(program)
    program.process.send_signal(signal.SIGHUP)
    program.process.send_signal(signal.SIGTERM)
    assert program.line() == "asked"
    program.process.send_signal(signal.SIGHUP)
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(30) == -signal.SIGTERM
