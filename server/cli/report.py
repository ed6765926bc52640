"""`report`: print who is connected to the running server, as a table or as JSON.

It asks the room process through a Manager proxy.
"""

import sys
from multiprocessing import AuthenticationError
from pathlib import Path

from server.processes import run_directory
from server.room.interface import RoomReport
from server.room.proxies import connect
from shared.codec import encode
from shared.messages import ReportLine

_HEADINGS = (
    "NAME", "STATE", "ADDRESS", "PORT", "PROTOCOL", "TLS", "WORKER", "SINCE", "IDLE", "SENT",
    "RECEIVED", "CLIENT",
)  # fmt: skip


def run(data: Path, as_json: bool) -> int:
    """Print the report of the server on the data folder `data`; returns the exit status."""
    try:
        report = ask(data)
    except (OSError, EOFError, AuthenticationError) as problem:
        detail = f" ({problem})" if not isinstance(problem, FileNotFoundError) else ""
        print(f"chatroom: no server runs on the data folder {data}{detail}.", file=sys.stderr)
        return 1
    print(encode(report).decode() if as_json else table(report))
    return 0


def ask(data: Path) -> RoomReport:
    """Ask the server on the data folder `data`. Raises `OSError` if none runs on it."""
    info = run_directory.running(data)
    if info is None:
        raise FileNotFoundError(data / run_directory.RUNNING)
    return connect(info.manager_address, info.authkey).report()


def table(report: RoomReport) -> str:
    """Format the report for a terminal."""
    rows = [_HEADINGS, *map(_row, report.members)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    head = f"{len(report.members)} of {report.max_users} members, open since {report.started}"
    return "\n".join([head, *(lines if report.members else [])])


def _row(line: ReportLine) -> tuple[str, ...]:
    state = "disconnected" if line.state == "away" else line.state
    return (
        line.name, state, line.address or "-", str(line.port or "-"), line.door or "-",
        "yes" if line.tls else "no", str(line.worker or "-"), line.since, f"{line.idle:.0f} s",
        str(line.sent), str(line.received), line.client or "-",
    )  # fmt: skip
