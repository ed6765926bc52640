"""Several processes run each test once, and one of them reports all; in a project made here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import ROOT

CONFTEST = """
from tests.support import sharing
pytest_addoption, pytest_configure = sharing.add_options, sharing.configure
"""
# Each file waits for the other one, so they must be run by two processes.
MEET = """
import os, time
from pathlib import Path
from tests.support.running import eventually
first = not os.environ.get("CHATROOM_TESTS_PROCESS")

def test_it_runs_at_the_same_time():
    here = Path(__file__)
    here.with_suffix(".ran").touch(exist_ok=False)
    eventually(lambda: len(list(here.parent.glob("*.ran"))) == 2)

def test_in_any_process():
    print("the answer is", 6 * 7)
    {body}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pytest.ini").touch()
    (folder / "conftest.py").write_text(CONFTEST)
    return folder


def run(project: Path, body: str, *options: str) -> tuple[int, str]:
    """Run two test files there; return the exit status and what is printed."""
    for name in ("one", "two"):
        (project / f"test_{name}.py").write_text(MEET.format(body=body))
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "--processes", "2", "--junitxml", "all.xml",
            "--basetemp", str(project.parent / "tmp"), "-p", "no:hypothesispytest", *options,
        ],
        cwd=project, capture_output=True, text=True, check=False, timeout=110,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.returncode, done.stdout


def test_all_are_run_once_and_reported_together(project: Path) -> None:
    status, output = run(project, "assert first, 'not the first'")
    assert status == 1
    assert "1 failed, 3 passed" in output
    assert output.count("the answer is 42") == 1, "what the failed test printed"
    assert (project / "all.xml").read_text().count("<testcase") == 4


def test_a_process_that_dies_fails_the_run_and_names_its_test(project: Path) -> None:
    status, output = run(project, "first or os._exit(0)")
    assert status == 1
    assert "1 failed, 3 passed" in output
    assert "test_in_any_process - process 1 ended in this test" in output
    assert "a process ended too early, 1 tests" in output


def test_the_first_failure_ends_all(project: Path) -> None:
    """The other process would take a minute."""
    status, output = run(project, "assert not first; time.sleep(60)", "-x")
    assert status == 1
    assert "1 failed, 2 passed" in output or "1 failed, 1 passed" in output
