"""Answers on the network who looks for rooms, with one socket for each address.

An address whose interface fails is left out until it works; the others go on.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from zeroconf import Zeroconf
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from server.announcing import record

log = logging.getLogger(__name__)

TTL = 60
"""Seconds for which others remember the room after its server was cut off without a word."""
TRY_AGAIN_AFTER = 30.0
GOODBYE_WITHIN = 0.8


class Responder:
    """Announces one service, from `announce` to `close`."""

    def __init__(self) -> None:
        self._dns: AsyncZeroconf | None = None
        self._service: AsyncServiceInfo | None = None
        self._working: list[str] = []
        self._failed: dict[str, float] = {}
        self._blocked_until = 0.0

    @property
    def working(self) -> Sequence[str]:
        """The addresses that have a socket."""
        return tuple(self._working)

    async def announce(
        self,
        *,
        instance: str,
        host: str,
        port: int,
        text: Mapping[str, str],
        senders: Sequence[str],
        reached_at: Sequence[str],
    ) -> None:
        """Announce the service, or what has changed of it.

        Args:
            instance: the name of the service, one DNS label.
            host: the host name of the service.
            port: the port that the server listens on.
            text: the TXT record.
            senders: the IPv4 addresses of this computer to announce it from.
            reached_at: the addresses under which the server is reached.
        """
        dns = await self._open()
        if dns is None:
            return
        service = AsyncServiceInfo(
            record.TYPE,
            f"{instance}.{record.TYPE}",
            port,
            properties={name: value.encode() for name, value in text.items()},
            server=host,
            addresses=[ip_address(one).packed for one in reached_at],
            host_ttl=TTL,
            other_ttl=TTL,
        )
        before, self._service = self._service, service
        if before is None or before.name != service.name:
            if before is not None:
                await (await dns.async_unregister_service(before))
            # Its name is unique already: nobody has to be asked whether it is free.
            await dns.async_register_service(service, cooperating_responders=True)
        elif not _same(before, service):
            await dns.async_update_service(service)
        await self._use(dns.zeroconf, senders)

    async def close(self) -> None:
        """Say goodbye and close all sockets."""
        dns, self._dns = self._dns, None
        if dns is not None:
            with contextlib.suppress(Exception):  # an interface that is gone ends nothing
                async with asyncio.timeout(GOODBYE_WITHIN):
                    await dns.async_close()

    async def _open(self) -> AsyncZeroconf | None:
        now = asyncio.get_running_loop().time()
        if self._dns is None and now >= self._blocked_until:
            try:
                self._dns = AsyncZeroconf(interfaces=[])
                await self._dns.zeroconf.async_wait_for_start()
            except OSError as problem:
                if not self._blocked_until:
                    log.warning("room not announced error=%r action=retry", problem.strerror)
                self._dns, self._blocked_until = None, now + TRY_AGAIN_AFTER
        return self._dns

    async def _use(self, zeroconf: Zeroconf, senders: Sequence[str]) -> None:
        """Have a socket for each of these addresses, as far as it can be made."""
        now = asyncio.get_running_loop().time()
        self._failed = {one: at for one, at in self._failed.items() if one in senders}
        kept = [one for one in self._working if one in senders]
        if kept != self._working:
            self._working = kept
            await self._set(zeroconf, kept)
        for one in senders:
            if one in self._working or now < self._failed.get(one, now):
                continue
            problem = await self._set(zeroconf, [*self._working, one])
            if problem is None:
                self._working.append(one)
                self._failed.pop(one, None)
                continue
            if one not in self._failed:
                log.warning(
                    "interface skipped address=%s error=%r action=retry", one, str(problem)
                )
            self._failed[one] = now + TRY_AGAIN_AFTER
            await self._set(zeroconf, self._working)

    async def _set(self, zeroconf: Zeroconf, addresses: list[str]) -> Exception | None:
        """Have sockets for these addresses; return why one of them has none."""
        try:
            async with asyncio.timeout(TRY_AGAIN_AFTER):
                await zeroconf.async_update_interfaces(list(addresses))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the others go on
            return problem
        if len(zeroconf.engine.senders) < len(addresses):
            return OSError("no multicast")
        return None


def _same(one: AsyncServiceInfo, other: AsyncServiceInfo) -> bool:
    return (one.text, one.port, one.server, one.addresses) == (
        other.text,
        other.port,
        other.server,
        other.addresses,
    )
