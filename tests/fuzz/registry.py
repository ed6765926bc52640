"""The table of targets, and the resources that they share."""

import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from tests.fuzz.report import Target

TARGETS: dict[str, Target] = {}
resources = ExitStack()
"""Closed by `close`; a cached resource registers itself here."""


def target(function: Target) -> Target:
    """Register a target."""
    TARGETS[function.__name__] = function
    return function


@cache
def work_folder() -> Path:
    """Return the temporary folder of the targets."""
    path = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="chatroom-fuzz-")))
    resources.callback(work_folder.cache_clear)
    return path


def close() -> None:
    """Remove the folder of the targets and end their event loop."""
    resources.close()


def text_of(data: bytes) -> str:
    """Decode bytes as those of a header or a field: invalid UTF-8 becomes surrogates."""
    return data.decode("utf-8", "surrogateescape")


def assert_one_line(problem: Exception) -> None:
    """Check that the text of an error is one printable line."""
    assert str(problem).isprintable(), f"not one line: {problem!r}"
