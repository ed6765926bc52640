"""Sending messages, between a fake window and a fake network."""

import sqlite3
from pathlib import Path

import pytest

from client_mvc.controller import wording
from client_mvc.network import api
from client_mvc.view.contract.items import Heading, Message, Pending
from client_mvc.view.contract.values import Banner
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import ADDRESS, failure, said, welcome

YOURS = Heading("", "alice", wording.colour("alice"))


class TestSending:
    def test_a_message_is_on_disk_before_it_is_sent(
        self, inside: Client, tmp_path: Path
    ) -> None:
        on_disk: list[list[tuple[str]]] = []

        def look(message: api.OutgoingMessage) -> None:
            (path,) = tmp_path.glob("outbox-*.sqlite3")
            other = sqlite3.connect(path)
            on_disk.append(other.execute("SELECT text FROM unsent").fetchall())
            other.close()

        inside.network.send = look  # type: ignore[method-assign]
        assert inside.intents.composer.send("hello")
        assert on_disk == [[("hello",)]]

    def test_a_message_is_pending_until_the_server_has_it(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        (message,) = inside.network.sent
        assert inside.screen.pending == [Pending(message.id, "hello", heading=YOURS)]
        inside.hear(
            api.MessageConfirmed(message.id),
            api.EventReceived(said(1, "hello", name="alice", id=message.id)),
        )
        assert inside.screen.pending == []
        assert [each.text for each in inside.screen.items if isinstance(each, Message)] == [
            "hello"
        ]

    def test_pending_messages_stand_under_their_senders_name(self, inside: Client) -> None:
        inside.hear(api.EventReceived(said(1, "hi", name="alice")))
        inside.intents.composer.send("mine")
        key = inside.network.sent[0].id
        assert inside.screen.pending == [Pending(key, "mine")]
        inside.hear(api.EventReceived(said(2, "ho", name="bob")))
        assert inside.screen.pending == [Pending(key, "mine", heading=YOURS)]

    def test_all_messages_that_are_not_sent_are_copied(self, inside: Client) -> None:
        inside.intents.outgoing.copy_all()
        assert inside.screen.shown_banner == Banner("good", "All messages are sent.")
        for text in ("one\nline more", "two", "three"):
            inside.intents.composer.send(text)
        first, second, _ = inside.network.sent
        inside.hear(
            api.MessageFailed(first.id, failure("No.")), api.MessageConfirmed(second.id)
        )
        inside.intents.outgoing.copy_all()
        assert inside.screen.clipboard == "one\nline more\n\nthree"
        assert inside.screen.shown_banner == Banner("good", "2 messages copied.")
        inside.screen.clipboard = ""
        inside.hear(api.MembershipEnded("removed", failure("You were removed.")))
        inside.pass_time(10)
        assert "2 messages not sent" in inside.banner
        inside.intents.outgoing.copy_all()
        assert inside.screen.clipboard == "one\nline more\n\nthree", "also afterwards"

    def test_a_delayed_message_shows_the_reason(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        key = inside.network.sent[0].id
        inside.hear(api.MessageDelayed(key, failure("The disk is full.")))
        assert inside.screen.pending == [
            Pending(key, "hello", False, "The disk is full.", heading=YOURS)
        ]

    def test_a_failed_message_can_be_sent_again_or_deleted(self, inside: Client) -> None:
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

    def test_messages_not_sent_are_sent_by_the_next_run(self, tmp_path: Path) -> None:
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

    def test_a_message_too_long_stays_in_the_composer(self, inside: Client) -> None:
        assert not inside.intents.composer.send("x" * 8001)
        assert "8001" in inside.banner
        assert "as a text file" in inside.banner
        assert inside.network.sent == []
        inside.pass_time(10)
        assert inside.screen.shown_banner is None

    def test_the_limit_is_that_of_the_room(self, client: Client) -> None:
        client.join(text=10)
        assert not client.intents.composer.send("x" * 11)
        assert "of 10 characters" in client.banner
        assert "as a text file" in client.banner
        assert client.intents.composer.send("x" * 10)

    @pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
    def test_a_blank_text_is_not_sent(self, inside: Client, text: str) -> None:
        assert not inside.intents.composer.send(text)
        assert inside.network.sent == []

    @pytest.mark.parametrize("text", ["a\x00b", "half \ud83d"])
    def test_a_text_that_cannot_be_sent_has_a_reason(self, inside: Client, text: str) -> None:
        assert not inside.intents.composer.send(text)
        assert inside.banner
        assert inside.network.sent == []

    def test_outside_a_room_the_banner_keeps_its_button(self, client: Client) -> None:
        client.controller.start()
        client.intents.membership.cancel()
        client.screen.form = None
        client.intents.composer.send("hello")
        assert client.screen.shown_banner == Banner(
            "warning", "You are not in a room. Join one first.", "Connect…"
        )
        client.intents.banner.act()
        assert client.screen.form is not None

    def test_outside_a_room_nothing_is_sent(self, client: Client) -> None:
        assert not client.intents.composer.send("hello")
        assert "not in a room" in client.banner

    def test_a_full_disk_keeps_the_message_in_the_composer(
        self, inside: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(text: str, reply: object) -> None:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        assert inside.model.box is not None
        monkeypatch.setattr(inside.model.box, "add", full)
        assert not inside.intents.composer.send("hello")
        assert "the disk of this computer is full" in inside.banner
        assert "outbox not written" in caplog.text
        assert inside.network.sent == []

    def test_up_recalls_the_last_message(self, inside: Client) -> None:
        assert inside.intents.composer.recall() == ""
        inside.intents.composer.send("hello")
        inside.intents.composer.send("/help")
        assert inside.intents.composer.recall() == "hello"
