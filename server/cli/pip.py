"""Runs pip, which gets wheels from PyPI or from where its own settings say."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

_RETRIES = "2"
_NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Name or service not known|ConnectTimeoutError"
    r"|Temporary failure in name resolution|Network is unreachable|Connection refused"
    r"|Failed to establish a new connection|ProxyError|ReadTimeoutError"
)
_NOT_FOUND = re.compile(r"No matching distribution found for ([^\s;]+)")
_LOOKS_AT = re.compile(
    r"Collecting ([A-Za-z0-9._-]+)|Processing .*?([A-Za-z0-9._]+)-[^/]*\.whl"
)
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")


class PipError(Exception):
    """pip did not do its work; the text says why and what helps."""


class Pip:
    """pip of this Python; where it has none, one in a folder that goes afterwards.

    Args:
        work: a folder for what is needed meanwhile.
        tell: is called with the name of each package that pip looks at.
    """

    def __init__(self, work: Path, tell: Callable[[str], object]) -> None:
        self._work = work
        self._tell = tell
        self._python = sys.executable

    def run(self, command: str, *arguments: str | Path) -> None:
        """Run a command of pip. Raises `PipError`."""
        self._find()
        words = [
            self._python, "-P", "-m", "pip", command, "--disable-pip-version-check",
            "--no-input", "--retries", _RETRIES, "--progress-bar", "off",
            *map(str, arguments),
        ]  # fmt: skip
        with subprocess.Popen(  # noqa: S603 - without a shell, and the words are ours
            words, cwd=self._work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
        ) as pip:  # fmt: skip
            try:
                lines = self._read(pip)
            except BaseException:
                pip.terminate()
                raise
        if pip.returncode:
            raise PipError(_reason(lines))

    def _read(self, pip: "subprocess.Popen[str]") -> Sequence[str]:
        assert pip.stdout is not None
        lines = []
        for line in pip.stdout:
            lines.append(line.rstrip())
            if found := _LOOKS_AT.match(line):
                self._tell(found[1] or found[2])
        return lines

    def _find(self) -> None:
        """Make an environment that has pip, if this Python has none (as those of uv)."""
        if self._python != sys.executable or find_spec("pip") is not None:
            return
        made = self._work / "pip"
        words = [sys.executable, "-m", "venv", str(made)]
        done = subprocess.run(words, capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise PipError(
                "This Python has neither pip nor venv. On Debian and Ubuntu: "
                "sudo apt install python3-venv"
            )
        self._python = str(made / "bin" / "python")


def _reason(lines: Sequence[str]) -> str:
    """Return why pip failed, as a sentence."""
    text = "\n".join(lines)
    if _NO_SPACE.search(text):
        return "There is not enough space on the disk."
    if _NO_NETWORK.search(text):
        return (
            "The package index does not answer. Connect this computer to the internet, "
            "or name an index that it reaches in PIP_INDEX_URL."
        )
    if found := _NOT_FOUND.search(text):
        return f"There is no wheel of {found[1]} for this platform and version of Python."
    errors = [line for line in lines if line.upper().startswith("ERROR")] or lines[-1:]
    return f"pip failed: {' '.join(errors[-1:]).removeprefix('ERROR: ') or 'it said nothing'}"
