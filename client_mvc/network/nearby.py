"""Rooms on this network, as others announce them, held to limits and put together. Pure.

Anybody on the network can announce anything: nothing here is believed, it is only shown. Who
answers at an address is decided when the person joins (`reaching`).
"""

import re
import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_address
from typing import NamedTuple

from client_mvc.network import checks
from client_mvc.network.api_nearby import NearbyRoom
from shared import limits
from shared.identity import ServerIdentity
from shared.joinlink import Address
from shared.messages import RoomInfo

MOST = 50
"""Rooms in the list."""
_ADDRESSES = 16
"""The most addresses that are looked at of one service."""
_KEY = re.compile(rb"[A-Za-z0-9_-]{43}")
_PLACES = re.compile(rb"([0-9]{1,4})/([0-9]{1,4})")
_JOURNAL = re.compile(r"[!-~]*")

type Networks = Sequence[IPv4Interface | IPv6Interface]


class Heard(NamedTuple):
    """A service that was announced: its room, and all addresses that it may have."""

    room: NearbyRoom
    addresses: frozenset[Address]


def of_service(
    text: Mapping[bytes, bytes | None], addresses: Iterable[str], port: int, own: Networks
) -> Heard | None:
    """Return the room of a service; None if it can be none.

    Args:
        text: its TXT record.
        addresses: those of its host.
        port: its port.
        own: the addresses of this computer, with their networks.
    """
    usable = [one for one in list(addresses)[:_ADDRESSES] if _distance(one, own) is not None]
    if not usable or not 1 <= port <= 65535:
        return None
    usable.sort(key=lambda one: _distance(one, own) or 0)
    places = _PLACES.fullmatch(text.get(b"places") or b"")
    active, most = (int(places[1]), int(places[2])) if places else (0, 0)
    key = text.get(b"key") or b""
    room = NearbyRoom(
        Address(usable[0], port),
        name(_decoded(text, b"room")),
        journal=_journal(_decoded(text, b"journal")),
        key=urlsafe_b64decode(key + b"=").hex() if _KEY.fullmatch(key) else "",
        active=active,
        places=most if most <= limits.MAX_USERS else 0,
    )
    return Heard(room, frozenset(Address(one, port) for one in usable))


def of_answer(server: ServerIdentity, info: RoomInfo) -> NearbyRoom:
    """Return the room that answered `GET /room`; the key of `server` was shown."""
    return NearbyRoom(
        server.address,
        name(info.room),
        journal=_journal(info.journal),
        key=server.key,
        active=max(0, info.active),
        places=info.max_users if 0 < info.max_users <= limits.MAX_USERS else 0,
        answered=True,
    )


def merged(answered: Iterable[NearbyRoom], heard: Iterable[Heard]) -> tuple[NearbyRoom, ...]:
    """Return each room once; those that answered come first.

    Args:
        answered: the rooms that answered `GET /room`.
        heard: the services that are announced.
    """
    shown: list[NearbyRoom] = []
    keys: set[str] = set()
    for room in answered:
        if room.key not in keys:
            shown.append(room)
            keys.update({room.key} - {""})
    at = {room.address for room in shown}
    for room, addresses in heard:
        # Only whoever has a key can have shown it: this room is in the list.
        if at.isdisjoint(addresses) and room.key not in keys:
            shown.append(room)
            at.add(room.address)
    return tuple(shown[:MOST])


def name(text: str) -> str:
    """Return the name of a room without what would disturb a list: control and format
    characters, line breaks, excess length.
    """
    text = text[: 4 * checks.WORD_CHARACTERS]
    kept = "".join(" " if unicodedata.category(c) in _NOT_SHOWN else c for c in text)
    return " ".join(kept.split())[: checks.WORD_CHARACTERS]


_NOT_SHOWN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def _decoded(text: Mapping[bytes, bytes | None], field: bytes) -> str:
    return (text.get(field) or b"").decode("utf-8", "ignore")


def _journal(text: str) -> str:
    fits = len(text) <= checks.JOURNAL_CHARACTERS
    return text if fits and _JOURNAL.fullmatch(text) else ""


def _distance(text: str, own: Networks) -> int | None:
    """Return how far away an address is: 0 in a network of this computer, 1 in another private
    one. None for all that are none of this network, or not usable without more.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if (
        address.is_loopback
        or address.is_multicast
        or address.is_unspecified
        or (address.version == 6 and address.is_link_local)  # it needs the interface, too
    ):
        return None
    if any(address in one.network for one in own):
        return 2 * (address.version == 6)
    return (1 + 2 * (address.version == 6)) if address.is_private else None
