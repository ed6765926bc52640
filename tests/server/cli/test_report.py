"""`python -m server report`: the table in a terminal."""

from pathlib import Path

import pytest

from server.cli import report
from server.processes import run_directory
from server.room.interface import RoomReport
from shared.messages import ReportLine

STARTED = "2026-11-22T07:00:00.000Z"
SINCE = "2026-11-22T08:00:00.123Z"
ADA = ReportLine("ada", "10.0.0.1", 4000, "websocket", False, 1, SINCE, 12.6, "active", 3, 40)
BOB = ReportLine(
    "Влад", "fe80::1%eth0", 51234, "websocket", True, 2, SINCE, 0.4, "active", 0, 0
)
AWAY = ReportLine("eve", "", 0, "", False, 0, SINCE, 31.0, "away", 1, 0)


def test_an_empty_room() -> None:
    table = report.table(RoomReport(3, STARTED, []))
    assert table == f"0 of 3 members, open since {STARTED}"


def test_a_table() -> None:
    lines = report.table(RoomReport(8, STARTED, [ADA, BOB, AWAY])).split("\n")
    assert lines[0] == f"3 of 8 members, open since {STARTED}"
    assert [line.split() for line in lines[1:]] == [
        ["NAME", "ROLE", "STATE", "ADDRESS", "PORT", "PROTOCOL", "TLS", "WORKER", "SINCE",
         "IDLE", "SENT", "RECEIVED", "CLIENT"],
        ["ada", "member", "active", "10.0.0.1", "4000", "websocket", "no", "1", SINCE, "13",
         "s", "3", "40", "-"],
        ["Влад", "member", "active", "fe80::1%eth0", "51234", "websocket", "yes", "2", SINCE,
         "0", "s", "0", "0", "-"],
        ["eve", "member", "disconnected", "-", "-", "-", "no", "-", SINCE, "31", "s", "1",
         "0", "-"],
    ]  # fmt: skip
    columns = {
        line.index(word)
        for line, word in zip(
            lines[1:], ("STATE", "active", "active", "disconnected"), strict=True
        )
    }
    assert len(columns) == 1, "the columns are aligned"
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    "left",
    [
        "", "{}", "not json",
        '{"folder":"/nowhere"}',
    ],
)  # fmt: skip
def test_the_remains_of_a_killed_server_are_not_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], left: str
) -> None:
    (tmp_path / run_directory.RUNNING).write_text(left)
    assert report.run(tmp_path, as_json=False) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("chatroom: no server runs on the data folder")
    assert said.err.count("\n") == 1
