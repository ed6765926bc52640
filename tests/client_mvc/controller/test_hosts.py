"""A room on several hosts, as the person sees it: links, known rooms, another host."""

from pathlib import Path

from client_mvc.model.known_rooms import KnownRoom
from client_mvc.model.preferences import Preferences
from client_mvc.network import api, api_files
from client_mvc.view.contract.values import Banner
from shared import messages
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.problems import NO_MAJORITY, Problem
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import said, welcome

KEY = "a" * 64
A, B, C = (Address(f"192.0.2.{number}", 18000) for number in (1, 2, 3))
URLS = [f"https://{each}" for each in (A, B, C)]
ROOM = messages.RoomInfo(
    room="ops", journal="j1", features=["hosts"], password=False, active=0, max_users=3
)


def welcomed(client: Client, address: Address, hosts: list[str] | None = None) -> None:
    """Join, or resume, at this host."""
    found = ServerIdentity(address, KEY)
    client.hear(
        api.RoomFound(ROOM, True, found),
        api.Welcomed(welcome(journal="j1", hosts=URLS if hosts is None else hosts), False),
        api.CaughtUp(),
    )


class TestLinks:
    def test_the_hosts_of_a_link_are_tried_in_turn(self, client: Client) -> None:
        client.connect(server=f"chatroom://{A},{B},{A}/#sha256={KEY}")
        joins = client.network.joins[-1]
        assert (joins.address, joins.others) == (A, (B,))
        assert joins.trust == api.Trust(key=KEY)

    def test_the_dialog_offers_all_of_them_again(self, client: Client, tmp_path: Path) -> None:
        client.connect(server=f"chatroom://{A},{B}/#sha256={KEY}")
        welcomed(client, B)
        assert client.screen.room == ("lobby", str(B))
        assert Preferences(tmp_path).now.recent == ((f"{A},{B}", "alice"),)
        client.connect(server=f"{A},{B}")
        joins = client.network.joins[-1]
        assert (joins.address, joins.others, joins.trust.key) == (A, (B, C), KEY)

    def test_what_waits_is_for_the_room_whichever_host_it_is(self, client: Client) -> None:
        link = f"{A},{B}"
        client.connect(server=link)
        welcomed(client, B)
        client.intents.composer.send("hello")
        client.hear(api.MembershipEnded("unreachable", Problem("no_answer", {"host": "x"})))
        client.connect(server=str(A))
        assert [each.text for each in client.network.joins[-1].outgoing] == ["hello"]


class TestKnownRooms:
    def test_the_hosts_of_a_room_are_kept_and_tried(self, client: Client) -> None:
        client.connect(server=str(A))
        welcomed(client, A)
        client.connect(server=str(A))
        assert client.network.joins[-1].others == (B, C)
        welcomed(client, A, [])
        client.connect(server=str(A))
        assert not client.network.joins[-1].others

    def test_hosts_that_are_named_later_are_kept_too(self, client: Client) -> None:
        client.connect(server=str(A))
        welcomed(client, A, [])
        client.hear(api.HostsChanged(URLS))
        assert client.model.membership.several_hosts
        client.connect(server=str(A))
        assert client.network.joins[-1].others == (B, C)

    def test_an_address_that_a_room_claims_is_not_its_own(self, client: Client) -> None:
        """A room that names another one's address as a host does not get its visitors."""
        client.connect(server=str(A))
        welcomed(client, A, [URLS[0], "https://192.0.2.9:18000"])
        client.connect(server="192.0.2.9:18000")
        joins = client.network.joins[-1]
        assert (joins.others, joins.trust) == ((), api.Trust(known=frozenset({KEY})))

    def test_a_link_with_another_key_is_another_room(self, client: Client) -> None:
        client.connect(server=str(A))
        welcomed(client, A)
        client.connect(server=f"chatroom://{A}/#sha256={'b' * 64}")
        assert not client.network.joins[-1].others

    def test_an_answer_about_a_key_keeps_the_hosts(self, client: Client) -> None:
        preferences = client.model.preferences
        preferences.know(KnownRoom(key=KEY, addresses=(str(A),), hosts=(str(A), str(B))))
        preferences.know(KnownRoom(key=KEY, addresses=(str(C),)))
        assert preferences.now.rooms[0].hosts == (str(A), str(B))

    def test_a_question_is_about_the_host_that_answered(self, client: Client) -> None:
        client.connect(server=f"{A},{B}")
        doubt = api.Doubt("unknown_key", key=KEY, address=B)
        problem = Problem("unknown_key", {"server": str(B)})
        client.hear(api.MembershipEnded("doubted", problem, doubt=doubt))
        asked = client.screen.key_question
        assert asked is not None
        assert str(B) in asked.text
        client.screen.agree()
        assert client.network.joins[-1].others == (B,)
        assert client.model.preferences.now.rooms[0].addresses == (str(B),)
        assert client.network.joins[-1].trust == api.Trust(key=KEY)


