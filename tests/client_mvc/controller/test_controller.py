# ruff: noqa: RUF001
"""The controller between a fake window and a fake network: the conversation, and the rest."""

import csv
from pathlib import Path

import pytest

from client_mvc.model import box_file
from client_mvc.model.preferences import USUAL, Preferences
from client_mvc.network import api
from client_mvc.view.contract.intents import Intents
from client_mvc.view.contract.items import Day, FileCard, Message, Notice
from client_mvc.view.contract.windows import About
from shared import messages
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, failure, joined, left, said, shared, welcome


def test_it_is_what_the_window_expects(client: Client) -> None:
    intents: Intents = client.controller
    intents.about()
    assert client.screen.about == About("Chatroom", "1", "About")


class TestCommands:
    @pytest.mark.parametrize("text", ["q", "/quit", "q\n"])
    def test_quit(self, inside: Client, text: str) -> None:
        assert inside.intents.composer.send(text)
        assert inside.network.asked == ["leave"]
        assert inside.network.sent == []

    def test_report(self, inside: Client) -> None:
        assert inside.intents.composer.send("/report")
        assert len(inside.network.reports) == 1

    def test_help(self, inside: Client) -> None:
        assert inside.intents.composer.send("/help")
        assert "/quit" in str(inside.screen.help)

    @pytest.mark.parametrize("text", ["/nock bob", "/", "/quit now", "/etc/passwd is a file"])
    def test_an_unknown_command_stays_in_the_composer(self, inside: Client, text: str) -> None:
        assert not inside.intents.composer.send(text)
        assert text.split(maxsplit=1)[0] in inside.banner
        assert inside.network.sent == []

    @pytest.mark.parametrize(
        ("typed", "said_"),
        [
            ("//quit", "/quit"),
            ("q!", "q!"),
            ("quit", "quit"),
            ("Q", "Q"),
            ("a /quit", "a /quit"),
        ],
    )
    def test_these_are_messages(self, inside: Client, typed: str, said_: str) -> None:
        assert inside.intents.composer.send(typed)
        assert [each.text for each in inside.network.sent] == [said_]


