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
    "ordinary": ("--dpi", "96", "--screen", "1280x900", "--language", "de"),
    "fine": ("--dpi", "192", "--screen", "2560x1800", "--language", "en", "--text", "10", "28"),
    # Half the size of the others, in inches: too small for text of 28 pt.
    "fine and small": (
        *("--dpi", "192", "--screen", "1280x900", "--language", "de"),
        *("--text", "8", "14"),
    ),
}


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Start a measuring process for each screen; together they take half a minute."""
    with ExitStack() as stack:
        running = {
            screen: stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-W", "error", "-m", "tests.gui.measuring", *options],
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for screen, options in SCREENS.items()
        }
        for each in running.values():
            stack.callback(each.terminate)
        yield running


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_cut_or_unreachable(
    screen: str, measured: dict[str, subprocess.Popen[str]]
) -> None:
    done = measured[screen]
    faults, problems = done.communicate(timeout=110)
    assert (faults, problems, done.returncode) == ("", "", 0)
