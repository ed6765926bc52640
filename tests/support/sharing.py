"""Share the tests among processes: one works while another waits for a server or a window.

The first process starts the others with its own command line. All of them collect the same
tests and take one group of files after the other, each group once. What the others report goes
into files; the first one reads these between its own tests, and reports as if it had run all.

No process gets a thread for this, as it would from pytest-xdist: what belongs to a window must
not be garbage collected on another thread (tests/gui/conftest.py).
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pytest

from tests.support.running import TEST_PROCESS, test_process

ENDS_WITHIN = 30
"""Seconds in which another process ends after a signal."""
TOGETHER = ("tests/gui", "tests/browser", "tests/web", "tests/server/cluster")
"""Folders whose tests have one window, one browser or one set of NATS nodes: a group each."""
APART = (
    "tests/gui/test_whole.py", "tests/gui/test_whole_conversation.py",
    "tests/gui/test_layout.py", "tests/gui/test_owner.py", "tests/gui/test_german.py",
)  # fmt: skip
"""Files in these folders whose windows are in processes of their own."""
LONG = (
    "tests/gui", "tests/browser", "tests/server/cluster", "tests/web", "tests/faults",
    "tests/integration", "tests/golden", "tests/abuse", "tests/benchmarks",
)  # fmt: skip
"""These come first, in this order, so that no process is left alone with a long one."""


def add_options(parser: pytest.Parser) -> None:
    """Declare the options of this module."""
    parser.addoption(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="processes that share the tests; one more than there are processors is quickest",
    )
    parser.addoption("--share", metavar="FOLDER", help=argparse.SUPPRESS)


def configure(config: pytest.Config) -> None:
    """Let several processes run the tests, if that is wanted."""
    if config.option.share:
        config.pluginmanager.register(OtherProcess(config, Path(config.option.share)))
    elif (count := _processes(config)) > 1:
        config.pluginmanager.register(FirstProcess(config, count))


def _processes(config: pytest.Config) -> int:
    """Return how many processes are wanted."""
    option = config.option
    stepwise = getattr(option, "stepwise", False)  # without its plugin there is none
    if option.usepdb or option.collectonly or option.capture == "no" or stepwise:
        return 1
    return int(option.processes)


def group(file: str) -> str:
    """Return the name of the group of the tests in a file."""
    folders = (each for each in TOGETHER if file.startswith(f"{each}/"))
    return file if file in APART else next(folders, file)


def _rank(name: str) -> int:
    """Return when a group comes: those with a lower number first."""
    ranks = (rank for rank, each in enumerate(LONG) if name.startswith(each))
    return next(ranks, len(LONG))


def groups(items: Iterable[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """Return the tests of each group, in the order in which they are to be run."""
    found: dict[str, list[pytest.Item]] = {}
    for item in items:
        found.setdefault(group(item.location[0]), []).append(item)
    return {name: found[name] for name in sorted(found, key=_rank)}


class _Process:
    """The part that all processes have: each runs the tests that no other one has taken."""

    folder: Path
    """Where these processes meet: a file for each group that is taken, and for the reports."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run tests as pytest does, but only those of the groups that this process takes."""
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            return None  # pytest's own loop reports it
        mine = self._take(session.items)
        item = next(mine, None)
        while item is not None:
            following = next(mine, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.after_test(session)
            item = following
        self.after_all(session)
        return True

    def _take(self, items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
        for name, tests in groups(items).items():
            with contextlib.suppress(FileExistsError):
                (self.folder / f"{name.replace('/', '-')}.taken").touch(exist_ok=False)
                yield from tests

    def after_test(self, session: pytest.Session) -> None:
        """End the loop if the session shall end."""
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)

    def after_all(self, session: pytest.Session) -> None:
        """Do what is left when no group is left."""


class OtherProcess(_Process):
    """A process that was started by the first one, and reports to it."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        super().__init__(config)
        self.folder = folder
        self.parent = os.getppid()
        # A file, since a pipe is full before a long test of the first process ends.
        self.reports = _reports(folder, test_process()).open("w", buffering=1)
        # By this, pytest's plugins know that another process writes the caches and summaries.
        config.workerinput = {}  # type: ignore[attr-defined]

    def _write(self, kind: str, value: Any) -> None:
        self.reports.write(json.dumps([kind, value]) + "\n")

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[Any, ...]) -> None:
        self._write("start", {"nodeid": nodeid, "location": location})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self.config.hook.pytest_report_to_serializable
        self._write("report", hook(config=self.config, report=report))

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[Any, ...]) -> None:
        self._write("finish", {"nodeid": nodeid, "location": location})

    def after_test(self, session: pytest.Session) -> None:
        """End also if the first process has ended."""
        if os.getppid() != self.parent:
            session.shouldstop = "the first process has ended"
        super().after_test(session)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self._write("end", int(exitstatus))
        self.reports.close()


class FirstProcess(_Process):
    """The process that a person started: it starts the others, and reports for all."""

    def __init__(self, config: pytest.Config, count: int) -> None:
        super().__init__(config)
        self.count = count
        self.others: list[_Other] = []
        self.finished: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start the others: now pytest has a cache of the tests that it has compiled."""
        if session.testsfailed:
            self.count = 1  # a file has an error: the others would end at once
        count = min(self.count, len(groups(session.items)))
        # In it are the folders of `tmp_path`, also those of the others.
        base: Path = self.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        self.folder = base / "p"
        self.folder.mkdir()
        self.others += [_Other(self.config, self.folder, n) for n in range(1, count)]
        if terminal := self.config.pluginmanager.getplugin("terminalreporter"):
            terminal.showfspath = False  # tests of several files come in turn

    def pytest_report_header(self) -> str:
        return f"{self.count} processes share the tests (--processes 1: only one)"

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.finished.add(nodeid)

    def after_test(self, session: pytest.Session) -> None:
        """Report what came from the others."""
        for other in self.others:
            other.read()
        super().after_test(session)

    def after_all(self, session: pytest.Session) -> None:
        """Wait for the others; each test must have run."""
        for other in self.others:
            while other.runs():
                self.after_test(session)
            self.after_test(session)
        if not all(other.is_whole for other in self.others):
            left = sum(item.nodeid not in self.finished for item in session.items)
            session.shouldfail = f"a process ended too early, {left} tests are not finished"
            raise session.Failed(session.shouldfail)
        missing = [item.nodeid for item in session.items if item.nodeid not in self.finished]
        assert not missing, missing

    def pytest_sessionfinish(self) -> None:
        """End the others, also where this process ends early."""
        for other in self.others:
            other.end()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for other in self.others:
            if not other.is_whole:
                terminalreporter.section(f"output of process {other.number}")
                terminalreporter.write(other.output.read_text(errors="replace")[-20_000:])


class _Other:
    """Another process, as the first one sees it.

    Attributes:
        output: the file with all that it printed.
        is_whole: whether it ended as it should, or because of the first one.
    """

    def __init__(self, config: pytest.Config, folder: Path, place: int) -> None:
        self.config = config
        self.number = place
        self.output = folder / f"{place}.output"
        self.is_whole = False
        self._running = ""
        self._rest = ""
        path = _reports(folder, place)
        path.touch()
        self._reports: TextIO = path.open()
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "pytest", *config.invocation_params.args,
                    f"--share={folder}", f"--basetemp={folder / str(place)}",
                ],
                cwd=config.invocation_params.dir, stdout=output, stderr=output,
                env=os.environ | {TEST_PROCESS: str(place)},
            )  # fmt: skip

    def runs(self) -> bool:
        """Wait a moment; return whether it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.1)
        return self._process.returncode is None

    def read(self) -> None:
        """Report what has come from it."""
        ended = self._process.poll() is not None
        while line := self._reports.readline():
            self._rest += line
            if line.endswith("\n"):
                self._report(*json.loads(self._rest))
                self._rest = ""
        if ended and self._running and not self.is_whole:
            self._report_crash()

    def _report(self, kind: str, value: Any) -> None:
        hook = self.config.hook
        match kind:
            case "start":
                self._running = value["nodeid"]
                hook.pytest_runtest_logstart(**value)
            case "report":
                report = hook.pytest_report_from_serializable(config=self.config, data=value)
                hook.pytest_runtest_logreport(report=report)
            case "finish":
                self._running = ""
                hook.pytest_runtest_logfinish(**value)
            case "end":
                self.is_whole = value != pytest.ExitCode.INTERNAL_ERROR

    def _report_crash(self) -> None:
        nodeid, self._running = self._running, ""
        report = pytest.TestReport(
            nodeid=nodeid,
            location=(nodeid.partition("::")[0], None, nodeid),
            keywords={},
            outcome="failed",
            longrepr=f"process {self.number} ended in this test",
            when="call",
        )
        self.config.hook.pytest_runtest_logreport(report=report)

    def end(self) -> None:
        """End it as Ctrl-C does, if it still runs."""
        if self._process.poll() is None:
            self.is_whole = True
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reports.close()


def _reports(folder: Path, place: int) -> Path:
    return folder / f"{place}.reports"
