"""The rooms that the person trusted once, by the keys of their servers. Pure.

A room is its key, wherever it is: with DHCP another room comes to its address, and it to
another one. So an address belongs to at most one room, the last one joined there. A room
without TLS has no key; it is known by its address and journal.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, structs

MOST = 200
"""The rooms that are kept; those not used for longest go first."""
_MOST_PLACES = 16
"""The addresses and journals that are kept of each."""


class KnownRoom(Struct, frozen=True, kw_only=True):
    """A room; its `addresses` ("host:port") and `journals` are newest first.

    `used` is the day of the last join (YYYY-MM-DD).
    `hosts` are the addresses of all its hosts, as it named them last; None: not said.
    `system`: it was trusted because the system trusts its certificate, so its key may change.
    `remembered`: its password is in the system's keyring, under its key.
    """

    key: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")] = ""
    addresses: tuple[str, ...] = ()
    journals: tuple[str, ...] = ()
    name: str = ""
    used: str = ""
    system: bool = False
    hosts: tuple[str, ...] | None = None
    remembered: bool = False

    def is_same(self, other: "KnownRoom") -> bool:
        """Return whether both are the same room."""
        if self.key or other.key:
            return self.key == other.key
        return bool({*self.addresses} & {*other.addresses})


type KnownRooms = tuple[KnownRoom, ...]
"""Newest first."""


def at(rooms: KnownRooms, address: str) -> KnownRoom | None:
    """Return the room that was last joined at this address."""
    return next((room for room in rooms if address in room.addresses), None)


def with_key(rooms: KnownRooms, key: str) -> KnownRoom | None:
    """Return the room that has this key."""
    return next((room for room in rooms if room.key == key), None)


def key_of_journal(rooms: KnownRooms, journal: str, first: str = "") -> str:
    """Return the key of the room that had this journal; empty if there is none.

    Args:
        rooms: the known rooms.
        journal: the journal, not empty.
        first: the key of the room to look at first.
    """
    in_order = sorted(rooms, key=lambda room: room.key != first)
    return next((room.key for room in in_order if journal in room.journals), "")


def add(rooms: KnownRooms, new: KnownRoom) -> KnownRooms:
    """Return `rooms` with `new` as the newest; its addresses belong to no other room then."""
    old = next((room for room in rooms if room.is_same(new)), KnownRoom())
    merged = structs.replace(
        new,
        addresses=_merged(new.addresses, old.addresses if new.key else ()),
        journals=_merged(new.journals, old.journals if new.key else ()),
        name=new.name or old.name,
        used=new.used or old.used,
        hosts=old.hosts if new.hosts is None else new.hosts,
        remembered=old.remembered,
    )
    others = [_without(room, new.addresses) for room in rooms if not room.is_same(new)]
    # One that the system trusts has another key now: nobody was asked about the one before.
    kept = (room for room in others if room.addresses or (room.key and not room.system))
    return (merged, *kept)[:MOST]


def remove(rooms: KnownRooms, gone: KnownRoom) -> KnownRooms:
    """Return `rooms` without this one."""
    return tuple(room for room in rooms if not room.is_same(gone))


def with_password(rooms: KnownRooms, key: str, *, remembered: bool) -> KnownRooms:
    """Return `rooms` with whether the password of the room with this key is in the keyring."""
    return tuple(
        structs.replace(room, remembered=remembered) if room.key == key else room
        for room in rooms
    )


def remembered(rooms: KnownRooms) -> frozenset[str]:
    """Return the keys of the rooms whose passwords are in the keyring."""
    return frozenset(room.key for room in rooms if room.remembered and room.key)


def _merged(new: Iterable[str], old: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*new, *old)))[:_MOST_PLACES]


def _without(room: KnownRoom, addresses: tuple[str, ...]) -> KnownRoom:
    left = tuple(each for each in room.addresses if each not in addresses)
    return room if left == room.addresses else structs.replace(room, addresses=left)
