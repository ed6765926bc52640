"""`python -m server report`: the active-user report of the running server, as a table.

Asks the room process as a worker does, by proxy. Knows no client.
"""

import sys
from multiprocessing import AuthenticationError
from pathlib import Path

from server.processes import run_directory
from server.room.interface import RoomReport
from server.room.room_side.manager import RoomManager
from shared.messages import ReportLine, encode

_HEADINGS = (
    "NAME", "STATE", "ADDRESS", "PORT", "DOOR", "TLS", "WORKER", "SINCE", "IDLE", "SENT",
    "RECEIVED",
)  # fmt: skip


def run(data: Path, as_json: bool) -> int:
    """Print the report; returns the exit status."""
    try:
        report = ask(data)
    except (OSError, EOFError, AuthenticationError) as problem:
        detail = f" ({problem})" if not isinstance(problem, FileNotFoundError) else ""
        print(f"chatroom: no server runs on the data folder {data}{detail}.", file=sys.stderr)
        return 1
    print(encode(report).decode() if as_json else table(report))
    return 0


def ask(data: Path) -> RoomReport:
    """The report of the server on this data folder. Raises `OSError` if there is none."""
    where = run_directory.running(data)
    if where is None:
        raise FileNotFoundError(data / run_directory.RUNNING)
    manager = RoomManager(where.manager_address, where.authkey)
    manager.connect()
    return manager.desk().report()


def table(report: RoomReport) -> str:
    """The report for a terminal."""
    rows = [_HEADINGS, *map(_row, report.members)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    active = f"{len(report.members)} of {report.max_users} users, open since {report.started}"
    return "\n".join([active, *(lines if report.members else [])])


def _row(line: ReportLine) -> tuple[str, ...]:
    return (
        line.name, line.state, line.address or "-", str(line.port or "-"), line.door or "-",
        "yes" if line.tls else "no", str(line.worker or "-"), line.since, f"{line.idle:.0f} s",
        str(line.sent), str(line.received),
    )  # fmt: skip
