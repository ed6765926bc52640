"""All of every window can be read and reached: with small and large text, on an ordinary and a
fine screen, in both languages. Measured in a process of its own, as `measuring` says.
"""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.gui

ROOT = Path(__file__).parents[2]
SCREENS = {
    # German words are longer.
    "ordinary": ("--dpi", "96", "--screen", "1280x900", "--language", "de"),
    "fine": ("--dpi", "192", "--screen", "2560x1800", "--language", "en"),
    # Half as large as either, in inches: text of 28 pt has no room there.
    "fine and small": (
        *("--dpi", "192", "--screen", "1280x900", "--language", "de"),
        *("--text", "8", "10", "14"),
    ),
}


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_cut_or_out_of_reach(screen: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.gui.measuring", *SCREENS[screen]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
