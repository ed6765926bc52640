"""What a run of one target comes to, and where what it found is kept.

Imports nothing that is fuzzed: `guided` must be the first to do so.
"""

import hashlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

type Target = Callable[[bytes], None]

FOUND = Path("build/fuzz")
"""Git ignores it."""

_TELLING = 24  # characters that tell one problem from another


@dataclass(slots=True)
class Run:
    """How many inputs were tried; `found` is the file of the first that did harm."""

    executions: int
    found: Path | None = None


def problem_of(target: Target, data: bytes) -> Exception | None:
    """What a target says of these bytes."""
    try:
        target(data)
    except Exception as problem:  # noqa: BLE001 - any is a find
        return problem
    return None


def smaller(target: Target, data: bytes) -> bytes:
    """The input without what is not needed for the same problem."""
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
    return type(problem), last.filename, last.lineno, str(problem)[:_TELLING]


def keep(name: str, data: bytes) -> Path:
    """Save an input that did harm."""
    FOUND.mkdir(parents=True, exist_ok=True)
    path = FOUND / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path