class TestConversation:
    def test_a_batch_is_one_append(self, inside: Client) -> None:
        before = inside.screen.appends
        inside.events(*(said(seq, str(seq)) for seq in range(1, 301)))
        assert inside.screen.appends == before + 1
        assert len(inside.screen.items) == 301

    def test_runs_days_and_notices(self, inside: Client) -> None:
        def at(clock: str, day: int = 22) -> str:
            return f"2026-11-{day}T{clock}.000Z"

        inside.events(
            said(1, "a", at=at("08:00:00")),
            said(2, "b", at=at("08:04:59")),
            said(3, "c", at=at("08:05:00")),
            said(4, "d", name="carol", at=at("08:05:10")),
            joined(5, "dave", at=at("08:05:20")),
            said(6, "e", name="carol", at=at("08:05:30")),
            said(7, "f", name="carol", at=at("00:00:01", 23)),
        )
        shown = [
            (each.text, each.heading.time if each.heading else None)
            if isinstance(each, Message)
            else each
            for each in inside.screen.items
        ]
        assert shown == [
            Day("Sunday 22 November 2026"),
            ("a", "08:00"),
            ("b", None),
            ("c", "08:05"),
            ("d", "08:05"),
            Notice("08:05", "dave joined", seq=5),
            ("e", "08:05"),
            Day("Monday 23 November 2026"),
            ("f", "00:00"),
        ]

    def test_own_messages_are_marked_as_own(self, inside: Client) -> None:
        inside.events(said(1), said(2, name="alice"), shared(3, name="alice"), shared(4))
        assert [each.own for each in inside.screen.items[1:]] == [False, True, True, False]

    @pytest.mark.parametrize(
        ("reason", "text"),
        [
            ("quit", "bob left"),
            ("lost", "bob lost the connection"),
            ("kicked", "bob was removed"),
            ("banned", "bob was banned"),
        ],
    )
    def test_the_reason_of_leaving_is_shown(
        self, inside: Client, reason: str, text: str
    ) -> None:
        inside.events(left(1, "bob", reason))
        item = inside.screen.items[-1]
        assert isinstance(item, Notice)
        assert (item.time, item.text, item.more) == ("08:00", text, ())

    def test_a_shared_file(self, inside: Client) -> None:
        inside.events(shared(1, size=2458, preview="a\x1b[31m"))
        card = inside.screen.items[-1]
        assert isinstance(card, FileCard)
        assert (card.name, card.size, card.preview) == ("notes.txt", "2.4 KB", "a\ufffd[31m")

    def test_mentions_ring_without_the_focus(self, inside: Client) -> None:
        inside.intents.focused(False)
        inside.events(said(1, "hello Alice!"), said(2, "alice-2 and malice"))
        assert [each.mention for each in inside.screen.items if isinstance(each, Message)] == [
            True,
            False,
        ]
        assert inside.screen.rings == 1
        assert inside.screen.title == "(2) #lobby – Chatroom"
        inside.intents.focused(True)
        assert inside.screen.title == "#lobby – Chatroom"
        inside.events(said(3, "alice?"))
        assert inside.screen.rings == 1

    def test_events_before_the_join_are_not_unread(self, client: Client) -> None:
        client.intents.focused(False)
        client.join(2)
        client.events(said(1, "alice!"), said(2, "b"), said(3, "c"))
        assert client.screen.rings == 0
        assert client.screen.title == "(1) #lobby – Chatroom"

    def test_members_follow_events_and_presence(self, inside: Client) -> None:
        inside.hear(
            api.EventReceived(joined(1, "Bob")),
            api.EventReceived(joined(2, "carol")),
            messages.Presence("carol", "away"),
            api.EventReceived(left(3, "Bob")),
        )
        rows = [(each.name, each.away, each.you) for each in inside.screen.member_rows]
        assert rows == [("alice", False, True), ("carol", True, False)]

    def test_another_journal_is_shown_from_its_start(self, inside: Client) -> None:
        inside.events(said(1, "old"))
        inside.hear(
            api.Disconnected(failure("Gone."), 1, 0.0),
            api.Welcomed(welcome(9, reset=True), True),
            api.EventReceived(said(9, "new")),
        )
        assert [each.text for each in inside.screen.items if isinstance(each, Message)] == [
            "new"
        ]

    def test_one_event_that_cannot_be_shown_does_not_cost_the_others(
        self,
        inside: Client,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def broken(event: messages.Event) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(inside.model.members, "apply", broken)
        inside.events(said(1, "a"), said(2, "b"))
        assert [each.text for each in inside.screen.items if isinstance(each, Message)] == [
            "a",
            "b",
        ]
        assert caplog.text.count("event not handled") == 2

    def test_an_invalid_time_does_not_stop_the_window(self, inside: Client) -> None:
        inside.events(said(1, "a", at="yesterday"), said(2, "b"))
        assert [each.text for each in inside.screen.items if isinstance(each, Message)] == [
            "a",
            "b",
        ]


class TestTheRest:
    def test_report_as_table_and_csv(self, inside: Client, tmp_path: Path) -> None:
        connection = messages.ReportLine(
            "alice", "10.0.0.1", 4711, "websocket", False, 1, AT, 61.4, "active", 3, 4
        )
        inside.intents.report.ask()
        inside.hear(api.ReportReceived(messages.Report("r", 1, 3, AT, [connection]), 0.0124))
        table = inside.screen.report
        assert table is not None
        assert table.summary == "1 of 3 members, server started 2026-11-22 08:00"
        assert len(table.columns) == len(table.rows[0])
        target = tmp_path / "report.csv"
        inside.intents.report.save(table, target)
        with target.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert rows == [list(table.columns), list(table.rows[0])]
        assert rows[1][:5] == ["alice", "10.0.0.1", "4711", "websocket", "no"]

    def test_a_failed_report_shows_the_reason(self, inside: Client) -> None:
        inside.hear(api.RequestFailed("r", failure("There is no connection.")))
        assert inside.banner == "There is no connection."

    def test_the_conversation_as_text(self, inside: Client, tmp_path: Path) -> None:
        inside.events(said(1, "one\ntwo"), shared(2, size=2458), left(3, "bob", "lost"))
        target = tmp_path / "conversation.txt"
        inside.intents.save_conversation(target)
        lines = target.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("Conversation in #lobby at localhost:18000, saved 20")
        assert lines[1:] == [
            "",
            "[2026-11-22 08:00:00] bob: one",
            "    two",
            "[2026-11-22 08:00:00] bob shared notes.txt (2.4 KB)",
            "[2026-11-22 08:00:00] * bob lost the connection",
        ]
        assert inside.banner == f"Saved as {target}."

    def test_a_target_that_cannot_be_written(self, inside: Client, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        inside.intents.save_conversation(tmp_path / "folder")
        assert inside.banner == f"The file cannot be saved in {tmp_path}."
        assert list((tmp_path / "folder").iterdir()) == []

    def test_theme_and_text_size_are_shown_and_remembered(
        self, client: Client, tmp_path: Path
    ) -> None:
        client.intents.preferences.toggle_theme()
        client.intents.preferences.zoom(1)
        assert client.screen.dark
        assert client.screen.text_size == USUAL + 1
        assert Preferences(tmp_path).now == client.model.preferences.now

    def test_mention(self, inside: Client) -> None:
        inside.intents.composer.mention("bob")
        assert inside.screen.composed == "@bob "

    def test_only_web_links_are_opened(self, client: Client) -> None:
        for url in ("https://example.org", "file:///etc/passwd", "javascript:1"):
            client.intents.open_link(url)
        assert client.opened == ["https://example.org"]

    def test_a_link_that_hides_where_it_leads_is_opened_on_yes_only(
        self, client: Client
    ) -> None:
        url = "https://example.org@evil.example/"
        client.intents.open_link(url)
        assert client.opened == []
        question = client.screen.question
        assert question is not None
        assert "evil.example" in question.text
        client.screen.agree()
        assert client.opened == [url]

    def test_a_damaged_outbox_is_named_once(
        self,
        client: Client,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(box_file, "MOST_PROBES", 10)
        client.join()
        client.model.set_box(None)
        (path,) = tmp_path.glob("outbox-*.sqlite3")
        path.write_bytes(b"damaged" * 1000)
        client.join()
        assert client.screen.room == ("lobby", "localhost:18000")
        ((title, text),) = client.screen.texts
        (aside,) = tmp_path.glob("*.damaged-*")
        assert title == "Damaged file"
        assert {str(aside.parent), aside.name} <= set(text.splitlines())
        client.join()
        assert len(client.screen.texts) == 1

    def test_a_link_that_no_browser_opened_is_shown(self, client: Client) -> None:
        client.controller.link_failed("https://example.org/a?b={c}")
        ((title, text),) = client.screen.texts
        assert title == "Open link"
        assert "No browser opened." in text
        assert "\nhttps://example.org/a?b={c}\n" in text
