# ruff: noqa: RUF001
"""The controller between a fake window and a fake network, with a real model on disk."""

import csv
import sqlite3
from pathlib import Path

import pytest

from client_mvc import news
from client_mvc.controller.controller import LEAVE_WITHIN
from client_mvc.model.preferences import USUAL, Preferences
from client_mvc.view.contract import (
    Banner,
    Day,
    FileCard,
    FileText,
    Intents,
    MemberRow,
    Message,
    Notice,
    Pending,
    SavingRow,
    UploadRow,
)
from shared import messages
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import (
    ADDRESS,
    AT,
    joined,
    left,
    said,
    shared,
    welcome,
)


def test_it_is_what_the_window_expects(client: Client) -> None:
    intents: Intents = client.controller
    intents.about()
    assert client.screen.texts == [("About Chatroom", "About")]


class TestConnecting:
    def test_it_starts_with_the_dialog_and_the_last_room(self, tmp_path: Path) -> None:
        Preferences(tmp_path).visited("chat:18000", "alice")
        client = Client(tmp_path)
        client.controller.start()
        form = client.screen.form
        assert form is not None
        assert (form.server, form.name) == ("chat:18000", "alice")
        assert form.recent == (("chat:18000", "alice"),)
        assert client.network.tickets == []
        client.model.close()

    def test_with_server_and_name_it_connects_at_once(self, client: Client) -> None:
        client.controller.start("localhost", "alice")
        assert client.screen.busy == "Connecting to localhost:18000…"
        assert client.network.tickets == [news.Ticket(ADDRESS, "alice")]

    @pytest.mark.parametrize(
        ("server", "name", "field", "part"),
        [
            ("", "alice", "server", "which server"),
            ("host:99999", "alice", "server", "port"),
            ("http://host", "alice", "server", "chatroom://"),
            (f"chatroom://host:1/#sha256={'0' * 64}", "alice", "server", "TLS"),
            ("host", "", "name", "give a name"),
            ("host", "two words", "name", "letters, digits"),
        ],
    )
    def test_what_cannot_work_is_said_beside_the_field(
        self, client: Client, server: str, name: str, field: str, part: str
    ) -> None:
        client.controller.start()
        client.controller.connect(server, name, "")
        assert client.screen.error is not None
        assert client.screen.error[0] == field
        assert part in client.screen.error[1]
        assert client.network.tickets == []

    @pytest.mark.parametrize(
        ("code", "field"),
        [
            ("name_taken", "name"),
            ("bad_name", "name"),
            ("bad_password", "password"),
            ("room_full", "form"),
            ("banned", "form"),
            ("too_many", "form"),
        ],
    )
    def test_refusals_stay_in_the_dialog(
        self, client: Client, code: messages.RefusedCode, field: str
    ) -> None:
        client.controller.start()
        client.connect()
        client.hear(news.Ended("refused", "Because.", code))
        assert client.screen.error == (field, "Because.", field == "password")
        assert client.screen.form is not None

    def test_nobody_there_is_about_the_server(self, client: Client) -> None:
        client.controller.start()
        client.connect()
        client.hear(news.Ended("unreachable", "Nothing answers."))
        assert client.screen.error == ("server", "Nothing answers.", False)

    def test_after_a_refusal_one_can_try_again(self, client: Client) -> None:
        client.connect()
        client.hear(news.Ended("refused", "Taken.", "name_taken"))
        client.connect("bob")
        client.hear(news.Welcomed(welcome(you="bob"), False))
        assert client.screen.room == ("lobby", "localhost:18000")

    def test_let_in_the_room_is_on_screen_and_remembered(self, client: Client) -> None:
        client.controller.start()
        client.join(members=("bob", "alice"))
        assert client.screen.form is None
        assert client.screen.room == ("lobby", "localhost:18000")
        assert client.screen.title == "#lobby – Chatroom"
        assert client.screen.members == [
            MemberRow("alice", False, True),
            MemberRow("bob", False, False),
        ]
        assert client.model.preferences.now.recent == (("localhost:18000", "alice"),)

    def test_the_password_is_sent_and_never_kept(self, client: Client, tmp_path: Path) -> None:
        client.controller.connect("localhost", "alice", "correct horse")
        client.hear(news.Welcomed(welcome(), False))
        assert client.network.tickets[0].password == "correct horse"
        client.controller.quit()
        client.hear(news.Ended("left", clean=True))
        for path in tmp_path.iterdir():
            assert b"correct horse" not in path.read_bytes()

    def test_closing_the_dialog_stops_it(self, client: Client) -> None:
        client.connect()
        client.controller.cancel_connect()
        assert client.network.asked == ["leave"]
        client.hear(news.Welcomed(welcome(), False))
        assert client.screen.room == ("", "")
        assert client.screen.banner == Banner("info", "You are in no room.", "Connect…")
        client.controller.banner_action()
        assert client.screen.form is not None

    def test_another_window_of_the_same_member_is_refused(
        self, inside: Client, tmp_path: Path
    ) -> None:
        other = Client(tmp_path)
        other.connect("ALICE")
        assert other.screen.error is not None
        assert other.screen.error[0] == "name"
        other.connect("bob")
        assert [each.name for each in other.network.tickets] == ["bob"]
        other.model.close()

    def test_news_of_an_earlier_visit_are_ignored(self, client: Client) -> None:
        client.join()
        visit = client.network.visit
        client.connect("bob")
        client.controller.handle([(visit, news.Received(said(1)))])
        assert client.screen.items == []


