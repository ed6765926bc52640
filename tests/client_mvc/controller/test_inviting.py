"""The ways into the room that the window offers, and what is copied."""

import pytest

from client_mvc.controller import inviting
from client_mvc.network import api
from client_mvc.view.contract.windows import Invite
from shared import joinlink, messages, moderation, short_code
from shared.identity import ServerIdentity, fingerprint
from shared.joinlink import Address, JoinLink
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, welcome

KEY = "0123456789abcdef" * 4
LAN = ServerIdentity(Address("192.168.1.20"), KEY)
HERE = ServerIdentity(Address("localhost"))
WAYS = api.WaysIn(LAN.address, True, JoinLink((LAN.address,), KEY))
NOTHING = (None, "")


def join(client: Client, server: ServerIdentity) -> None:
    client.connect(server=str(server.address))
    room = messages.RoomInfo(
        room="lobby", journal="j", features=[], password=False, active=0, max_users=3
    )
    client.hear(
        api.RoomFound(room, known=True, server=server),
        api.Welcomed(welcome(journal="j"), False),
    )


def opened(client: Client) -> Invite:
    client.intents.invite.open()
    return shown(client)


def shown(client: Client) -> Invite:
    assert client.screen.invite is not None
    return client.screen.invite


def answer(client: Client, ways: api.WaysIn | None, server: ServerIdentity = HERE) -> None:
    client.hear(api.InviteAnswered(server, ways))


def of(server: ServerIdentity, *, web_page: bool = True, locked: bool = False) -> Invite:
    return inviting.invite(server, "lobby", web_page=web_page, locked=locked)


def test_a_room_on_the_network(client: Client) -> None:
    join(client, LAN)
    invite = opened(client)
    page, link, code = invite.rows
    assert invite.title == "Invite others to #lobby"
    assert page.text == invite.qr == "https://192.168.1.20:18000/"
    assert joinlink.parse(link.text) == JoinLink((LAN.address,), KEY)
    assert short_code.decode(code.text) == LAN.address
    assert fingerprint(KEY) in code.hint
    assert invite.note == ""


def test_opening_copies_the_address_for_browsers(client: Client) -> None:
    join(client, LAN)
    assert opened(client).copied == 0
    assert client.screen.clipboard == "https://192.168.1.20:18000/"
    assert client.network.invites == [], "the server need not be asked"
    for place in (2, 1):
        client.intents.invite.copy(place)
        assert shown(client).copied == place
        assert client.screen.clipboard == shown(client).rows[place].text


def test_outside_a_room_there_is_nothing_to_copy(client: Client) -> None:
    client.intents.invite.open()
    assert client.screen.invite is None
    assert "not in a room" in client.banner
    join(client, LAN)
    client.hear(api.MembershipEnded("left", clean=True))
    client.intents.invite.open()
    assert client.screen.invite is None
    assert client.screen.clipboard == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_this_computer_only(client: Client, host: str) -> None:
    server = ServerIdentity(Address(host))
    join(client, server)
    client.intents.invite.open()
    answer(client, None, server)
    invite = shown(client)
    assert host in invite.note
    assert "--host 0.0.0.0" in invite.note
    assert (invite.qr, invite.copied, client.screen.clipboard) == ("", None, "")
    assert [joinlink.parse(row.text).address.host for row in invite.rows] == [host, host]


def test_at_this_computer_the_server_says_how_others_reach_it(client: Client) -> None:
    join(client, HERE)
    client.intents.invite.open()
    assert client.network.invites == [(HERE, "j")]
    assert (client.screen.invite, client.screen.clipboard) == NOTHING
    answer(client, WAYS)
    join(client, LAN)
    elsewhere = opened(client)
    assert shown(client) == elsewhere, "the same as for a member who came by this address"
    assert elsewhere.copied == 0
    assert client.screen.clipboard == elsewhere.qr == "https://192.168.1.20:18000/"


