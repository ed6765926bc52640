"""Every widget of every window is readable and reachable, at all text sizes and resolutions.

Also in both languages. `tests.gui.measuring` does it, in one process for each screen.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytestmark = pytest.mark.gui

ROOT = Path(__file__).parents[2]
SCREENS = {
    # German texts are longer.
    "ordinary": (("--dpi", "96", "--screen", "1280x900", "--language", "de"), (8, 10, 18, 28)),
    "fine": (("--dpi", "192", "--screen", "2560x1800", "--language", "en"), (10, 28)),
    # Half the size of the others, in inches: too small for text of 28 pt.
    "fine and small": (("--dpi", "192", "--screen", "1280x900", "--language", "de"), (8, 14)),
}


class Measured:
    """A process that measures on one screen, text size by text size."""

    def __init__(self, options: tuple[str, ...], sizes: tuple[int, ...]) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.gui.measuring", *options]
        self._process = subprocess.Popen(
            [*command, "--text", *map(str, sizes)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._found: dict[str, list[str]] = {}
        self._lines: list[str] = []

    def faults(self, size: int) -> list[str]:
        """Return what it has printed about a text size in points, once it is measured."""
        assert self._process.stdout is not None
        while str(size) not in self._found:
            line = self._process.stdout.readline()
            assert line, f"it ended: {self._lines}"
            if line.endswith(" pt: measured\n"):
                self._found[line.partition(" ")[0]], self._lines = self._lines, []
            else:
                self._lines.append(line)
        return self._found[str(size)]

    def rest(self) -> tuple[str, int]:
        """Return what it prints after the last size, and its exit status."""
        rest, _ = self._process.communicate(timeout=60)
        return rest, self._process.returncode

    def close(self) -> None:
        self._process.terminate()
        with self._process:  # closes the pipe and waits
            pass


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, Measured]]:
    """Start a measuring process for each screen."""
    with ExitStack() as stack:
        running = {name: Measured(*screen) for name, screen in SCREENS.items()}
        for each in running.values():
            stack.callback(each.close)
        yield running


@pytest.mark.timeout(300)  # a size takes seconds, where nothing else takes the processor
@pytest.mark.parametrize(
    ("screen", "size"), [(name, size) for name, (_, sizes) in SCREENS.items() for size in sizes]
)
def test_nothing_is_cut_or_unreachable(
    screen: str, size: int, measured: dict[str, Measured]
) -> None:
    assert measured[screen].faults(size) == []
    if size == SCREENS[screen][1][-1]:
        assert measured[screen].rest() == ("", 0)
