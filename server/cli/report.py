"""`report`: print who is connected to the running server, as a table or as JSON."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from server.cli.asking import NotRunningError, ask
from server.processes import output
from server.room.audit import printable
from server.room.interface import RoomReport
from shared.messages import ReportLine

_HEADINGS = (
    "NAME", "ROLE", "STATE", "ADDRESS", "PORT", "PROTOCOL", "TLS", "WORKER", "SINCE", "IDLE",
    "SENT", "RECEIVED", "CLIENT",
)  # fmt: skip


def run(data: Path, as_json: bool) -> int:
    """Print the report of the server on the data folder `data`; returns the exit status."""
    try:
        answer = ask(data, "report")
        found = msgspec.json.decode(answer, type=RoomReport)
    except NotRunningError as problem:
        print(f"chatroom: {problem}", file=sys.stderr)
        return 1
    except ValueError as problem:  # msgspec's errors are ValueErrors
        print(f"chatroom: the answer cannot be read: {problem}", file=sys.stderr)
        return 1
    return 0 if output.say(answer.decode() if as_json else table(found)) else 1


def table(report: RoomReport) -> str:
    """Format the report for a terminal."""
    head = f"{len(report.members)} of {report.max_users} members, open since {report.started}"
    if not report.members:
        return head
    headings: tuple[str, ...] = _HEADINGS
    rows: list[tuple[str, ...]] = [_row(line) for line in report.members]
    if any(line.host for line in report.members):  # a room on several hosts
        headings = ("HOST", *headings)
        hosts = [line.host or "-" for line in report.members]
        rows = [(host, *row) for host, row in zip(hosts, rows, strict=True)]
    return f"{head}\n{columns(headings, rows)}"


def columns(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Format rows as columns under headings."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            printable(cell).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in (headings, *rows)
    )


def _row(line: ReportLine) -> tuple[str, ...]:
    state = "disconnected" if line.state == "away" else line.state
    return (
        line.name, line.role, state, line.address or "-", str(line.port or "-"),
        line.door or "-", "yes" if line.tls else "no", str(line.worker or "-"), line.since,
        f"{line.idle:.0f} s", str(line.sent), str(line.received), line.client or "-",
    )  # fmt: skip
