"""The ways into the room that the window offers, and what is copied."""

import pytest

from client_mvc.controller import inviting
from client_mvc.network import api
from client_mvc.view.contract.values import Invite
from shared import joinlink, messages, moderation, short_code
from shared.identity import ServerIdentity, fingerprint
from shared.joinlink import Address, JoinLink
from tests.client_mvc.client import Client
from tests.client_mvc.fakes import AT, welcome

KEY = "0123456789abcdef" * 4
LAN = ServerIdentity(Address("192.168.1.20"), KEY)


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
    assert client.screen.invite is not None
    return client.screen.invite


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
    for place in (2, 1):
        client.intents.invite.copy(place)
        assert client.screen.invite is not None
        assert client.screen.invite.copied == place
        assert client.screen.clipboard == client.screen.invite.rows[place].text


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
    join(client, ServerIdentity(Address(host)))
    invite = opened(client)
    assert host in invite.note
    assert "--host 0.0.0.0" in invite.note
    assert (invite.qr, invite.copied, client.screen.clipboard) == ("", None, "")
    assert [joinlink.parse(row.text).address.host for row in invite.rows] == [host, host]


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
