"""Rooms on this network in the connect dialog: what is asked for, and what is shown."""

from client_mvc.model.known_rooms import KnownRoom
from client_mvc.network import api, api_nearby
from client_mvc.view.contract.windows import NearbyRow
from shared.joinlink import Address
from tests.client_mvc.client import Client

KEY, OTHER = "ab" * 32, "cd" * 32
PARTY = api_nearby.NearbyRoom(Address("192.168.1.5"), "LAN party", "j1", KEY, 4, 12)
PLAIN = api_nearby.NearbyRoom(Address("192.168.1.7"), "Lab 7", "j2")


def know(client: Client, key: str, address: str, *journals: str) -> None:
    client.model.preferences.know(
        KnownRoom(key=key, addresses=(address,), journals=journals, name="LAN party")
    )


def states(client: Client) -> list[str]:
    return [row.state for row in client.screen.nearby.rows]


def test_rooms_are_found_only_while_the_dialog_is_open(client: Client) -> None:
    assert client.network.discovers is None
    client.intents.nearby.opened()
    assert client.network.discovers == []
    client.intents.nearby.closed()
    assert client.network.discovers is None
    client.hear(api_nearby.RoomsNearby((PARTY,)))
    assert client.screen.nearby.rows == ()


def test_addresses_known_from_before_are_asked_each_once(client: Client) -> None:
    client.model.preferences.add_recent("localhost:18000", "alice")
    client.model.preferences.add_recent("10.0.0.5:18000", "alice")
    client.model.preferences.add_recent("10.0.0.5:18000", "bob")
    client.model.preferences.add_recent("no address at all", "bob")
    know(client, KEY, "10.0.0.5:18000")
    know(client, OTHER, "[2001:db8::1]:18000")
    client.intents.nearby.opened()
    assert client.network.discovers == [Address("10.0.0.5"), Address("2001:db8::1")]


def test_what_is_shown_of_a_room(client: Client) -> None:
    client.intents.nearby.opened()
    client.hear(api_nearby.RoomsNearby((PARTY, PLAIN)))
    assert client.screen.nearby.rows == (
        NearbyRow("192.168.1.5:18000", "LAN party", "4 of 12 here · encrypted"),
        NearbyRow("192.168.1.7:18000", "Lab 7", "not encrypted"),
    )
    client.hear(api_nearby.RoomsNearby((PLAIN,)))
    assert [row.name for row in client.screen.nearby.rows] == ["Lab 7"]


def test_rooms_of_one_name_are_told_apart(client: Client) -> None:
    twin = api_nearby.NearbyRoom(Address("192.168.1.9"), "LAN party", "j3", OTHER)
    nameless = api_nearby.NearbyRoom(Address("192.168.1.10", 80))
    client.intents.nearby.opened()
    client.hear(api_nearby.RoomsNearby((PARTY, twin, nameless)))
    assert [row.name for row in client.screen.nearby.rows] == [
        "LAN party (192.168.1.5)",
        "LAN party (192.168.1.9)",
        "192.168.1.10:80",
    ]


def test_another_key_than_the_known_one_is_said(client: Client) -> None:
    know(client, KEY, "192.168.1.5:18000", "j1")
    client.intents.nearby.opened()
    client.hear(api_nearby.RoomsNearby((PARTY,)))
    assert states(client) == ["4 of 12 here · encrypted"]
    for address, journal in (("192.168.1.5", "j9"), ("192.168.1.77", "j1")):
        for key in (OTHER, ""):
            room = api_nearby.NearbyRoom(Address(address), "LAN party", journal, key, 4, 12)
            client.hear(api_nearby.RoomsNearby((room,)))
            assert states(client) == ["not the key that you know"], (address, key)


def test_an_announced_key_is_not_believed(client: Client) -> None:
    know(client, KEY, "192.168.1.5:18000", "j1")
    client.intents.nearby.opened()
    client.hear(
        api_nearby.RoomsNearby(
            (api_nearby.NearbyRoom(Address("192.168.1.5"), "x", "j1", OTHER),)
        )
    )
    (row,) = client.screen.nearby.rows
    client.connect(server=row.server)
    assert client.network.joins[-1].trust == api.Trust(key=KEY)
    # Where no room is known, the fingerprint is compared as always.
    client.hear(
        api_nearby.RoomsNearby(
            (api_nearby.NearbyRoom(Address("192.168.1.6"), "x", "j", OTHER),)
        )
    )
    (row,) = client.screen.nearby.rows
    client.connect(server=row.server)
    assert client.network.joins[-1].trust == api.Trust(known=frozenset({KEY}))


def test_after_a_while_without_rooms_it_says_so(client: Client) -> None:
    client.intents.nearby.opened()
    assert client.screen.nearby.status == "Looking for rooms on this network…"
    client.now += 2.0
    client.hear()
    assert client.screen.nearby.status == "Looking for rooms on this network…"
    client.now += 1.5
    client.hear()
    assert client.screen.nearby.status == "No room is announced on this network."
    client.hear(api_nearby.RoomsNearby((PARTY,)))
    assert client.screen.nearby.status == ""


def test_look_further_has_progress_and_an_end(client: Client) -> None:
    client.intents.nearby.opened()
    assert client.network.asked == []
    client.intents.nearby.look_further()
    client.intents.nearby.look_further()
    assert client.network.asked == ["look_further"]
    client.hear(api_nearby.LookedFurther(127, 254))
    assert client.screen.nearby.progress == 0.5
    assert client.screen.nearby.status == "Looking further: 127 of 254 addresses"
    client.hear(api_nearby.LookedFurther(254, 254))
    assert client.screen.nearby.progress is None
    assert client.screen.nearby.status == "254 addresses were tried: no room."
    client.hear(api_nearby.RoomsNearby((PARTY,)))
    assert client.screen.nearby.status == "254 addresses were tried."


def test_where_there_is_no_address_to_try(client: Client) -> None:
    client.intents.nearby.opened()
    client.intents.nearby.look_further()
    client.hear(api_nearby.LookedFurther(0, 0))
    assert client.screen.nearby.progress is None


def test_look_further_can_be_stopped(client: Client) -> None:
    client.intents.nearby.opened()
    client.intents.nearby.look_further()
    client.hear(api_nearby.LookedFurther(10, 254))
    client.intents.nearby.stop()
    assert client.network.asked == ["look_further", "stop_looking"]
    assert client.screen.nearby.progress is None
    client.hear(api_nearby.LookedFurther(11, 254))
    assert client.screen.nearby.progress is None, "it comes late"


def test_it_begins_anew_when_the_dialog_opens_again(client: Client) -> None:
    client.intents.nearby.opened()
    client.hear(api_nearby.RoomsNearby((PARTY,)))
    client.intents.nearby.look_further()
    client.intents.nearby.closed()
    client.intents.nearby.opened()
    assert client.screen.nearby.rows == ()
    assert client.screen.nearby.progress is None
    assert client.screen.nearby.status == "Looking for rooms on this network…"
