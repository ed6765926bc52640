"""What a person says, between a fake window and a fake network: kept, pending, said."""

import sqlite3
from pathlib import Path

import pytest

from client_mvc.controller import wording
from client_mvc.network import api
from client_mvc.view.contract.values import Banner, Heading, Message, Pending
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import ADDRESS, failure, said, welcome

YOURS = Heading("", "alice", wording.colour("alice"))


class TestSaying:
    def test_it_is_on_disk_before_it_is_said(self, inside: Client, tmp_path: Path) -> None:
        on_disk: list[list[tuple[str]]] = []

        def look(unsaid: api.OutgoingMessage) -> None:
            (path,) = tmp_path.glob("outbox-*.sqlite3")
            other = sqlite3.connect(path)
            on_disk.append(other.execute("SELECT text FROM unsent").fetchall())
            other.close()

        inside.network.send = look  # type: ignore[method-assign]
        assert inside.intents.composer.send("hello")
        assert on_disk == [[("hello",)]]

    def test_it_is_pending_until_the_room_has_it(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        (unsaid,) = inside.network.sent
        assert inside.screen.pending == [Pending(unsaid.id, "hello", heading=YOURS)]
        inside.hear(
            api.MessageConfirmed(unsaid.id),
            api.EventReceived(said(1, "hello", name="alice", id=unsaid.id)),
        )
        assert inside.screen.pending == []
        assert [each.text for each in inside.screen.items if isinstance(each, Message)] == [
            "hello"
        ]

    def test_what_is_pending_stands_under_its_speaker(self, inside: Client) -> None:
        inside.hear(api.EventReceived(said(1, "hi", name="alice")))
        inside.intents.composer.send("mine")
        key = inside.network.sent[0].id
        assert inside.screen.pending == [Pending(key, "mine")]
        inside.hear(api.EventReceived(said(2, "ho", name="bob")))
        assert inside.screen.pending == [Pending(key, "mine", heading=YOURS)]

    def test_a_room_that_is_busy_says_why_it_waits(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        key = inside.network.sent[0].id
        inside.hear(api.MessageDelayed(key, failure("The disk is full.")))
        assert inside.screen.pending == [
            Pending(key, "hello", False, "The disk is full.", heading=YOURS)
        ]

    def test_failed_can_be_tried_again_or_forgotten(self, inside: Client) -> None:
        inside.intents.composer.send("one")
        inside.intents.composer.send("two")
        one, two = (each.id for each in inside.network.sent)
        inside.hear(
            api.MessageFailed(one, failure("No.")), api.MessageFailed(two, failure("No."))
        )
        assert inside.screen.pending == [
            Pending(one, "one", True, "No.", heading=YOURS),
            Pending(two, "two", True, "No."),
        ]
        inside.intents.outgoing.retry(one)
        assert inside.network.sent[-1] == api.OutgoingMessage(one, "one")
        inside.intents.outgoing.discard(two)
        assert inside.screen.pending == [Pending(one, "one", heading=YOURS)]

    def test_what_was_not_said_is_said_the_next_time(self, tmp_path: Path) -> None:
        first = Client(tmp_path)
        first.join(5)
        first.intents.composer.send("one")
        first.intents.composer.send("two")
        failed, waiting = first.network.sent
        first.hear(api.MessageFailed(failed.id, failure("No.")))
        first.model.close()
        second = Client(tmp_path)
        second.connect()
        assert second.network.joins == [
            api.JoinOptions(
                ADDRESS,
                "alice",
                None,
                "t1",
                0,
                (api.OutgoingMessage(waiting.id, "two", tried=True),),
            )
        ]
        second.hear(api.Welcomed(welcome(5), False))
        assert [each.text for each in second.screen.pending] == ["one", "two"]
        second.model.close()

    def test_too_long_stays_in_the_composer_with_the_count(self, inside: Client) -> None:
        assert not inside.intents.composer.send("x" * 8001)
        assert "8001" in inside.banner
        assert "as a text file" in inside.banner
        assert inside.network.sent == []
        inside.pass_time(10)
        assert inside.screen.shown_banner is None

    def test_the_room_may_take_less(self, client: Client) -> None:
        client.join(text=10)
        assert not client.intents.composer.send("x" * 11)
        assert "of 10 characters" in client.banner
        assert "as a text file" in client.banner
        assert client.intents.composer.send("x" * 10)

    @pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
    def test_blank_is_not_said(self, inside: Client, text: str) -> None:
        assert not inside.intents.composer.send(text)
        assert inside.network.sent == []

    @pytest.mark.parametrize("text", ["a\x00b", "half \ud83d"])
    def test_what_cannot_be_sent_says_why(self, inside: Client, text: str) -> None:
        assert not inside.intents.composer.send(text)
        assert inside.banner
        assert inside.network.sent == []

    def test_in_no_room_the_way_into_one_stays_open(self, client: Client) -> None:
        client.controller.start()
        client.intents.membership.cancel()
        client.screen.form = None
        client.intents.composer.send("hello")
        assert client.screen.shown_banner == Banner(
            "warning", "You are not in a room. Join one first.", "Connect…"
        )
        client.intents.banner.act()
        assert client.screen.form is not None

    def test_in_no_room_nothing_is_taken(self, client: Client) -> None:
        assert not client.intents.composer.send("hello")
        assert "not in a room" in client.banner

    def test_a_disk_that_refuses_keeps_it_in_the_composer(
        self, inside: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(text: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        assert inside.model.box is not None
        monkeypatch.setattr(inside.model.box, "add", full)
        assert not inside.intents.composer.send("hello")
        assert "disk is full" in inside.banner
        assert "outbox not written" in caplog.text
        assert inside.network.sent == []

    def test_up_recalls_what_was_said_last(self, inside: Client) -> None:
        assert inside.intents.composer.recall() == ""
        inside.intents.composer.send("hello")
        inside.intents.composer.send("/help")
        assert inside.intents.composer.recall() == "hello"
