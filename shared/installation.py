"""Check that this Python can run a program of Chatroom, and name the command that helps.

Both programs load this module before anything else, so Python 3.8 must be able to read it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec

OLDEST_PYTHON = (3, 12)


def check(script: str, packages: Iterable[str]) -> None:
    """End the program with one sentence if this Python is too old or packages are missing.

    Args:
        script: the name of the program's command, as in `pyproject.toml`.
        packages: the import names of the packages that the program needs.

    Raises:
        SystemExit: the text says what is missing and which command helps.
    """
    if sys.version_info < OLDEST_PYTHON:
        oldest, this = (
            ".".join(map(str, one[:3])) for one in (OLDEST_PYTHON, sys.version_info)
        )
        sys.exit(
            f"chatroom: this is Python {this}, but Chatroom needs {oldest} or newer; "
            f"run it with uv: uv run --python 3.13 {script}"
        )
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        names = ", ".join(missing)
        sys.exit(f"chatroom: Python packages are missing ({names}); run: {_install(script)}")


def _install(script: str) -> str:
    """The commands that install and start `script` from its source folder."""
    if sys.platform == "win32":
        return rf"py -m venv .venv; .venv\Scripts\pip install -e .; .venv\Scripts\{script}"
    venv = f"{sys.executable} -m venv .venv"
    return f"{venv} && .venv/bin/pip install -e . && .venv/bin/{script}"
