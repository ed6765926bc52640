"""Which hosts live, by the heartbeats that one hears. No clock: each call says what time it is.

Each host tells all others, and itself, each second that it lives (`Heartbeat`). A host that is
not heard for `LOST_AFTER` is lost. Before a host declares another one lost, it must be sure
that it is not deaf itself. So silence counts only from the moment since which

- its own ticks have come in time (it did not stand still),
- it has heard its own heartbeats (what it hears is not cut off),
- its connection was not lost.

An *epoch* is one run of a host, by a random number. A host that starts again has another one,
and the former is heard no more. Two epochs at the same time are two hosts with one name.
"""

from msgspec import Struct

LOST_AFTER = 5.0
"""Seconds without a heartbeat, after which a host is lost."""

TICK_LATE = 2.0
"""Seconds between two ticks, which should be one, from which on this host stood still."""

OWN_SILENT = 2.5
"""Seconds without a heartbeat of its own, after which a host no longer trusts its ears."""

OVERLAP = 2.0
"""Seconds for which two epochs must be heard side by side to be two hosts. A node that stood
still sends the last heartbeats of a former epoch late, but all at once."""

PAUSE = 3.0
"""Seconds of silence that end such a time side by side."""

MOST_EPOCHS = 8
"""How many epochs are remembered of one host."""


class Heartbeat[Facts](Struct, frozen=True):
    """The message of a host, each second, that it is there.

    Attributes:
        host: its name.
        epoch: the number of this run of it.
        position: up to where it has applied the stream.
        facts: what else its users want to know of each other.
    """

    host: str
    epoch: int
    position: int
    facts: Facts


class _Epoch:
    """One run of a host: when it was heard last, and since when beside a newer one."""

    def __init__(self) -> None:
        self.heard: float | None = None
        self.beside: float | None = None


class _Host[Facts]:
    """All that is known of the hosts with one name."""

    def __init__(self, now: float) -> None:
        self.heard = now
        self.epochs: dict[int, _Epoch] = {}
        self.newest: int | None = None
        self.heartbeat: Heartbeat[Facts] | None = None
        self.doubled: float | None = None

    def know(self, epoch: int) -> _Epoch:
        found = self.epochs.get(epoch)
        if found is None:
            if len(self.epochs) >= MOST_EPOCHS:
                oldest = next(known for known in self.epochs if known != self.newest)
                del self.epochs[oldest]
            found = self.epochs[epoch] = _Epoch()
        return found

    def hear(self, heartbeat: Heartbeat[Facts], now: float) -> bool:
        before = self.heartbeat if now - self.heard <= LOST_AFTER else None
        self.heard = now
        this = self.know(heartbeat.epoch)
        if this.heard is None or self.newest is None:  # the first time: a host has started
            self.newest = heartbeat.epoch
        elif heartbeat.epoch != self.newest:
            if this.beside is None or now - this.heard > PAUSE:
                this.beside = now
            newer = self.epochs[self.newest].heard or 0.0
            if now - this.beside >= OVERLAP and newer > this.beside:
                self.doubled = now
        if heartbeat.epoch == self.newest:
            self.heartbeat = heartbeat
        this.heard = now
        known = self.heartbeat
        return known is not None and (
            before is None or (known.epoch, known.facts) != (before.epoch, before.facts)
        )


class Hosts[Facts]:
    """The hosts of a room, as one of them hears them.

    All times are seconds of one monotonic clock.

    Args:
        own: the name of the host that this is.
        epoch: the number of its run.
        now: the time.
    """

    def __init__(self, own: str, epoch: int, now: float) -> None:
        self._own = own
        self._epoch = epoch
        self._hosts: dict[str, _Host[Facts]] = {}
        self._ticked = now
        self._own_heard: float | None = None
        self._listening_since = now

    def tick(self, now: float) -> None:
        """Say that this host runs: once a second, whatever else happens."""
        self._notice(now)
        self._ticked = now

    def contact_lost(self, now: float) -> None:
        """Say that the connection to the others was lost: their silence says nothing."""
        self._listening_since = now

    def expect(self, host: str, epoch: int, now: float) -> None:
        """Say that there should be such a host: it is lost if it is not heard from now on."""
        self._host(host, now).know(epoch)

    def forget(self, host: str, epoch: int) -> None:
        """Say that it is settled that this run of a host has ended."""
        known = self._hosts.get(host)
        if known is not None:
            known.epochs.pop(epoch, None)
            if known.newest == epoch:
                known.newest = known.heartbeat = None
            if not known.epochs:
                del self._hosts[host]

    def heard(self, heartbeat: Heartbeat[Facts], now: float) -> bool:
        """Take a heartbeat, of this host too.

        Returns:
            Whether it is news: another host has started, came back or has other facts.
        """
        if (heartbeat.host, heartbeat.epoch) == (self._own, self._epoch):
            self._notice(now)  # how long it was silent before
            self._own_heard = now
        news = self._host(heartbeat.host, now).hear(heartbeat, now)
        return news and heartbeat.host != self._own

    def lost(self, now: float) -> list[tuple[str, int]]:
        """Return the hosts that are lost, with each epoch that is not settled (`forget`).

        There are none as long as this host may have missed their heartbeats.
        """
        self._notice(now)
        return [
            (name, epoch)
            for name, host in self._hosts.items()
            if name != self._own and now - max(host.heard, self._listening_since) > LOST_AFTER
            for epoch in host.epochs
        ]

    def alive(self, now: float) -> list[Heartbeat[Facts]]:
        """Return the last heartbeat of each host that was heard lately, by name."""
        return [
            host.heartbeat
            for _, host in sorted(self._hosts.items())
            if host.heartbeat is not None and now - host.heard <= LOST_AFTER
        ]

    def duplicate(self, now: float) -> list[str]:
        """Return the names that two hosts have at the same time."""
        return [
            name
            for name, host in sorted(self._hosts.items())
            if host.doubled is not None and now - host.doubled <= LOST_AFTER
        ]

    def _host(self, name: str, now: float) -> _Host[Facts]:
        if name not in self._hosts:
            self._hosts[name] = _Host(now)
        return self._hosts[name]

    def _notice(self, now: float) -> None:
        """Notice whether this host stood still, or does not hear itself."""
        deaf = self._own_heard is None or now - self._own_heard > OWN_SILENT
        if deaf or now - self._ticked > TICK_LATE:
            self._listening_since = now
