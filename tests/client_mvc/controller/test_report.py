"""The report is refreshed while its window is open, and only then."""

from pathlib import Path
from typing import Any

import pytest

from client_mvc.controller.export.export import save_report
from client_mvc.controller.report import ANSWER_WITHIN, EVERY
from client_mvc.network import api
from client_mvc.view.contract.windows import ReportTable
from shared import messages
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, failure, welcome


def answer(client: Client, latency: float = 0.0124) -> None:
    """Answer the last request."""
    report = messages.Report(client.network.reports[-1], 1, 3, AT, [])
    client.hear(api.ReportReceived(report, latency))


@pytest.fixture
def opened(inside: Client) -> Client:
    """A client with an open window, after one request."""
    inside.intents.report.ask()
    answer(inside)
    return inside


def test_the_server_may_show_no_addresses(opened: Client) -> None:
    def line(name: str) -> messages.ReportLine:
        return messages.ReportLine(name, "", 0, "websocket", False, 1, AT, 61.4, "active", 3, 4)

    opened.pass_time(EVERY)
    lines = [line("bob"), line("alice")]
    report = messages.Report(opened.network.reports[-1], 2, 3, AT, lines)
    opened.hear(api.ReportReceived(report, 0.01))
    assert opened.screen.report is not None
    rows = [row[:3] for row in opened.screen.report.rows]
    assert rows == [("alice", "", ""), ("bob", "", "")], (
        "sorted by name, as the list of members"
    )


def test_it_names_the_hosts_of_a_room_on_several(opened: Client) -> None:
    def line(name: str, **fields: Any) -> messages.ReportLine:
        return messages.ReportLine(
            name, "::1", 1, "websocket", False, 1, AT, 0, "active", 3, 4, **fields
        )

    assert opened.screen.report is not None
    assert "Host" not in opened.screen.report.columns
    opened.pass_time(EVERY)
    lines = [line("alice", host="attic"), line("bob")]
    report = messages.Report(opened.network.reports[-1], 2, 3, AT, lines)
    opened.hear(api.ReportReceived(report, 0.01))
    table = opened.screen.report
    assert table.columns[:3] == ("Name", "Host", "Address")
    assert [row[:3] for row in table.rows] == [("alice", "attic", "::1"), ("bob", "", "::1")]
    assert {table.columns[place] for place in table.numeric} == {
        *("Port", "Worker", "Idle (s)", "Sent", "Received")
    }


def test_it_opens_on_request(inside: Client) -> None:
    inside.pass_time(10 * EVERY)
    assert inside.network.reports == []
    inside.intents.report.ask()
    assert inside.screen.report is None
    answer(inside)
    assert inside.screen.report is not None
    assert inside.screen.report.latency == "Latency 12 ms"
    assert inside.screen.report_lifted == 1


def test_a_refresh_does_not_raise_the_window(opened: Client) -> None:
    for round in range(2, 5):
        opened.pass_time(EVERY - 0.1)
        assert len(opened.network.reports) == round - 1
        opened.pass_time(0.1)
        assert len(opened.network.reports) == round
        answer(opened, 0.001 * round)
        assert opened.screen.report is not None
        assert opened.screen.report.latency == f"Latency {round} ms"
    assert opened.screen.report_lifted == 1


def test_one_request_at_a_time(opened: Client) -> None:
    opened.pass_time(EVERY)
    opened.pass_time(EVERY)
    assert len(opened.network.reports) == 2
    opened.pass_time(ANSWER_WITHIN)
    assert len(opened.network.reports) == 3


def test_a_closed_window_is_not_refreshed_or_opened_again(opened: Client) -> None:
    opened.pass_time(EVERY)
    opened.intents.report.closed()
    opened.screen.report = None
    answer(opened)
    opened.pass_time(10 * EVERY)
    assert len(opened.network.reports) == 2
    assert opened.screen.report is None


def test_without_a_connection_there_is_no_request(opened: Client) -> None:
    opened.hear(api.Disconnected(failure("The connection was lost."), 1, 0.0))
    opened.pass_time(10 * EVERY)
    assert len(opened.network.reports) == 1
    opened.hear(api.Welcomed(welcome(), False), api.CaughtUp())
    opened.hear()
    assert len(opened.network.reports) == 2


def test_outside_a_room_there_is_no_request(opened: Client) -> None:
    opened.hear(api.MembershipEnded("left", clean=True))
    opened.pass_time(10 * EVERY)
    assert len(opened.network.reports) == 1


def test_only_a_failure_of_the_persons_request_is_shown(opened: Client) -> None:
    opened.pass_time(EVERY)
    opened.hear(api.RequestFailed(opened.network.reports[-1], failure("Not now.")))
    assert opened.banner == ""
    opened.intents.report.ask()
    opened.hear(api.RequestFailed(opened.network.reports[-1], failure("Not now.")))
    assert opened.banner == "Not now."


def test_a_saved_report_has_no_formulas(tmp_path: Path) -> None:
    rows = (("ada", "=HYPERLINK(A1)"), ("bob", "x;@SUM(1)"), ("cleo", "Chatroom 0.2 - beta"))
    save_report(ReportTable("", ("Name", "Client"), rows), tmp_path / "report.csv")
    lines = (tmp_path / "report.csv").read_text().splitlines()
    assert lines[1:] == ["ada,'=HYPERLINK(A1)", "bob,x;'@SUM(1)", "cleo,Chatroom 0.2 - beta"]