class TestSaying:
    def test_it_is_on_disk_before_it_is_said(self, inside: Client, tmp_path: Path) -> None:
        on_disk: list[list[tuple[str]]] = []

        def look(unsaid: news.Unsaid) -> None:
            other = sqlite3.connect(tmp_path / "outbox.sqlite3")
            on_disk.append(other.execute("SELECT text FROM unsent").fetchall())
            other.close()

        inside.network.say = look  # type: ignore[method-assign]
        assert inside.controller.send("hello")
        assert on_disk == [[("hello",)]]

    def test_it_is_pending_until_the_room_has_it(self, inside: Client) -> None:
        inside.controller.send("hello")
        (unsaid,) = inside.network.said
        assert inside.screen.pending == [Pending(unsaid.id, "hello")]
        inside.hear(
            news.Confirmed(unsaid.id),
            news.Received(said(1, "hello", name="alice", id=unsaid.id)),
        )
        assert inside.screen.pending == []
        assert [each.text for each in inside.screen.items if isinstance(each, Message)] == [
            "hello"
        ]

    def test_a_room_that_is_busy_says_why_it_waits(self, inside: Client) -> None:
        inside.controller.send("hello")
        key = inside.network.said[0].id
        inside.hear(news.SayWaiting(key, "The disk is full."))
        assert inside.screen.pending == [Pending(key, "hello", False, "The disk is full.")]

    def test_failed_can_be_tried_again_or_forgotten(self, inside: Client) -> None:
        inside.controller.send("one")
        inside.controller.send("two")
        one, two = (each.id for each in inside.network.said)
        inside.hear(news.SayFailed(one, "No."), news.SayFailed(two, "No."))
        assert inside.screen.pending == [
            Pending(one, "one", True, "No."),
            Pending(two, "two", True, "No."),
        ]
        inside.controller.retry_message(one)
        assert inside.network.said[-1] == news.Unsaid(one, "one")
        inside.controller.discard_message(two)
        assert inside.screen.pending == [Pending(one, "one")]

    def test_what_was_not_said_is_said_the_next_time(self, tmp_path: Path) -> None:
        first = Client(tmp_path)
        first.join(5)
        first.controller.send("one")
        first.controller.send("two")
        failed, waiting = first.network.said
        first.hear(news.SayFailed(failed.id, "No."))
        first.model.close()
        second = Client(tmp_path)
        second.connect()
        assert second.network.tickets == [
            news.Ticket(
                ADDRESS,
                "alice",
                None,
                "t1",
                5,
                (news.Unsaid(waiting.id, "two", tried=True),),
            )
        ]
        second.hear(news.Welcomed(welcome(5), False))
        assert [each.text for each in second.screen.pending] == ["one", "two"]
        second.model.close()

    def test_too_long_stays_in_the_composer_with_the_count(self, inside: Client) -> None:
        assert not inside.controller.send("x" * 8001)
        assert "8001" in inside.banner
        assert inside.network.said == []
        inside.pass_time(10)
        assert inside.screen.banner is None

    def test_the_room_may_take_less(self, client: Client) -> None:
        client.join(text=10)
        assert not client.controller.send("x" * 11)
        assert "10" in client.banner
        assert client.controller.send("x" * 10)

    @pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
    def test_blank_is_not_said(self, inside: Client, text: str) -> None:
        assert not inside.controller.send(text)
        assert inside.network.said == []

    @pytest.mark.parametrize("text", ["a\x00b", "half \ud83d"])
    def test_what_cannot_be_sent_says_why(self, inside: Client, text: str) -> None:
        assert not inside.controller.send(text)
        assert inside.banner
        assert inside.network.said == []

    def test_in_no_room_nothing_is_taken(self, client: Client) -> None:
        assert not client.controller.send("hello")
        assert "no room" in client.banner

    def test_a_disk_that_refuses_keeps_it_in_the_composer(
        self, inside: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(text: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        assert inside.model.box is not None
        monkeypatch.setattr(inside.model.box, "add", full)
        assert not inside.controller.send("hello")
        assert "disk is full" in inside.banner
        assert "could not be written" in caplog.text
        assert inside.network.said == []

    def test_up_recalls_what_was_said_last(self, inside: Client) -> None:
        assert inside.controller.recall() == ""
        inside.controller.send("hello")
        inside.controller.send("/help")
        assert inside.controller.recall() == "hello"


class TestCommands:
    @pytest.mark.parametrize("text", ["q", "/quit", "q\n"])
    def test_quit(self, inside: Client, text: str) -> None:
        assert inside.controller.send(text)
        assert inside.network.asked == ["leave"]
        assert inside.network.said == []

    def test_report(self, inside: Client) -> None:
        assert inside.controller.send("/report")
        assert len(inside.network.reports) == 1

    def test_help(self, inside: Client) -> None:
        assert inside.controller.send("/help")
        assert "/quit" in inside.screen.texts[0][1]

    @pytest.mark.parametrize("text", ["/nick bob", "/", "/quit now", "/etc/passwd is a file"])
    def test_what_is_none_stays_in_the_composer(self, inside: Client, text: str) -> None:
        assert not inside.controller.send(text)
        assert text.split(maxsplit=1)[0] in inside.banner
        assert inside.network.said == []

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
    def test_these_are_said(self, inside: Client, typed: str, said_: str) -> None:
        assert inside.controller.send(typed)
        assert [each.text for each in inside.network.said] == [said_]


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
            Notice("08:05", "dave joined"),
            ("e", "08:05"),
            Day("Monday 23 November 2026"),
            ("f", "00:00"),
        ]

    @pytest.mark.parametrize(
        ("reason", "text"),
        [
            ("quit", "bob left"),
            ("lost", "bob lost the connection"),
            ("kicked", "bob was kicked"),
            ("banned", "bob was banned"),
        ],
    )
    def test_why_somebody_left(
        self, inside: Client, reason: messages.LeftReason, text: str
    ) -> None:
        inside.events(left(1, "bob", reason))
        assert inside.screen.items[-1] == Notice("08:00", text)

    def test_a_shared_file(self, inside: Client) -> None:
        inside.events(shared(1, size=2458, preview="a\x1b[31m"))
        card = inside.screen.items[-1]
        assert isinstance(card, FileCard)
        assert (card.name, card.size, card.preview) == ("notes.txt", "2.4 KB", "a\ufffd[31m")

    def test_mentions_ring_when_nobody_looks(self, inside: Client) -> None:
        inside.controller.focused(False)
        inside.events(said(1, "hello Alice!"), said(2, "alice-2 and malice"))
        assert [each.mention for each in inside.screen.items if isinstance(each, Message)] == [
            True,
            False,
        ]
        assert inside.screen.rings == 1
        assert inside.screen.title == "(2) #lobby – Chatroom"
        inside.controller.focused(True)
        assert inside.screen.title == "#lobby – Chatroom"
        inside.events(said(3, "alice?"))
        assert inside.screen.rings == 1

    def test_what_was_there_before_us_is_no_news(self, client: Client) -> None:
        client.controller.focused(False)
        client.join(2)
        client.events(said(1, "alice!"), said(2, "b"), said(3, "c"))
        assert client.screen.rings == 0
        assert client.screen.title == "(1) #lobby – Chatroom"

    def test_members_follow_events_and_presence(self, inside: Client) -> None:
        inside.hear(
            news.Received(joined(1, "Bob")),
            news.Received(joined(2, "carol")),
            messages.Presence("carol", "away"),
            news.Received(left(3, "Bob")),
        )
        assert inside.screen.members == [
            MemberRow("alice", False, True),
            MemberRow("carol", True, False),
        ]

    def test_a_room_that_forgot_is_shown_from_the_start(self, inside: Client) -> None:
        inside.events(said(1, "old"))
        inside.hear(
            news.Lost("Gone.", 1, 0.0),
            news.Welcomed(welcome(9, reset=True), True),
            news.Received(said(9, "new")),
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
        assert caplog.text.count("could not be taken in") == 2

    def test_a_time_that_is_none_does_not_stop_the_window(self, inside: Client) -> None:
        inside.events(said(1, "a", at="yesterday"), said(2, "b"))
        assert [each.text for each in inside.screen.items if isinstance(each, Message)] == [
            "a",
            "b",
        ]


class TestConnectionBanner:
    def test_it_counts_down_and_can_be_hurried(self, inside: Client) -> None:
        inside.hear(news.Lost("The connection was lost.", 2, 4.0))
        assert inside.screen.banner == Banner(
            "warning",
            "The connection was lost. Reconnecting in 4 s (attempt 2).",
            "Try now",
        )
        inside.pass_time(1.5)
        assert "in 3 s" in inside.banner
        inside.controller.banner_action()
        assert inside.network.asked == ["reconnect_now"]
        inside.hear(news.Retrying(2))
        assert inside.banner == "The connection was lost. Reconnecting… (attempt 2)"

    def test_back_again_passes(self, inside: Client) -> None:
        inside.hear(news.Lost("Gone.", 1, 0.0), news.Retrying(1))
        inside.hear(news.Welcomed(welcome(), False), news.CaughtUp())
        assert inside.screen.banner == Banner("good", "Back again.")
        inside.pass_time(2.9)
        assert inside.banner == "Back again."
        inside.pass_time(0.2)
        assert inside.screen.banner is None

    def test_the_first_time_there_is_none(self, inside: Client) -> None:
        assert inside.screen.banner is None

    def test_what_passes_gives_way_to_what_stands(self, inside: Client) -> None:
        inside.hear(news.Lost("Gone.", 1, 60.0))
        inside.controller.send("/nonsense")
        assert "nonsense" in inside.banner
        inside.pass_time(10)
        assert inside.banner.startswith("Gone.")

    def test_joined_from_elsewhere(self, inside: Client) -> None:
        inside.hear(news.Ended("replaced", "You joined from elsewhere."))
        assert inside.screen.banner == Banner(
            "warning", "You joined from elsewhere.", "Reconnect"
        )
        assert inside.screen.room == ("", "")
        inside.controller.banner_action()
        assert [each.token for each in inside.network.tickets] == [None, "t1"]

    def test_refused_on_the_way_back_is_the_dialog_again(self, inside: Client) -> None:
        inside.controller.send("hello")
        inside.hear(
            news.Lost("Gone.", 1, 0.0),
            news.Ended("refused", "You are banned.", "banned"),
        )
        assert inside.screen.form is not None
        assert inside.screen.error == ("form", "You are banned.", False)
        assert "1 message not said yet" in inside.banner

    def test_disconnecting_keeps_the_program_and_what_was_said(self, inside: Client) -> None:
        inside.events(said(1))
        inside.controller.disconnect()
        inside.hear(news.Ended("left", clean=True))
        assert not inside.screen.closed
        assert inside.screen.items
        assert inside.screen.members == []
        assert inside.screen.title == "Chatroom"
        assert inside.screen.banner == Banner("info", "You left the room.", "Connect…")
        inside.connect()
        assert inside.network.tickets[-1].token is None

    def test_cut_off_the_membership_is_kept_for_next_time(self, inside: Client) -> None:
        inside.controller.disconnect()
        inside.hear(news.Ended("left", clean=False))
        inside.connect()
        assert inside.network.tickets[-1].token == "t1"


class TestQuitting:
    def test_it_waits_for_the_room_to_let_go(self, inside: Client) -> None:
        inside.controller.quit()
        inside.hear()
        assert not inside.screen.closed
        assert (
            inside.controller.handle([(inside.network.visit, news.Ended("left", clean=True))])
            is False
        )
        assert inside.screen.closed
        assert inside.model.preferences.now.geometry == "900x600"

    def test_but_not_for_ever(self, inside: Client) -> None:
        inside.controller.quit()
        inside.pass_time(LEAVE_WITHIN)
        assert inside.screen.closed

    def test_asked_twice_it_does_not_wait(self, inside: Client) -> None:
        inside.controller.quit()
        inside.controller.quit()
        inside.hear()
        assert inside.screen.closed

    def test_in_no_room_it_is_at_once(self, client: Client) -> None:
        client.controller.quit()
        assert not client.screen.closed  # its button is still being pressed
        client.hear()
        assert client.screen.closed
        assert client.network.asked == []


class TestUploads:
    def test_from_wish_to_done(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt"), Path("/tmp/b.txt")])
        (a, _), (b, _) = inside.network.uploads
        assert inside.screen.uploads == [UploadRow(a, "a.txt"), UploadRow(b, "b.txt")]
        inside.hear(news.UploadSize(a, 2458), news.UploadProgress(a, 0.5))
        inside.hear(news.UploadFailed(b, "Too large."))
        assert inside.screen.uploads == [
            UploadRow(a, "a.txt", "2.4 KB", "sending", 0.5),
            UploadRow(b, "b.txt", "", "failed", 0.0, "Too large."),
        ]
        inside.hear(news.UploadDone(a))
        inside.controller.cancel_upload(b)
        assert inside.screen.uploads == []
        assert inside.network.asked == [f"cancel {b}"]

    def test_the_row_says_that_the_connection_is_lost_and_goes_on(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, _),) = inside.network.uploads
        inside.hear(news.UploadProgress(a, 0.5), news.UploadRetrying(a, "It is lost."))
        assert inside.screen.uploads == [
            UploadRow(a, "a.txt", "", "retrying", 0.0, "It is lost.")
        ]
        inside.hear(news.UploadProgress(a, 0.1))
        assert inside.screen.uploads == [UploadRow(a, "a.txt", "", "sending", 0.1)]

    def test_what_is_sent_and_what_failed_stand_before_what_waits(self, inside: Client) -> None:
        inside.controller.share([Path(f"/tmp/{name}") for name in "abcd"])
        a, b, c, d = (key for key, _ in inside.network.uploads)
        inside.hear(news.UploadFailed(b, "No."), news.UploadProgress(c, 0.5))
        assert [row.key for row in inside.screen.uploads] == [c, b, a, d]

    def test_a_failed_one_is_tried_again_under_its_key(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, path),) = inside.network.uploads
        inside.controller.retry_upload(a)  # it has not failed: nothing to retry
        inside.hear(news.UploadFailed(a, "No."))
        inside.controller.retry_upload(a)
        assert inside.network.uploads == [(a, path), (a, path)]
        assert inside.screen.uploads == [UploadRow(a, "a.txt")]

    def test_failed_ones_are_cleared_together(self, inside: Client) -> None:
        inside.controller.share([Path(f"/tmp/{name}") for name in "abc"])
        a, b, c = (key for key, _ in inside.network.uploads)
        inside.hear(news.UploadFailed(a, "No."), news.UploadFailed(c, "No."))
        inside.controller.clear_failed_uploads()
        assert [row.key for row in inside.screen.uploads] == [b]

    def test_what_the_room_shows_is_shared_whatever_the_upload_says(
        self, inside: Client
    ) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, _),) = inside.network.uploads
        inside.hear(news.UploadFailed(a, "The connection broke."))
        inside.events(shared(1, name="alice", key=a))
        assert inside.screen.uploads == []

    def test_out_of_the_room_they_stay_to_be_tried_again_there(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        ((a, path),) = inside.network.uploads
        inside.hear(news.Ended("replaced", "Another window took this place."))
        (row,) = inside.screen.uploads
        assert (row.state, row.note) == ("failed", "You left the room before it was shared.")
        inside.controller.retry_upload(a)
        assert "no room" in inside.banner
        assert len(inside.network.uploads) == 1
        inside.join()
        inside.controller.retry_upload(a)
        assert inside.network.uploads[1:] == [(a, path)]

    def test_but_they_are_not_for_another_room(self, inside: Client) -> None:
        inside.controller.share([Path("/tmp/a.txt")])
        inside.connect(server="elsewhere:18000")
        inside.hear()
        assert inside.screen.uploads == []

    def test_in_no_room_nothing_is_shared(self, client: Client) -> None:
        client.controller.share([Path("/tmp/a.txt")])
        assert "no room" in client.banner
        assert client.network.uploads == []


class TestFiles:
    def test_save_and_open(self, inside: Client) -> None:
        event = shared(1)
        inside.events(event)
        inside.controller.save_file("f1", Path("/tmp/target"))
        inside.controller.open_file("f1")
        (wanted,) = inside.network.downloads
        assert (wanted.file, wanted.target, wanted.replace) == (
            event.file,
            Path("/tmp/target"),
            True,
        )
        assert inside.network.fetched == [event.file]
        inside.hear(news.Downloaded(wanted.key, Path("/tmp/target")))
        assert inside.screen.banner == Banner("good", "Saved as /tmp/target.")
        inside.hear(news.DownloadFailed("k", "notes.txt", "the room no longer has it."))
        assert "no longer has it" in inside.banner

    def test_a_file_to_read(self, inside: Client) -> None:
        file = shared(1, size=2458).file
        inside.hear(news.Fetched(file, "hello", "cp1252", False))
        assert inside.screen.files == [FileText("f1", "notes.txt", "2.4 KB, cp1252", "hello")]
        inside.hear(news.Fetched(file, "hel", "utf-8", True))
        assert "save it" in inside.screen.files[-1].note
        inside.hear(news.FetchFailed("notes.txt", "the room no longer has it."))
        assert "no longer has it" in inside.banner

    def test_its_link_is_copied(self, inside: Client) -> None:
        inside.events(shared(1))
        inside.controller.copy_file_link("f1")
        assert inside.screen.clipboard == "http://localhost:18000/files/f1/notes.txt"

    def test_a_file_that_is_not_known(self, inside: Client) -> None:
        inside.controller.save_file("unknown", Path("/tmp/target"))
        inside.controller.copy_file_link("unknown")
        assert "no longer known" in inside.banner
        assert inside.network.downloads == []
        assert inside.screen.clipboard == ""


class TestSavingAll:
    @pytest.fixture
    def three(self, inside: Client) -> Client:
        inside.events(*(shared(n, id=f"f{n}", called=f"{n}.txt") for n in (1, 2, 3)))
        inside.controller.save_all(Path("/tmp/all"))
        return inside

    def last(self, client: Client) -> news.Wanted:
        return client.network.downloads[-1]

    def test_one_after_the_other_and_over_none_that_is_there(self, three: Client) -> None:
        for number in (1, 2, 3):
            wanted = self.last(three)
            assert len(three.network.downloads) == number
            assert (wanted.target, wanted.replace) == (Path(f"/tmp/all/{number}.txt"), False)
            three.hear(news.DownloadProgress(wanted.key, 0.5))
            assert three.screen.saving is not None
            assert three.screen.saving.text == f"Saving {number} of 3 files in /tmp/all"
            assert three.screen.saving.fraction == pytest.approx((number - 0.5) / 3)
            three.hear(news.Downloaded(wanted.key, wanted.target))
        assert three.screen.saving is None
        assert three.screen.banner == Banner("good", "3 files saved in /tmp/all.")

    def test_failures_stay_and_are_tried_again(self, three: Client) -> None:
        first = self.last(three)
        three.hear(news.DownloadFailed(first.key, "1.txt", "the room no longer has it."))
        for _ in range(2):
            three.hear(news.Downloaded(self.last(three).key, Path("x")))
        assert three.screen.saving == SavingRow(
            "1 of 3 files not saved in /tmp/all",
            1.0,
            "1.txt (the room no longer has it)",
            over=True,
        )
        three.controller.retry_saving()
        assert self.last(three).target == Path("/tmp/all/1.txt")
        three.hear(news.Downloaded(self.last(three).key, Path("x")))
        assert three.screen.saving is None

    def test_it_can_be_stopped(self, three: Client) -> None:
        three.hear(news.Downloaded(self.last(three).key, Path("x")))
        current = self.last(three)
        three.controller.stop_saving()
        assert three.network.asked == [f"cancel {current.key}"]
        assert three.screen.saving is None
        assert three.banner == "Stopped: 1 of 3 files saved."

    def test_what_failed_can_be_put_away(self, three: Client) -> None:
        for _ in range(3):
            three.hear(news.DownloadFailed(self.last(three).key, "x", "no."))
        three.controller.stop_saving()
        assert three.screen.saving is None
        assert "Stopped" not in three.banner

    def test_not_twice_at_once(self, three: Client) -> None:
        three.controller.save_all(Path("/tmp/other"))
        assert "already" in three.banner
        assert len(three.network.downloads) == 1

    def test_without_a_file_there_is_nothing_to_do(self, inside: Client) -> None:
        inside.controller.save_all(Path("/tmp/all"))
        assert "No file" in inside.banner

    @pytest.mark.parametrize(
        ("called", "saved"),
        [
            ("../../.bashrc", "bashrc"),
            ("..\\..\\evil.txt", "evil.txt"),
            ("/etc/passwd", "passwd"),
            ("..", "file"),
            ("", "file"),
            ("CON", "CON_"),
            ("größe 👍.txt", "größe 👍.txt"),
        ],
    )
    def test_no_name_leads_out_of_the_folder(
        self, inside: Client, called: str, saved: str
    ) -> None:
        inside.events(shared(1, called=called))
        inside.controller.save_all(Path("/tmp/all"))
        assert self.last(inside).target == Path("/tmp/all") / saved


class TestTheRest:
    def test_report_as_table_and_csv(self, inside: Client, tmp_path: Path) -> None:
        connection = messages.Connection(
            "alice", "10.0.0.1", 4711, "websocket", False, 1, AT, 61.4, "active", 3, 4
        )
        inside.controller.report()
        inside.hear(news.Reported(messages.Report("r", 1, 3, AT, [connection]), 0.0124))
        table = inside.screen.report
        assert table is not None
        assert table.summary == "1 of 3 users active, server started 2026-11-22 08:00"
        assert len(table.columns) == len(table.rows[0])
        target = tmp_path / "report.csv"
        inside.controller.save_report(table, target)
        with target.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert rows == [list(table.columns), list(table.rows[0])]
        assert rows[1][:5] == ["alice", "10.0.0.1", "4711", "websocket", "no"]

    def test_a_report_that_fails_says_so(self, inside: Client) -> None:
        inside.hear(news.RequestFailed("r", "There is no connection."))
        assert inside.banner == "There is no connection."

    def test_the_conversation_as_text(self, inside: Client, tmp_path: Path) -> None:
        inside.events(said(1, "one\ntwo"), shared(2, size=2458), left(3, "bob", "lost"))
        target = tmp_path / "conversation.txt"
        inside.controller.save_conversation(target)
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
        inside.controller.save_conversation(tmp_path / "folder")
        assert "could not be written" in inside.banner
        assert list((tmp_path / "folder").iterdir()) == []

    def test_theme_and_text_size_are_shown_and_remembered(
        self, client: Client, tmp_path: Path
    ) -> None:
        client.controller.toggle_theme()
        client.controller.zoom(1)
        assert client.screen.dark
        assert client.screen.text_size == USUAL + 1
        assert Preferences(tmp_path).now == client.model.preferences.now

    def test_mention(self, inside: Client) -> None:
        inside.controller.mention("bob")
        assert inside.screen.composer == "@bob "

    def test_only_web_links_are_opened(self, client: Client) -> None:
        for url in ("https://example.org", "file:///etc/passwd", "javascript:1"):
            client.controller.open_link(url)
        assert client.opened == ["https://example.org"]
