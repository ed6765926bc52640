"""Doing something again, as long as the cluster does not answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from server.cluster.connection import UnavailableError

log = logging.getLogger(__name__)

AGAIN_AFTER = 0.5
"""Seconds between two tries."""


async def retried[T](work: Callable[[], Awaitable[T]]) -> T:
    """Return what `work` returns once it raises no `UnavailableError`."""
    while True:
        try:
            return await work()
        except UnavailableError as reason:
            log.info("cluster does not answer error=%s", reason)
        await asyncio.sleep(AGAIN_AFTER)
