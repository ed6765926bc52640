"""Opens files with the programs that the system has for them."""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

log = logging.getLogger(__name__)


def open_file(path: Path) -> bool:
    """Open a file; return False if the system has no program for it, or cannot say."""
    try:
        if sys.platform == "win32":
            os.startfile(path)  # noqa: S606
            return True
        command = "open" if sys.platform == "darwin" else "xdg-open"
        opener = shutil.which(command)
        if opener is None:
            return False
        quiet = subprocess.DEVNULL
        done = subprocess.run(  # noqa: S603
            [opener, str(path)],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        log.warning("file not opened error=%s", problem)
        return isinstance(problem, subprocess.TimeoutExpired)  # the program runs
    return done.returncode == 0