class TestAnotherHost:
    def test_the_window_shows_the_host_that_it_is_connected_to(self, client: Client) -> None:
        client.connect(server=str(A))
        welcomed(client, A)
        client.events(said(1))
        client.hear(api.Disconnected(Problem("connection_lost"), 1, 0.0), api.Reconnecting(1))
        welcomed(client, B)
        assert client.screen.room == ("lobby", str(B))
        assert client.model.membership.address == B
        assert client.model.preferences.now.recent == ((str(A), "alice"),)

    def test_another_room_there_is_asked_about_by_its_address(self, client: Client) -> None:
        client.connect(server=f"{A},{B}")
        other = messages.RoomInfo(
            room="x", journal="j9", features=[], password=False, active=0, max_users=3
        )
        client.hear(
            api.RoomFound(other, False, ServerIdentity(B, KEY)),
            api.MembershipEnded("other_room", Problem("other_room", {"server": str(B)})),
        )
        assert client.screen.question is not None
        assert str(B) in client.screen.question.text


class TestNoMajority:
    TEXT = (
        "The room cannot take messages now: too few of its hosts reach each other. What you "
        "send is kept and sent again."
    )

    def test_a_line_says_it_once_and_goes_when_the_room_can(self, inside: Client) -> None:
        inside.intents.composer.send("hello")
        id = inside.network.sent[-1].id
        inside.hear(api.MessageDelayed(id, NO_MAJORITY))
        assert inside.screen.shown_banner == Banner("info", self.TEXT)
        inside.hear(api.MessageDelayed(id, NO_MAJORITY))
        assert inside.banner == self.TEXT
        assert [each.failed for each in inside.screen.pending] == [False]
        inside.hear(api.MessageConfirmed(id))
        assert inside.screen.shown_banner is None

    def test_it_is_said_though_nobody_sends(self, inside: Client) -> None:
        inside.hear(api.MajorityChanged(has=False))
        assert inside.screen.shown_banner == Banner("info", self.TEXT)
        inside.hear(api.MajorityChanged(has=True))
        assert inside.screen.shown_banner is None

    def test_it_is_said_after_a_replay(self, inside: Client) -> None:
        inside.hear(
            api.Disconnected(Problem("connection_lost"), 1, 0.0),
            api.Welcomed(welcome(journal="j1"), False),
            api.MajorityChanged(has=False),
            api.CaughtUp(),
        )
        inside.pass_time(60.0)
        assert inside.screen.shown_banner == Banner("info", self.TEXT)

    def test_another_host_has_no_line(self, inside: Client) -> None:
        inside.hear(
            api.MajorityChanged(has=False),
            api.Disconnected(Problem("host_cut_off"), 1, 0.0),
            api.Welcomed(welcome(journal="j1"), False),
            api.CaughtUp(),
        )
        inside.pass_time(60.0)
        assert inside.screen.shown_banner is None

    def test_acts_and_files_say_it_too(self, inside: Client) -> None:
        for event in (
            api.RequestDelayed("x", NO_MAJORITY),
            api_files.UploadRetrying("x", NO_MAJORITY),
        ):
            inside.hear(event)
            assert inside.banner == self.TEXT
            inside.events(said(inside.model.conversation.newest + 1))
            assert inside.screen.shown_banner is None

    def test_a_lost_connection_is_said_in_its_place(self, inside: Client) -> None:
        inside.hear(api.RequestDelayed("x", NO_MAJORITY))
        inside.hear(api.Disconnected(Problem("connection_lost"), 1, 5.0))
        assert inside.screen.shown_banner is not None
        assert inside.screen.shown_banner.kind == "warning"
        inside.events(said(1))
        assert "Reconnecting" in inside.banner
