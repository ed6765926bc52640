"""`settings` and `snapshot`: what all hosts of a room share."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.cli.asking import NotRunningError, ask
from server.processes import output

ONE_HOST = "this room runs on one host: start it with other options."
RESTART = (
    "Start all hosts with these options from now on, one after another. Places, history and "
    "the time for edits hold at once; the others hold at each host once it is started again."
)


def settings(data: Path, changes: Mapping[str, Any]) -> int:
    """Print the settings of a room on several hosts, once they are changed.

    Args:
        data: the data folder of one host that runs.
        changes: new values, in the names of `Settings`.
    """
    try:
        if changes:
            answer = json.loads(ask(data, json.dumps({"change": dict(changes)})))
        else:
            answer = json.loads(ask(data, "settings"))
    except NotRunningError as problem:
        return _failed(str(problem) if changes or "answer" not in str(problem) else ONE_HOST)
    if "error" in answer:
        return _failed(answer["error"])
    lines = [f"{name.replace('_', '-')} = {_shown(value)}" for name, value in answer.items()]
    if changes:
        lines += ["", RESTART]
    return 0 if output.say("\n".join(lines)) else 1


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def snapshot(data: Path) -> int:
    """Let a host begin to make a snapshot."""
    try:
        answer = json.loads(ask(data, "snapshot"))
    except NotRunningError as problem:
        return _failed(ONE_HOST if "answer" in str(problem) else str(problem))
    said = f"A snapshot is being made, up to entry {answer['position']} of the log."
    return 0 if output.say(said) else 1


def _failed(why: str) -> int:
    print(f"chatroom: {why}", file=sys.stderr)
    return 1
