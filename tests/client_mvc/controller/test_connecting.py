# ruff: noqa: RUF001
"""Joining a room, losing the connection, leaving: what the window shows."""

from pathlib import Path

import pytest

from client_mvc.i18n.errors import sentence
from client_mvc.model.preferences import Preferences
from client_mvc.network import api
from client_mvc.view.contract.values import Banner
from shared.problems import Problem, problem
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import ADDRESS, failure, joined, said, welcome


class TestConnecting:
    def test_it_starts_with_the_dialog_and_the_last_room(self, tmp_path: Path) -> None:
        Preferences(tmp_path).add_recent("chat:18000", "alice")
        client = Client(tmp_path)
        client.controller.start()
        form = client.screen.form
        assert form is not None
        assert (form.server, form.name) == ("chat:18000", "alice")
        assert form.recent == (("chat:18000", "alice"),)
        assert client.network.joins == []
        client.model.close()

    def test_with_server_and_name_it_connects_at_once(self, client: Client) -> None:
        client.controller.start("localhost", "alice")
        assert client.screen.busy == "Connecting to localhost:18000…"
        assert client.network.joins == [api.JoinOptions(ADDRESS, "alice")]

    @pytest.mark.parametrize(
        ("server", "name", "field", "part"),
        [
            ("", "alice", "server", "Enter a server"),
            ("host:99999", "alice", "server", "port"),
            ("ftp://host", "alice", "server", "chatroom://"),
            ("host", "", "name", "Enter a name"),
            ("host", "two words", "name", "no spaces"),
        ],
    )
    def test_a_bad_entry_is_shown_beside_its_field(
        self, client: Client, server: str, name: str, field: str, part: str
    ) -> None:
        client.controller.start()
        client.intents.membership.connect(server, name, "")
        assert client.screen.error is not None
        assert client.screen.error[0] == field
        assert part in client.screen.error[1]
        assert client.network.joins == []

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
    def test_refusals_stay_in_the_dialog(self, client: Client, code: str, field: str) -> None:
        client.controller.start()
        client.connect()
        why = failure("Because.", code)
        client.hear(api.MembershipEnded("refused", why))
        assert client.screen.error == (field, sentence(why), field == "password")
        assert client.screen.form is not None

    @pytest.mark.parametrize(
        ("typed", "address"),
        [
            ("R2M0-2508", "192.168.1.20:18000"),
            ("https://192.168.1.20:18000/", "192.168.1.20:18000"),
            ("http://chat.example.org", "chat.example.org:80"),
        ],
    )
    def test_codes_and_web_addresses_are_servers(
        self, client: Client, typed: str, address: str
    ) -> None:
        client.connect(server=typed)
        (joining,) = client.network.joins
        assert str(joining.address) == address
        client.hear(api.Welcomed(welcome(), False))
        assert client.model.preferences.now.recent == ((address, "alice"),)

    @pytest.mark.parametrize(
        ("typed", "hint"), [("R2M0-2509", True), ("r2m02509", True), ("chat-server", False)]
    )
    def test_a_mistyped_code_is_looked_up_as_a_name(
        self, client: Client, typed: str, hint: bool
    ) -> None:
        client.controller.start()
        client.connect(server=typed)
        unknown = problem("no_such_host", host=typed.lower())
        client.hear(api.MembershipEnded("unreachable", unknown))
        assert client.screen.error is not None
        field, text, _ = client.screen.error
        assert field == "server"
        assert text.startswith(f"There is no computer named {typed.lower()}.")
        assert text.endswith("If it is a code, it has a typing error.") == hint

    def test_no_answer_is_an_error_of_the_server_field(self, client: Client) -> None:
        client.controller.start()
        client.connect()
        client.hear(api.MembershipEnded("unreachable", failure("Nothing answers.")))
        assert client.screen.error == ("server", "Nothing answers.", False)

    def test_after_a_refusal_the_person_can_try_again(self, client: Client) -> None:
        client.connect()
        client.hear(api.MembershipEnded("refused", failure("Taken.", "name_taken")))
        client.connect("bob")
        client.hear(api.Welcomed(welcome(you="bob"), False))
        assert client.screen.room == ("lobby", "localhost:18000")

    def test_a_joined_room_is_shown_and_remembered(self, client: Client) -> None:
        client.controller.start()
        client.join(members=("bob", "alice"))
        assert client.screen.form is None
        assert client.screen.room == ("lobby", "localhost:18000")
        assert client.screen.title == "#lobby – Chatroom"
        rows = [(each.name, each.away, each.you) for each in client.screen.member_rows]
        assert rows == [("alice", False, True), ("bob", False, False)]
        assert client.model.preferences.now.recent == (("localhost:18000", "alice"),)

    def test_the_password_is_sent_and_never_kept(self, client: Client, tmp_path: Path) -> None:
        client.intents.membership.connect("localhost", "alice", "correct horse")
        client.hear(api.Welcomed(welcome(), False))
        assert client.network.joins[0].password == "correct horse"
        client.intents.quit()
        client.hear(api.MembershipEnded("left", clean=True))
        for path in tmp_path.iterdir():
            assert b"correct horse" not in path.read_bytes()

    def test_closing_the_dialog_stops_joining(self, client: Client) -> None:
        client.connect()
        client.intents.membership.cancel()
        assert client.network.asked == ["leave"]
        client.hear(api.Welcomed(welcome(), False))
        assert client.screen.room == ("", "")
        assert client.screen.shown_banner == Banner(
            "info", "You are not in a room.", "Connect…"
        )
        client.intents.banner.act()
        assert client.screen.form is not None

    def test_another_window_of_the_same_member_is_refused(
        self, inside: Client, tmp_path: Path
    ) -> None:
        other = Client(tmp_path)
        other.connect("ALICE")
        assert other.screen.error is not None
        assert other.screen.error[0] == "name"
        other.connect("bob")
        assert [each.name for each in other.network.joins] == ["bob"]
        other.model.close()

    def test_events_of_an_earlier_session_are_ignored(self, client: Client) -> None:
        client.join()
        visit = client.network.session
        client.connect("bob")
        client.controller.handle([(visit, api.EventReceived(said(1)))])
        assert client.screen.items == []


