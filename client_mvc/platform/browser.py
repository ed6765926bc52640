"""Opens web pages and files with the programs of the system, and tells whether one came up."""

import logging
import os
import shutil
import subprocess
import sys
import threading
import webbrowser
from pathlib import Path

log = logging.getLogger(__name__)

FAILS_WITHIN = 5.0
"""Seconds after which a program that was started to open something counts as running."""


def open_page(url: str) -> bool:
    """Open a web page; return False if no browser took it. Blocks up to `FAILS_WITHIN`."""
    try:
        # The module webbrowser starts xdg-open too, but does not wait for its answer.
        opener = shutil.which("xdg-open") if sys.platform.startswith("linux") else None
        if opener is None or os.environ.get("BROWSER"):
            return webbrowser.open(url)
        return _succeeds([opener, url])
    except (OSError, webbrowser.Error) as problem:
        log.warning("no browser opened error=%s", problem)
        return False


def open_file(path: Path) -> bool:
    """Open a file with the program that the system has for it; False if there is none.

    Blocks up to `FAILS_WITHIN`.
    """
    try:
        if sys.platform == "win32":
            os.startfile(path)  # noqa: S606
            return True
        opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        return opener is not None and _succeeds([opener, str(path)])
    except OSError as problem:
        log.warning("file not opened error=%s", problem)
        return False


def _succeeds(command: list[str]) -> bool:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603
        command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        status = process.wait(FAILS_WITHIN)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, daemon=True).start()  # no zombie
        return True
    if status:
        log.warning("nothing opened command=%s status=%d", command[0], status)
    return status == 0
