"""Reads the recorded sessions (README.md says what a line is)."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

type Line = dict[str, Any]


def names(version: str) -> list[str]:
    """The sessions recorded of one version."""
    return sorted(path.stem for path in FOLDER.glob(f"{version}-*.jsonl"))


def read(name: str) -> list[Line]:
    """The lines of a session."""
    text = (FOLDER / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]