class TestConnectionBanner:
    def test_it_counts_down_and_can_reconnect_now(self, inside: Client) -> None:
        inside.hear(api.Disconnected(failure("The connection was lost."), 2, 4.0))
        assert inside.screen.shown_banner == Banner(
            "warning",
            "The connection was lost. Reconnecting in 4 s (attempt 2).",
            "Try now",
        )
        inside.pass_time(1.5)
        assert "in 3 s" in inside.banner
        inside.intents.banner.act()
        assert inside.network.asked == ["reconnect_now"]
        inside.hear(api.Reconnecting(2))
        assert inside.banner == "The connection was lost. Reconnecting… (attempt 2)"

    def test_without_a_connection_all_members_are_unknown(self, inside: Client) -> None:
        def unknown() -> list[bool]:
            return [row.unknown for row in inside.screen.member_rows]

        inside.events(joined(1, "carol"))
        assert unknown() == [False, False]
        inside.hear(api.Disconnected(failure("The connection broke."), 1, 5.0))
        assert unknown() == [True, True]
        inside.hear(api.Reconnecting(1), api.Welcomed(welcome(1, token="t1"), False))
        assert unknown() == [True], "what the welcome says is as of its seq"
        inside.hear(api.CaughtUp())
        assert unknown() == [False]

    def test_a_new_connection_is_shown_for_some_seconds(self, inside: Client) -> None:
        inside.hear(api.Disconnected(failure("Gone."), 1, 0.0), api.Reconnecting(1))
        inside.hear(api.Welcomed(welcome(), False), api.CaughtUp())
        assert inside.screen.shown_banner == Banner("good", "Connected again.")
        inside.pass_time(2.9)
        assert inside.banner == "Connected again."
        inside.pass_time(0.2)
        assert inside.screen.shown_banner is None

    def test_the_first_connection_has_no_banner(self, inside: Client) -> None:
        assert inside.screen.shown_banner is None

    def test_the_standing_banner_returns_after_a_passing_one(self, inside: Client) -> None:
        inside.hear(api.Disconnected(failure("Gone."), 1, 60.0))
        inside.intents.composer.send("/nonsense")
        assert "nonsense" in inside.banner
        inside.pass_time(10)
        assert inside.banner.startswith("Gone.")

    def test_joined_from_elsewhere(self, inside: Client) -> None:
        inside.hear(api.MembershipEnded("replaced", failure("You joined from elsewhere.")))
        assert inside.screen.shown_banner == Banner(
            "warning", "You joined from elsewhere.", "Reconnect"
        )
        assert inside.screen.room == ("", "")
        inside.intents.banner.act()
        assert [each.token for each in inside.network.joins] == [None, "t1"]

    def test_a_refusal_while_reconnecting_shows_the_dialog(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        inside.hear(
            api.Disconnected(failure("Gone."), 1, 0.0),
            api.MembershipEnded("refused", Problem("locked")),
        )
        assert inside.screen.form is not None
        assert inside.screen.error == (
            "form",
            "This room is locked: nobody new can join.",
            False,
        )
        assert "1 message not sent" in inside.banner

    def test_leaving_keeps_the_window_and_the_conversation(self, inside: Client) -> None:
        inside.events(said(1))
        inside.intents.membership.leave()
        inside.hear(api.MembershipEnded("left", clean=True))
        assert not inside.screen.closed
        assert inside.screen.items
        assert inside.screen.member_rows == []
        assert inside.screen.title == "Chatroom"
        assert inside.screen.shown_banner == Banner("info", "You left the room.", "Connect…")
        inside.connect()
        assert inside.network.joins[-1].token is None

    def test_an_unconfirmed_leave_keeps_the_membership(self, inside: Client) -> None:
        inside.intents.membership.leave()
        inside.hear(api.MembershipEnded("left", clean=False))
        inside.connect()
        assert inside.network.joins[-1].token == "t1"


class TestAnotherRoom:
    """Nothing is sent to it before the person says so."""

    @pytest.fixture
    def inside(self, client: Client) -> Client:
        """In the room of the journal j1."""
        client.join(journal="j1")
        client.hear(api.CaughtUp())
        return client

    def test_the_banner_leads_to_a_question(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        inside.find_another_room()
        assert inside.screen.shown_banner == Banner(
            "warning",
            "There is another room at localhost:18000 now. Nothing was sent to it.",
            "Join…",
        )
        assert inside.screen.room == ("", "")
        assert inside.screen.question is None, "it would take the keys that are typed meanwhile"
        inside.intents.banner.act()
        assert inside.screen.question is not None
        assert len(inside.network.joins) == 1

    def test_while_connecting_it_asks_at_once(self, client: Client) -> None:
        client.controller.start()
        client.intents.membership.connect("localhost", "alice", "secret")
        client.find_another_room()
        assert client.screen.error is not None
        assert client.screen.question is not None
        assert "password" in client.screen.question.text

    def test_what_was_not_sent_can_be_discarded_and_is_kept(
        self, inside: Client, tmp_path: Path
    ) -> None:
        inside.intents.composer.send("one")
        inside.intents.composer.send("two")
        inside.find_another_room()
        assert [(each.text, each.failed) for each in inside.screen.pending] == [
            ("one", True),
            ("two", True),
        ]
        inside.intents.outgoing.discard(inside.screen.pending[0].key)
        inside.intents.outgoing.retry(inside.screen.pending[0].key)
        assert [each.text for each in inside.network.sent] == ["one", "two"], "not again"
        inside.model.close()
        after = Client(tmp_path)
        after.connect()
        join = after.network.joins[0]
        assert [each.text for each in join.outgoing] == ["two"], "they wait for their room"
        assert (join.token, join.journal) == ("t1", "j1")
        after.model.close()

    def test_on_yes_it_joins_as_somebody_new(self, inside: Client, tmp_path: Path) -> None:
        inside.intents.composer.send("hello")
        inside.find_another_room()
        inside.intents.banner.act()
        inside.screen.agree()
        assert inside.network.joins[1] == api.JoinOptions(
            ADDRESS, "alice", journal="j2", answers_room=True
        )
        inside.hear(api.Welcomed(welcome(journal="j2", token="t2"), False), api.CaughtUp())
        (pending,) = inside.screen.pending
        assert (pending.text, pending.failed) == ("hello", True)
        inside.model.close()
        after = Client(tmp_path)
        after.connect()
        assert after.network.joins[0].outgoing == (), "they were not for this room"
        assert after.network.joins[0].journal == "j2"
        after.model.close()

    def test_a_server_that_no_longer_says_which_room_it_has(self, inside: Client) -> None:
        inside.hear(
            api.RoomFound(None, known=False),
            api.MembershipEnded("other_room", Problem("other_room", {"server": "x"})),
        )
        inside.intents.banner.act()
        inside.screen.agree()
        assert inside.network.joins[1] == api.JoinOptions(ADDRESS, "alice")

    def test_the_room_of_messages_is_known_after_leaving(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        inside.intents.membership.leave()
        inside.hear(api.MembershipEnded("left", clean=True))
        inside.connect()
        join = inside.network.joins[-1]
        assert (join.token, join.journal, len(join.outgoing)) == (None, "j1", 1)


class TestQuitting:
    def test_it_waits_for_the_server_to_confirm(self, inside: Client) -> None:
        inside.intents.quit()
        inside.hear()
        assert not inside.screen.closed
        assert (
            inside.controller.handle(
                [(inside.network.session, api.MembershipEnded("left", clean=True))]
            )
            is False
        )
        assert inside.screen.closed
        assert inside.model.preferences.now.geometry == "900x600"

    def test_it_does_not_wait_for_ever(self, inside: Client) -> None:
        inside.intents.quit()
        inside.pass_time(api.LEAVE_WITHIN)
        assert inside.screen.closed

    def test_asked_twice_it_does_not_wait(self, inside: Client) -> None:
        inside.intents.quit()
        inside.intents.quit()
        inside.hear()
        assert inside.screen.closed

    def test_outside_a_room_it_is_immediate(self, client: Client) -> None:
        client.intents.quit()
        assert not client.screen.closed  # its button is still being pressed
        client.hear()
        assert client.screen.closed
        assert client.network.asked == []
