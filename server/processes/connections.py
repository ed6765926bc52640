"""The open connections by address: which address may open another, and which connection of
whom has to go for it.

Numbers and times come in, decisions go out: this module knows no socket and no clock.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple

from server.budgets.buckets import Buckets
from server.budgets.table import Budgets
from server.connections.kind import Kind

_LOOKED_AT = 64
"""Addresses that are looked at for a connection to push out: so many that it costs nothing."""


class Decision(NamedTuple):
    """What happens to a new connection.

    Attributes:
        refused: the allowance that is at its end (`server.budgets.refusals.KINDS`), or empty.
        pushed_out: the connections that must be closed for it.
        why: the allowance at whose end they are.
    """

    refused: str = ""
    pushed_out: Sequence[int] = ()
    why: str = ""


@dataclass(slots=True, eq=False)
class _Address:
    key: str
    limited: bool
    count: int = 0
    last_join: float = float("-inf")
    # By kind, the oldest first: when each connection became what it is.
    since: tuple[OrderedDict[int, float], OrderedDict[int, float]] = field(
        default_factory=lambda: (OrderedDict(), OrderedDict())
    )


@dataclass(slots=True)
class _Connection:
    address: _Address
    kind: Kind | None = Kind.UNJOINED
    """None from when it is told to close."""


class Connections:
    """All open connections.

    Args:
        budgets: the allowances of an address.
        most: the most connections of one address; 0 is no limit.
        group: returns the address under which an address is counted.
        exempt: whether the allowances of an address do not hold for it.
    """

    def __init__(
        self,
        budgets: Budgets,
        most: int,
        group: Callable[[str], str],
        exempt: Callable[[str], bool],
    ) -> None:
        self._settled = budgets.settled
        self._allowed = {Kind.UNJOINED: budgets.unjoined, Kind.PAGE: budgets.pages}
        self._most = most
        self._group = group
        self._exempt = exempt
        self._rates: Buckets[str] = Buckets(budgets.connects)
        self._addresses: dict[str, _Address] = {}
        self._open: dict[int, _Connection] = {}
        # By kind: the addresses that have so many connections of it.
        self._sizes: tuple[dict[int, dict[_Address, None]], ...] = ({}, {})

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, number: int, address: str, now: float, *, full: bool) -> Decision:
        """Decide about a new connection.

        Args:
            number: the number that it gets; never used before.
            address: where it comes from.
            now: the time, in seconds.
            full: whether the server has as many connections as it can have.
        """
        key = self._group(address)
        known = self._addresses.get(key) or _Address(key, not self._exempt(address))
        decision = self._of_address(known, now) if known.limited else Decision()
        if not decision.refused and full and not decision.pushed_out:
            pushed_out = self._of_greediest(now)
            decision = Decision("" if pushed_out else "descriptors", pushed_out, "descriptors")
        if not decision.refused:
            self._addresses[key] = known
            known.count += 1
            self._open[number] = _Connection(known)
            self._add(known, Kind.UNJOINED, number, now)
        return decision

    def changed(self, number: int, kind: Kind, now: float) -> Sequence[int]:
        """Note what a connection is used for now; return those that have to go for it."""
        connection = self._open.get(number)
        if connection is None or connection.kind is kind:
            return ()
        self._remove(connection, number)
        connection.kind = kind
        if kind is Kind.JOINED:
            connection.address.last_join = now
            return ()
        address = connection.address
        pushed_out = self._excess(address, kind, now) if address.limited else ()
        self._add(address, kind, number, now)
        return pushed_out

    def address(self, number: int) -> str:
        """Return the address under which an open connection is counted."""
        return self._open[number].address.key

    def ended(self, number: int) -> None:
        """Forget a connection that has ended."""
        connection = self._open.pop(number, None)
        if connection is None:
            return
        self._remove(connection, number)
        address = connection.address
        address.count -= 1
        if not address.count:
            del self._addresses[address.key]

    def _of_address(self, address: _Address, now: float) -> Decision:
        if not self._rates.of(address.key, now).take(now):
            return Decision("connects")
        if self._most and address.count >= self._most:
            # Browsers keep those for pages open, and get in anew without them.
            pushed_out = self._oldest(address, Kind.UNJOINED, now) or self._oldest(
                address, Kind.PAGE, now
            )
            return Decision("" if pushed_out else "connections", pushed_out, "connections")
        return Decision("", self._excess(address, Kind.UNJOINED, now), "unjoined")

    def _excess(self, address: _Address, kind: Kind, now: float) -> Sequence[int]:
        """Return the connections that have to go when an address gets one more of this kind.

        While clients at this address join, the others there are about to: a class that comes
        at once, on a slow computer.
        """
        if kind is Kind.UNJOINED and now - address.last_join < self._settled:
            return ()
        pushed_out: list[int] = []
        while len(address.since[kind]) >= self._allowed[kind]:
            oldest = self._oldest(address, kind, now)
            if not oldest:
                break
            pushed_out += oldest
        return pushed_out

    def _of_greediest(self, now: float) -> Sequence[int]:
        """Return a connection of the address that has most: one that has not joined, if any."""
        for kind in (Kind.UNJOINED, Kind.PAGE):
            sizes = self._sizes[kind]
            addresses = chain.from_iterable(sizes[size] for size in sorted(sizes, reverse=True))
            for address in islice(addresses, _LOOKED_AT):
                if oldest := self._oldest(address, kind, now):
                    return oldest
        return ()

    def _oldest(self, address: _Address, kind: Kind, now: float) -> Sequence[int]:
        """Return the oldest connection of a kind, which has to go; none if it is young."""
        if not address.since[kind]:
            return ()
        number, since = next(iter(address.since[kind].items()))
        if now - since < self._settled:
            return ()
        connection = self._open[number]
        self._remove(connection, number)
        connection.kind = None
        return (number,)

    def _add(self, address: _Address, kind: Kind, number: int, now: float) -> None:
        self._resize(address, kind, 1)
        address.since[kind][number] = now

    def _remove(self, connection: _Connection, number: int) -> None:
        kind = connection.kind
        if kind is Kind.UNJOINED or kind is Kind.PAGE:
            self._resize(connection.address, kind, -1)
            del connection.address.since[kind][number]

    def _resize(self, address: _Address, kind: Kind, by: int) -> None:
        sizes = self._sizes[kind]
        before = len(address.since[kind])
        if before:
            same = sizes[before]
            del same[address]
            if not same:
                del sizes[before]
        if before + by:
            sizes.setdefault(before + by, {})[address] = None
