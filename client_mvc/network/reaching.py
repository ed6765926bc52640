"""Find out who answers at an address, before anything that is the person's is sent to it.

Off this computer TLS is tried first. A server is accepted if it has the key that is expected of
it, the key of a room that the person knows, or a certificate that the system trusts. About all
others the person is asked (`Doubted`); they have received a handshake and at most `GET /room`.
"""

import asyncio

import aiohttp

from client_mvc.network import api, tls
from client_mvc.network.http_answers import Unreachable, ask_room
from shared import messages
from shared.identity import ServerIdentity, is_loopback
from shared.joinlink import Address
from shared.problems import problem

_TLS_WITHIN = 3.0
"""Seconds for a server on this computer that may take TLS only."""

type Answer = tuple[ServerIdentity, messages.RoomInfo | None]
"""The server, and its answer to `GET /room`: None where it has none, as in version 0.1."""


class Doubted(Exception):
    """Nothing was sent: `doubt` is for the person to decide."""

    def __init__(self, doubt: api.Doubt) -> None:
        super().__init__(doubt.kind)
        self.doubt = doubt


async def reach(http: aiohttp.ClientSession, address: Address, trust: api.Trust) -> Answer:
    """Return who answers at `address`, and which room that server has.

    Raises `Doubted`, `Unreachable`, TimeoutError, OSError, and the errors of aiohttp.
    """
    if is_loopback(address.host) and not trust.key:
        plain = ServerIdentity(address)
        try:
            return plain, await ask_room(http, plain)
        except aiohttp.ClientError as error:
            if not _may_be_tls(error):
                raise
            try:
                async with asyncio.timeout(_TLS_WITHIN):
                    return await _by_key(http, address, trust)
            except (aiohttp.ClientError, OSError, TimeoutError):
                raise error from None  # no TLS either
            except Doubted as doubted:
                return await _plain_again(http, plain, doubted)
    try:
        return await _by_key(http, address, trust)
    except aiohttp.ClientConnectorError as error:
        if not tls.speaks_no_tls(error):
            raise
    return await _without_tls(http, address, trust)


async def _plain_again(
    http: aiohttp.ClientSession, plain: ServerIdentity, doubted: Doubted
) -> Answer:
    """Ask without TLS once more: the server may have ended at the first time, and be back."""
    try:
        return plain, await ask_room(http, plain)
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise doubted from None


async def _by_key(http: aiohttp.ClientSession, address: Address, trust: api.Trust) -> Answer:
    only_one = trust.key and not trust.system
    check = tls.KeyCheck([trust.key] if only_one else [*trust.known, trust.key])
    try:
        room = await ask_room(http, ServerIdentity(address, key="?"), check)
    except tls.KeyMismatch as mismatch:
        found = mismatch.found
    else:
        return ServerIdentity(address, check.found), room
    if not found:
        raise Unreachable(problem("tls_failed", server=str(address)))
    if not only_one and (key := await tls.system_key(address)) is not None:
        server = ServerIdentity(address, key, system=True)
        return server, await ask_room(http, server)
    raise Doubted(api.Doubt("other_key" if trust.key else "unknown_key", key=found))


async def _without_tls(
    http: aiohttp.ClientSession, address: Address, trust: api.Trust
) -> Answer:
    """Accept a server that speaks no TLS only where the person said so.

    A server that names a key speaks TLS: then somebody between may have cut it.
    """
    if trust.key:
        raise Unreachable(problem("not_encrypted", server=str(address)))
    server = ServerIdentity(address)
    room = await ask_room(http, server)
    if room is not None and room.key:
        raise Unreachable(problem("tls_failed", server=str(address)))
    journal = room.journal if room is not None else ""
    if trust.plain != journal:
        raise Doubted(api.Doubt("plain", journal=journal))
    return server, room


def _may_be_tls(error: aiohttp.ClientError) -> bool:
    """Return whether a server answered a plain request as one that takes only TLS may.

    It closes the connection, with or without an alert (RFC 8446, section 6).
    """
    if isinstance(error, aiohttp.ClientResponseError):
        return "\\x15\\x03" in error.message
    connected = not isinstance(error, aiohttp.ClientConnectorError)
    return connected and isinstance(
        error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError
    )