def test_the_address_of_a_site_is_that_of_its_page(client: Client) -> None:
    join(client, HERE)
    client.intents.invite.open()
    site = Address("chat.example.org", 443)
    answer(client, api.WaysIn(site, True, JoinLink((site,))))
    page, link = shown(client).rows
    assert (page.text, page.hint) == ("https://chat.example.org/", "")
    assert (link.text, link.hint) == ("chatroom://chat.example.org:443/", "")


def test_a_slow_server_keeps_nobody_from_the_window(client: Client) -> None:
    join(client, HERE)
    client.intents.invite.open()
    client.pass_time(inviting.WAIT / 2)
    assert client.screen.invite is None
    client.pass_time(inviting.WAIT)
    waiting = shown(client)
    assert (waiting.title, waiting.rows, waiting.qr) == ("Invite others to #lobby", (), "")
    assert "Asking the server" in waiting.note
    answer(client, WAYS)
    assert len(shown(client).rows) == 3
    assert client.screen.clipboard == "https://192.168.1.20:18000/"
    assert client.screen.invites_lifted == 1, "the person may be typing by now"


def test_a_window_that_is_open_keeps_its_rows_while_the_server_is_asked(
    client: Client,
) -> None:
    join(client, HERE)
    client.intents.invite.open()
    answer(client, WAYS)
    client.intents.invite.open()
    client.pass_time(1)
    assert len(shown(client).rows) == 3
    answer(client, None)
    assert "this computer only" in shown(client).note


def test_after_the_window_was_closed_nothing_is_copied(client: Client) -> None:
    join(client, HERE)
    client.intents.invite.open()
    client.pass_time(1)
    client.screen.invite = None
    client.intents.invite.closed()
    answer(client, WAYS)
    client.pass_time(1)
    assert (client.screen.invite, client.screen.clipboard) == NOTHING


def test_the_answer_of_another_server_is_not_shown(client: Client) -> None:
    join(client, HERE)
    client.intents.invite.open()
    join(client, ServerIdentity(Address("127.0.0.1", 9000)))
    client.intents.invite.open()
    answer(client, WAYS)
    assert (client.screen.invite, client.screen.clipboard) == NOTHING


def test_a_server_of_version_0_1_on_this_computer_is_not_asked(client: Client) -> None:
    client.join()
    assert "this computer only" in opened(client).note
    assert client.network.invites == []
    assert client.screen.clipboard == ""


def test_a_site_with_a_certificate_has_no_key_of_its_own() -> None:
    page, link = of(ServerIdentity(Address("chat.example.org", 443), KEY, system=True)).rows
    assert (page.text, page.hint) == ("https://chat.example.org/", "")
    assert link.text == "chatroom://chat.example.org:443/"


def test_a_room_without_encryption_says_so() -> None:
    page, link, code = of(ServerIdentity(Address("10.0.0.7", 8080))).rows
    assert page.text == "http://10.0.0.7:8080/"
    assert "Not encrypted" in page.hint
    assert link.text == "chatroom://10.0.0.7:8080/"
    assert code.text == "0A00-00E7-WG3"
    assert "compare" not in link.hint + code.hint


@pytest.mark.parametrize("address", [Address("tower"), Address("2001:db8::1")])
def test_names_and_ipv6_have_no_code(address: Address) -> None:
    invite = of(ServerIdentity(address, KEY))
    assert [joinlink.parse(row.text).address for row in invite.rows] == [address, address]
    assert invite.qr == f"https://{address}/"


def test_the_zone_of_an_address_means_nothing_to_a_browser() -> None:
    invite = of(ServerIdentity(Address("fe80::1%eth0"), KEY))
    assert (len(invite.rows), invite.qr) == (1, "")


def test_a_server_of_version_0_1_has_no_web_page() -> None:
    invite = of(LAN, web_page=False)
    assert invite.qr == ""
    assert [row.text.partition(":")[0] for row in invite.rows] == ["chatroom", "R2M0-2508"]


def test_a_locked_room(client: Client) -> None:
    join(client, LAN)
    client.events(moderation.Locked(seq=1, at=AT, name="bob", on=True))
    assert "nobody new can join" in opened(client).note
