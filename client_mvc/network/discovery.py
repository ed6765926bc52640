"""The rooms on this network, while the connect dialog is open: announced, known, or looked for.

Where multicast does not pass (isolated Wi-Fi, VLANs, VPNs) the addresses that were known before
are asked at once, and again from time to time; the person can have others tried.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Sequence

from client_mvc.network import api_nearby, interfaces, nearby, sweep
from client_mvc.network.http_answers import http_session
from client_mvc.network.multicast import MulticastListener
from shared import limits
from shared.identity import is_loopback
from shared.joinlink import Address

log = logging.getLogger(__name__)

MOST_KNOWN = 64
FIRST_ANSWER_WITHIN = 0.5
"""Seconds for the first question at a known address."""
ASK_EVERY = 5.0
TOLD_AFTER = 0.1
"""Seconds in which changes are collected: many rooms may be heard in one moment."""


class Discovery:
    """Tells of the rooms on this network, from `run` until that is cancelled.

    Args:
        known: the addresses of rooms that the person joined before.
        tell: gets the events.
    """

    def __init__(
        self, known: Sequence[Address], tell: Callable[[api_nearby.NearbyEvent], None]
    ) -> None:
        self._known = [one for one in known if not is_loopback(one.host)][:MOST_KNOWN]
        self._tell = tell
        self._news = asyncio.Event()
        self._listener = MulticastListener(self._news.set)
        self._answered: dict[Address, api_nearby.NearbyRoom] = {}
        self._found: dict[Address, None] = {}
        """The addresses of rooms that answered to "Look further"."""
        self._looking: asyncio.Task[None] | None = None
        self._names = _Names()

    async def run(self) -> None:
        """Find rooms until cancelled."""
        try:
            async with http_session(keep=False) as self._http, asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(self._ask_again_and_again())
                group.create_task(self._tell_of_changes())
        finally:
            self.stop_looking()

    def look_further(self) -> None:
        """Try the addresses beside those of this computer."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(self._looked)

    def stop_looking(self) -> None:
        """Try no further addresses."""
        if self._looking is not None:
            self._looking.cancel()

    # --- announced -------------------------------------------------------------------------

    async def _listen(self) -> None:
        try:
            await self._listener.run()
        except Exception as error:  # noqa: BLE001 - the known addresses are asked all the same
            log.warning("rooms not heard error=%r", error)

    # --- asked -----------------------------------------------------------------------------

    async def _ask_again_and_again(self) -> None:
        within = FIRST_ANSWER_WITHIN
        while True:
            places = dict.fromkeys([*self._known, *self._found])
            await asyncio.gather(*(self._ask(one, within) for one in places))
            within = sweep.ANSWER_WITHIN
            await asyncio.sleep(ASK_EVERY)

    async def _ask(self, address: Address, within: float) -> bool:
        """Ask for the room at an address; return whether there is one."""
        room = None
        if await self._names.is_there(address, within):
            room = await sweep.room_at(self._http, address, within)
        if room != self._answered.get(address):
            if room is None:
                del self._answered[address]
            else:
                self._answered[address] = room
            self._news.set()
        return room is not None

    async def _look(self) -> None:
        hosts = await asyncio.to_thread(lambda: sweep.hosts(interfaces.networks()))

        async def ask(address: Address) -> None:
            if await self._ask(address, sweep.ANSWER_WITHIN):
                self._found[address] = None

        def progress(done: int) -> None:
            self._tell(api_nearby.LookedFurther(done, len(hosts)))

        progress(0)
        await sweep.sweep(hosts, limits.DEFAULT_PORT, ask, progress)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        if not task.cancelled() and (error := task.exception()):
            log.error("network task failed", exc_info=error)

    # --- told ------------------------------------------------------------------------------

    async def _tell_of_changes(self) -> None:
        told: tuple[api_nearby.NearbyRoom, ...] = ()
        while True:
            await self._news.wait()
            await asyncio.sleep(TOLD_AFTER)
            self._news.clear()
            rooms = nearby.merged(self._answered.values(), self._listener.heard.values())
            if rooms != told:
                told = rooms
                self._tell(api_nearby.RoomsNearby(rooms))


class _Names:
    """Looks names up, each in a thread that nobody waits for.

    A name server that does not answer would hold the threads of the event loop for long, and
    the person could not join a room meanwhile.
    """

    def __init__(self) -> None:
        self._asked: set[str] = set()

    async def is_there(self, address: Address, within: float) -> bool:
        """Return whether the host has an address, as far as is known in time."""
        host = address.host
        if ":" in host or host.replace(".", "").isdecimal():
            return True
        if host in self._asked:
            return False
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()
        self._asked.add(host)

        def told(there: bool) -> None:
            self._asked.discard(host)
            if not answer.done():
                answer.set_result(there)

        def look_up() -> None:
            there = False
            with contextlib.suppress(OSError, UnicodeError):
                there = bool(socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM))
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(told, there)

        threading.Thread(target=look_up, name="name", daemon=True).start()
        try:
            return await asyncio.wait_for(answer, within)
        except TimeoutError:
            return False
