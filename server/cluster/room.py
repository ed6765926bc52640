"""The part of a room process that only a room on several hosts has.

It follows the log, tells the other hosts each second that this one is there (at once when it
hears of another), passes on what is in no log (who is typing, figures, wrong passwords), and
proposes what only all can decide: that a host is lost, that it is back, that old events go.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import msgspec
from msgspec import Struct

from server.cluster import agreed, store
from server.cluster.api import StreamApi
from server.cluster.between import Between
from server.cluster.connection import subject_token
from server.cluster.entering import Entering
from server.cluster.hosts import Heartbeat, Hosts
from server.cluster.log import HostPlace, JetStreamLog
from server.cluster.majority import Majority, keep_asking
from server.cluster.pulse import Pulse
from server.cluster.retrying import retried
from server.cluster.shared_files import SharedFiles
from server.cluster.stream import Stream
from server.cluster.upkeep import Upkeep
from server.processes import run_directory
from server.room.core import RoomCore
from server.room.interface import ConnectionUsage
from server.room.ipc import RoomHosts, SomebodyTypes
from server.room.log import Applies
from server.room.operations import Forget, HostBack, HostLost
from server.room.room_side.admission import Admission
from server.room.room_side.owner import OwnersKey
from server.room.room_side.several_hosts import RoomParts
from server.room.storage.journal import Journal
from server.settings import Settings
from shared import joinlink

log = logging.getLogger(__name__)

BEAT_EVERY = 1.0
USAGE_WITHIN = 1.0
NAMESAKE_WITHIN = 1.0
"""Seconds for the answer of a host that has the same name; if there is none, nobody waits."""
CATCH_UP_EVERY = 0.05
LOOK_EVERY = 0.1
"""Seconds between two looks whether people can reach this host."""
CHANGE_WITHIN = 4.0
FORGET_AT_LEAST = 256
"""So many events go together, so that few entries are about that."""


class Facts(Struct, frozen=True):
    """The part of a heartbeat for other hosts and clients: the URL where people reach the host.

    `pages` are the origins of its page: people may have opened it by a name, too.
    """

    url: str
    pages: tuple[str, ...] = ()


class WrongPassword(Struct, frozen=True, array_like=True):
    """Somebody at a host tried a wrong password from this address."""

    host: str
    address: str


_beats: msgspec.msgpack.Decoder[Heartbeat[Facts]] = msgspec.msgpack.Decoder(Heartbeat[Facts])
_wrong: msgspec.msgpack.Decoder[WrongPassword] = msgspec.msgpack.Decoder(WrongPassword)
_typing: msgspec.msgpack.Decoder[SomebodyTypes] = msgspec.msgpack.Decoder(SomebodyTypes)
_usage: msgspec.msgpack.Decoder[list[ConnectionUsage]] = msgspec.msgpack.Decoder(
    list[ConnectionUsage]
)


class DuplicateHostError(Exception):
    """Another host has the name of this one, and is the one that the room takes for it."""


class Cluster:
    """This host among the others. `settings` are those of this server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._name = settings.host_name
        self._epoch = secrets.randbits(63)
        self._name_kind = f"name.{subject_token(self._name)}"
        self._connection = store.connection(settings)
        self._stream = Stream(self._connection)
        self._between = Between(self._connection)
        self._upkeep = Upkeep(settings)
        self._hosts: Hosts[Facts] = Hosts(self._name, self._epoch, monotonic())
        self._pulse = Pulse(BEAT_EVERY)
        self._majority = Majority(monotonic())
        self._known: tuple[Facts, ...] = ()
        self._entering = Entering(
            settings, self._connection, self._stream, self._upkeep, self._epoch,
            namesake=self._namesake,
        )  # fmt: skip
        self._log: JetStreamLog | None = None

    @property
    def files(self) -> SharedFiles:
        """The shared files of all hosts."""
        return self._upkeep.files

    async def prepare(self) -> None:
        """Bring the journal to where the log can go on, before it is opened.

        Raises:
            CannotEnterError: this host cannot take part.
        """
        await self._entering.prepare()

    async def enter(self, journal: Journal) -> None:
        """Agree with the other hosts, once the journal is open. Raises `DisagreementError`."""
        self._founded = await self._entering.enter(journal) and journal.newest() > 0

    def make_log(self, core: RoomCore) -> Callable[[Applies], JetStreamLog]:
        """Return what makes the log of a gateway."""
        place = HostPlace(self._name, self._epoch, core.position)

        def make(apply: Applies) -> JetStreamLog:
            self._log = JetStreamLog(apply, core.restore, self._stream, place)
            return self._log

        return make

    # --- while the room is open ------------------------------------------------------------

    async def run(self, parts: RoomParts) -> None:
        """Be a host of the room for as long as this runs.

        Raises:
            Exception: the room process must end; started again, it begins anew.
        """
        assert self._log is not None
        core, gateway, admission, housekeeping, owner = parts
        self._core, self._gateway = core, gateway
        housekeeping.forget = self._forget
        self._log.resumed = gateway.resume
        gateway.others.lost = self._hosts_lost
        gateway.others.usage = self._usage_elsewhere
        gateway.others.tell_typing = lambda notice: self._tell("typing", notice)
        admission.tell_wrong = lambda address: self._tell(
            "wrong", WrongPassword(self._name, address)
        )
        await self._listen(admission)
        unwatch = self._connection.watch(self._contact)
        now = monotonic()
        for host in {member.host for member in core.roster.members()} - {self._name, ""}:
            epoch = core.hosts.epoch(host)
            if epoch is not None:
                self._hosts.expect(host, epoch, now)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_connected())
                group.create_task(self._log.run())
                group.create_task(self._catch_up(owner))
                group.create_task(self._beat())
                group.create_task(self._beat_when_open())
                group.create_task(keep_asking(self._majority, StreamApi(self._connection)))
                group.create_task(
                    self._upkeep.run(
                        core.journal,
                        gateway.others,
                        self._stream,
                        in_charge=self.in_charge,
                        founded=self._founded,
                    )
                )
        finally:
            unwatch()

    async def close(self) -> None:
        """Leave the other hosts."""
        if self._log is not None:
            self._log.close()
        await self._between.close()
        await self._upkeep.close()
        await self._connection.close()

    async def _keep_connected(self) -> None:
        await retried(lambda: self._connection.open(BEAT_EVERY))
        await self._stream.open()

    def in_charge(self) -> bool:
        """Whether this host does what one does for all: the first by name that lives."""
        alive = self._hosts.alive(monotonic())
        first = bool(alive) and alive[0].host == self._name
        return first and self._log is not None and self._log.ready

    async def _catch_up(self, owner: OwnersKey) -> None:
        """Wait until the log is carried out up to where it ends now."""
        assert self._log is not None
        _, end = await retried(self._stream.state)
        while self._log.position < end:  # noqa: ASYNC110 - no event exists for it
            await asyncio.sleep(CATCH_UP_EVERY)
        log.info("log caught up position=%d", end)
        if self._core.agreed is not None:  # it may have been changed meanwhile
            await asyncio.to_thread(agreed.check, self._settings, self._core.agreed)
        owner.load()  # that of the first host holds for all
        self._log.caught_up()

    # --- hosts that come and go ------------------------------------------------------------

    async def _beat(self) -> None:
        assert self._log is not None
        while True:
            now = monotonic()
            self._hosts.tick(now)
            facts = self._facts()
            beat = Heartbeat(self._name, self._epoch, self._log.position, facts)
            self._tell("beat", beat)
            if self._name in self._hosts.duplicate(now) and self._is_former():
                raise DuplicateHostError(self._name)
            self._gateway.others.heard = len(self._hosts.alive(now))
            self._watch_majority(self._log, now)
            if self._majority.has is False:
                self._gateway.give_up()
            elif self._log.ready:
                self._declare_lost(now)
            self._show_hosts(facts, now)
            await self._pulse.wait()

    async def _beat_when_open(self) -> None:
        """Name this host to the others, and them to its members, before many have joined."""
        while not self._facts().url:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(LOOK_EVERY)
        self._pulse.hurry()

    def _is_former(self) -> bool:
        """Whether the room takes another run of a host of this name for the one that lives.

        Of two at once it is one for all hosts, since the log decides. The other one ends; if it
        is started again, it is refused as long as the first answers (`_namesake`).
        """
        return self._core.hosts.epoch(self._name) != self._epoch

    def _watch_majority(self, entries: JetStreamLog, now: float) -> None:
        """Tell the members here when nothing can be sent any more, and when it can again."""
        majority, before = self._majority, self._majority.has
        majority.moved(entries.position, now)
        if majority.update(entries.waits(), now):
            self._gateway.workers.show_majority(has=bool(majority.has))
            if not majority.has:
                log.warning("majority lost action=read_only")
            elif before is not None:
                log.warning("majority found")
        self._gateway.others.decides = majority.is_fresh(now)

    def _declare_lost(self, now: float) -> None:
        for host, epoch in self._hosts.lost(now):
            connected = any(
                member.host == host and member.connection is not None
                for member in self._core.roster.members()
            )
            if self._core.hosts.epoch(host) != epoch or not connected:
                self._hosts.forget(host, epoch)
            else:
                log.warning("host lost host=%s", host)
                self._gateway.propose(HostLost(host, epoch))

    def _hosts_lost(self, hosts: Sequence[str]) -> None:
        for host in hosts:
            epoch = self._core.hosts.epoch(host)
            if host == self._name and epoch == self._epoch:
                log.warning("declared lost action=come_back")
                self._gateway.propose(HostBack(host, epoch))
            elif epoch is not None:
                self._hosts.forget(host, epoch)

    def _contact(self, connected: bool) -> None:
        if not connected:
            self._hosts.contact_lost(monotonic())

    def _show_hosts(self, own: Facts, now: float) -> None:
        alive = [one.facts for one in self._hosts.alive(now) if one.host != self._name]
        others = [one for one in alive if one.url]
        known = (own, *others) if own.url else ()
        if known != self._known:
            self._known = known
            several = known if others else ()
            pages = [page for one in several for page in one.pages]
            self._gateway.workers.show_hosts(
                RoomHosts(tuple(one.url for one in several), tuple(dict.fromkeys(pages)))
            )

    def _facts(self) -> Facts:
        info = run_directory.running(self._settings.data_dir)
        if info is None or info.ways is None:
            return Facts("")
        url = info.ways.web.rstrip("/")
        scheme = url.partition(":")[0]
        links = [joinlink.parse(link) for link in info.ways.links]
        return Facts(url, tuple(f"{scheme}://{link.address}" for link in links))

    def _forget(self, before: int) -> None:
        """Let old events go on all hosts."""
        if before > self._core.journal.first_kept() + FORGET_AT_LEAST:
            self._gateway.propose(Forget(before))

    # --- what is in no log -------------------------------------------------------------------

    def _tell(self, kind: str, message: Struct) -> None:
        self._between.tell(kind, msgspec.msgpack.encode(message))

    async def _namesake(self) -> bool:
        """Return whether a host that runs has this name; if none has, nodes say so at once."""
        epoch = str(self._epoch).encode()
        return bool(await self._between.ask_all(self._name_kind, epoch, NAMESAKE_WITHIN, 1))

    async def _listen(self, admission: Admission) -> None:
        def beat(data: bytes) -> None:
            if self._hosts.heard(_beats.decode(data), monotonic()):
                self._pulse.hurry()

        def typing(data: bytes) -> None:
            notice = _typing.decode(data)
            member = self._core.roster.by_id(notice.member)
            if member is not None and member.host != self._name:
                self._gateway.workers.show_typing(notice)

        def wrong(data: bytes) -> None:
            tried = _wrong.decode(data)
            if tried.host != self._name:
                admission.wrong_elsewhere(tried.address, monotonic())

        def called(data: bytes) -> bytes | None:
            return b"" if int(data) != self._epoch else None

        await self._between.on(self._name_kind, called)
        await self._between.on("beat", beat)
        await self._between.on("typing", typing)
        await self._between.on("wrong", wrong)
        await self._between.on("usage", self._own_usage)

    async def _own_usage(self, asker: bytes) -> bytes | None:
        if asker == self._name.encode():
            return None
        return msgspec.msgpack.encode(list((await self._gateway.usage.ask()).values()))

    async def _usage_elsewhere(self) -> dict[int, ConnectionUsage]:
        others = len(self._hosts.alive(monotonic())) - 1
        if others < 1:
            return {}
        answers = await self._between.ask_all(
            "usage", self._name.encode(), USAGE_WITHIN, others
        )
        return {one.connection: one for answer in answers for one in _usage.decode(answer)}

    # --- asked by the command line -----------------------------------------------------------

    async def urls(self) -> tuple[str, ...]:
        """Return the URLs of all hosts that are heard, that of this one first."""
        return tuple(one.url for one in self._known)

    async def settings(self) -> dict[str, Any]:
        """Return what the hosts agree on."""
        return agreed.shown(self._core.agreed) if self._core.agreed else {}

    async def change(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change that, for all hosts; returns what holds then, or an `error`."""
        known = self._core.agreed
        if known is None:
            return {"error": "The hosts have agreed on nothing yet."}
        try:
            wanted = await asyncio.to_thread(agreed.changed, known, changes)
        except ValueError as why:
            return {"error": f"{why}."}
        self._gateway.propose(wanted)
        with suppress(TimeoutError):
            async with asyncio.timeout(CHANGE_WITHIN):
                while self._core.agreed == known:  # noqa: ASYNC110 - no event exists for it
                    await asyncio.sleep(CATCH_UP_EVERY)
        if self._core.agreed != wanted:
            return {"error": "Too few hosts reach each other, or another change was quicker."}
        return await self.settings()

    async def snapshot(self) -> dict[str, Any]:
        """Begin to make a snapshot, up to which the stream is purged."""
        self._upkeep.make_snapshot()
        return {"position": self._core.position}
