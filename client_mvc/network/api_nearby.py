"""The part of `api` about rooms on this network."""

from dataclasses import dataclass

from shared.joinlink import Address


@dataclass(frozen=True, slots=True)
class NearbyRoom:
    """A room on this network. All of it is what somebody says: nothing is proven by it.

    `name` is safe to show, and may be empty. `key` is the SHA-256 of a TLS key, in hexadecimal;
    empty: without TLS. `active` of `places` are taken; 0 places: not known. `answered`: it
    answered `GET /room`, and showed `key`.
    """

    address: Address
    name: str = ""
    journal: str = ""
    key: str = ""
    active: int = 0
    places: int = 0
    answered: bool = False


@dataclass(frozen=True, slots=True)
class RoomsNearby:
    """All rooms on this network that are known now."""

    rooms: tuple[NearbyRoom, ...]


@dataclass(frozen=True, slots=True)
class LookedFurther:
    """`done` of `total` addresses were tried; the search ends when both are equal."""

    done: int
    total: int


type NearbyEvent = RoomsNearby | LookedFurther
