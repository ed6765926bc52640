"""Hear the rooms that are announced on this network by DNS-SD, with a socket for each address.

An address whose interface fails is left out until it works; the others go on. The only module
of the client that imports `zeroconf`, which bounds what it keeps of what anybody sends.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from zeroconf import DNSQuestionType, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from client_mvc.network import interfaces
from client_mvc.network.nearby import Heard, of_service

log = logging.getLogger(__name__)

TYPE = "_chatroom._tcp.local."
LOOK_EVERY = 1.0
"""Seconds between two looks at the interfaces."""
TRY_AGAIN_AFTER = 10.0
CHECK_EVERY = 10.0
"""Seconds between two looks whether a service is still there: it may have been cut off."""
ASK_WITHIN = 3.0
MOST_SERVICES = 200
_AT_ONCE = 8
_UPDATE_WITHIN = 5.0

# It warns of every packet that it cannot read, and anybody can send those.
logging.getLogger("zeroconf").setLevel(logging.CRITICAL)


class MulticastListener:
    """`heard` has the services by their names, the first one first.

    Args:
        changed: is called when `heard` has changed.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.heard: dict[str, Heard] = {}
        self._changed = changed
        self._names: dict[str, None] = {}
        self._working: list[str] = []
        self._failed: dict[str, float] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._dns: AsyncZeroconf

    async def run(self) -> None:
        """Listen until cancelled. Raises OSError if this computer cannot."""
        self._dns = AsyncZeroconf(interfaces=[])
        browser: AsyncServiceBrowser | None = None
        loop = asyncio.get_running_loop()
        check_at = loop.time() + CHECK_EVERY
        try:
            await self._dns.zeroconf.async_wait_for_start()
            while True:
                if await self._use(_senders()) and self._working:
                    # Another browser asks at once; this one would wait for minutes.
                    if browser is not None:
                        await browser.async_cancel()
                    browser = AsyncServiceBrowser(
                        self._dns.zeroconf,
                        TYPE,
                        handlers=[self._told],
                        question_type=DNSQuestionType.QM,
                    )
                if loop.time() >= check_at:
                    check_at = loop.time() + CHECK_EVERY
                    for name in tuple(self._names):
                        self._resolve(name)
                await asyncio.sleep(LOOK_EVERY)
        finally:
            for task in self._asking:
                task.cancel()
            with contextlib.suppress(Exception):  # an interface that is gone ends nothing
                await self._dns.async_close()

    # --- services --------------------------------------------------------------------------

    def _told(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is ServiceStateChange.Removed:
            self._names.pop(name, None)
            self._put(name, None)
        elif name in self._names or len(self._names) < MOST_SERVICES:
            self._names[name] = None
            self._resolve(name)

    def _resolve(self, name: str) -> None:
        try:
            service = AsyncServiceInfo(TYPE, name)
            if service.load_from_cache(self._dns.zeroconf):
                self._put(name, _read(service))
                return
        except Exception as error:  # noqa: BLE001 - whatever somebody has sent
            log.debug("service not read error=%r", error)
            return
        self._own(self._ask(service))

    async def _ask(self, service: AsyncServiceInfo) -> None:
        async with self._turn:
            there = await service.async_request(self._dns.zeroconf, ASK_WITHIN * 1000)
        if service.name in self._names:
            self._put(service.name, _read(service) if there else None)

    def _put(self, name: str, heard: Heard | None) -> None:
        if heard == self.heard.get(name):
            return
        if heard is None:
            self.heard.pop(name, None)
        else:
            self.heard[name] = heard
        self._changed()

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._asking.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.debug("service not asked error=%r", error)

    # --- interfaces ------------------------------------------------------------------------

    async def _use(self, senders: Sequence[str]) -> bool:
        """Have a socket for each of these addresses, as far as it can be made.

        Returns:
            Whether there is one more than before.
        """
        now = asyncio.get_running_loop().time()
        more = False
        kept = [one for one in self._working if one in senders]
        if kept != self._working:
            self._working = kept
            await self._set(kept)
        for one in senders:
            if one in self._working or now < self._failed.get(one, now):
                continue
            if await self._set([*self._working, one]):
                self._working.append(one)
                self._failed.pop(one, None)
                more = True
            else:
                if one not in self._failed:
                    log.info("interface skipped address=%s", one)
                self._failed[one] = now + TRY_AGAIN_AFTER
                await self._set(self._working)
        return more

    async def _set(self, addresses: list[str]) -> bool:
        """Have sockets for these addresses; return whether each of them has one."""
        zeroconf = self._dns.zeroconf
        try:
            async with asyncio.timeout(_UPDATE_WITHIN):
                await zeroconf.async_update_interfaces(list(addresses))
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            log.debug("interface failed error=%r", error)
            return False
        return len(zeroconf.engine.senders) >= len(addresses)


def _senders() -> list[str]:
    return [str(one.ip) for one in interfaces.networks() if one.version == 4]


def _read(service: AsyncServiceInfo) -> Heard | None:
    return of_service(
        service.properties,
        service.parsed_addresses(),
        service.port or 0,
        interfaces.networks(),
    )
