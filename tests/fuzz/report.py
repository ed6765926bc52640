"""The result of a run of one target, and the folder of failing inputs.

Imports no fuzzed module, since `guided` must be the first to import them.
"""

import hashlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

type Target = Callable[[bytes], None]

FOUND = Path("build/fuzz")
"""Git ignores it."""

_PROBLEM_CHARACTERS = 24
"""Characters of an error's text that distinguish one problem from another."""


@dataclass(slots=True)
class FuzzResult:
    """The number of inputs tried; `found` is the file of the first that failed."""

    executions: int
    found: Path | None = None


def problem_of(target: Target, data: bytes) -> Exception | None:
    """Run a target on these bytes; return its exception, if any."""
    try:
        target(data)
    except Exception as problem:  # noqa: BLE001 - each one is a find
        return problem
    return None


def smaller(target: Target, data: bytes) -> bytes:
    """Remove the bytes of an input that are not needed for the same problem."""
    wanted = _place(problem_of(target, data))
    size = max(1, len(data) // 2)
    while True:
        start, before = 0, len(data)
        while start < len(data):
            shorter = data[:start] + data[start + size :]
            if _place(problem_of(target, shorter)) == wanted:
                data = shorter
            else:
                start += size
        if size == 1 and len(data) == before:
            return data
        size = max(1, size // 2)


def _place(problem: Exception | None) -> tuple[object, ...]:
    if problem is None:
        return ()
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return type(problem), last.filename, last.lineno, str(problem)[:_PROBLEM_CHARACTERS]


def keep(name: str, data: bytes) -> Path:
    """Save an input that failed."""
    FOUND.mkdir(parents=True, exist_ok=True)
    path = FOUND / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path
