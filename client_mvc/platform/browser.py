"""Opens web pages, and tells whether a browser came up."""

import logging
import os
import shutil
import subprocess
import sys
import threading
import webbrowser

log = logging.getLogger(__name__)

FAILS_WITHIN = 5.0
"""Seconds after which a program that was started to open a page counts as a browser."""


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
        log.warning("no browser opened command=%s status=%d", command[0], status)
    return status == 0
