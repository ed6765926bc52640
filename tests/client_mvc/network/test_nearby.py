"""Announcements of rooms: nothing that anybody sends disturbs the list."""

import base64
from ipaddress import ip_interface
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_mvc.network import nearby
from client_mvc.network.api_nearby import NearbyRoom
from client_mvc.network.nearby import Heard, merged, of_answer, of_service
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.messages import RoomInfo

OWN = (ip_interface("192.168.1.20/24"), ip_interface("2001:db8::20/64"))
HASH = bytes(range(32))
KEY = base64.urlsafe_b64encode(HASH).rstrip(b"=")
TEXT: dict[bytes, bytes | None] = {
    b"room": b"LAN party",
    b"journal": b"j1",
    b"key": KEY,
    b"version": b"1",
    b"places": b"4/12",
}


def heard(*addresses: str, port: int = 18000, **changes: bytes | None) -> Heard | None:
    text = TEXT | {name.encode(): value for name, value in changes.items()}
    return of_service(text, addresses or ("192.168.1.5",), port, OWN)


def room_of(*addresses: str, **changes: Any) -> NearbyRoom:
    found = heard(*addresses, **changes)
    assert found is not None
    return found.room


def test_a_room() -> None:
    assert heard() == Heard(
        NearbyRoom(Address("192.168.1.5"), "LAN party", "j1", HASH.hex(), 4, 12),
        frozenset({Address("192.168.1.5")}),
    )


@pytest.mark.parametrize(
    ("addresses", "first"),
    [
        (["10.9.9.9", "192.168.1.5"], "192.168.1.5"),
        (["2001:db8::5", "192.168.1.5"], "192.168.1.5"),
        (["fd00::1", "2001:db8::5"], "2001:db8::5"),
        (["fe80::1", "10.9.9.9"], "10.9.9.9"),
        (["8.8.8.8", "127.0.0.1", "10.9.9.9"], "10.9.9.9"),
    ],
)
def test_the_nearest_address_is_taken(addresses: list[str], first: str) -> None:
    assert room_of(*addresses).address == Address(first)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "8.8.8.8", "224.0.0.251", "0.0.0.0", "fe80::1", "", "x.example"],
)
def test_an_address_that_is_none_of_this_network(address: str) -> None:
    assert heard(address) is None


@pytest.mark.parametrize("port", [0, 65536])
def test_a_port_that_is_none(port: int) -> None:
    assert heard(port=port) is None


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"two\nlines\x00\x1b[2J", "two lines [2J"),
        ("\u202egnp.exe\u2069 \u200b".encode(), "gnp.exe"),
        ("\u2028\ufeff".encode(), ""),
        (b"\xff\xfeok", "ok"),
        (b"W" * 250, "W" * 64),
        (b"  a   b  ", "a b"),
        (None, ""),
    ],
)
def test_a_name_is_safe_to_show(sent: bytes | None, shown: str) -> None:
    assert room_of(room=sent).name == shown


@pytest.mark.parametrize("key", [b"", b"x", KEY + b"=", KEY[:-1] + b"\n", b"\xff" * 43, None])
def test_a_key_that_is_none(key: bytes | None) -> None:
    assert room_of(key=key).key == ""


@pytest.mark.parametrize(
    "places", [b"", b"4", b"-1/12", b"4/99999", b"4/9999", b"4 / 12", b"\xd9\xa4/12", None]
)
def test_places_that_are_none(places: bytes | None) -> None:
    assert room_of(places=places).places == 0


def test_a_journal_that_is_none() -> None:
    for journal in (b"a b", "ü".encode(), b"x" * 201, None):
        assert room_of(journal=journal).journal == ""


@given(
    st.dictionaries(st.sampled_from(sorted(TEXT)), st.none() | st.binary(max_size=255)),
    st.lists(st.ip_addresses().map(str) | st.text(max_size=9), max_size=20),
    st.integers(0, 65535),
)
def test_whatever_is_announced(
    text: dict[bytes, bytes | None], addresses: list[str], port: int
) -> None:
    if (found := of_service(text, addresses, port, OWN)) is not None:
        room = found.room
        assert len(room.name) <= 64
        assert room.name.isprintable()
        assert room.journal.isprintable()
        assert room.address in found.addresses


# --- rooms that are known in several ways ------------------------------------------------


def answer(host: str, key: str = HASH.hex(), name: str = "LAN party") -> NearbyRoom:
    info = RoomInfo(
        room=name, journal="j1", features=[], password=False, active=4, max_users=12
    )
    return of_answer(ServerIdentity(Address(host), key), info)


def services(*found: Heard | None) -> list[Heard]:
    return [one for one in found if one is not None]


def test_a_room_that_answered_counts_more_than_its_announcement() -> None:
    answered = answer("192.168.1.5", name="Its name")
    assert answered.answered
    assert merged([answered], services(heard("10.0.0.1", "192.168.1.5"))) == (answered,)
    assert merged([answered], services(heard("192.168.1.6"))) == (answered,), "the same key"


def test_a_room_that_answers_at_two_addresses_is_one() -> None:
    first, second = answer("192.168.1.5"), answer("10.0.0.5")
    assert merged([first, second], []) == (first,)


def test_rooms_without_a_key_are_not_taken_for_one() -> None:
    first, second = answer("192.168.1.5", ""), answer("10.0.0.5", "")
    assert merged([first, second], []) == (first, second)


def test_an_announcement_hides_no_other() -> None:
    true, false = heard("192.168.1.5"), heard("192.168.1.66")
    assert len(merged([], services(false, true))) == 2


def test_who_is_announced_first_at_an_address_stays() -> None:
    first, second = heard(room=b"first"), heard(room=b"second")
    assert [room.name for room in merged([], services(first, second))] == ["first"]


def test_thousands_of_services() -> None:
    many = services(*(heard(f"192.168.1.{n % 250}", port=1 + n) for n in range(3000)))
    answered = answer("10.0.0.1", "ab" * 32)
    rooms = merged([answered], many)
    assert len(rooms) == nearby.MOST
    assert rooms[0] == answered
